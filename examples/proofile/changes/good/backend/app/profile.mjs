/** How a profile greets whoever opens it. */
export const greetingFor = (name) => `The profile of ${name.trim()}`;
