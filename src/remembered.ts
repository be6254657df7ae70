/**
 * Whether a cache between answered: what it remembers says nothing about now. An `Age` that is no number is one, too
 * (RFC 9111, 5.1).
 */
export const isRemembered = (headers: Headers): boolean => !/^0*$/.test(headers.get("age") ?? "");
