/** How a profile greets whoever opens it. */
export const greetingFor = (name) => `Profile of ${name.trim()}`;
