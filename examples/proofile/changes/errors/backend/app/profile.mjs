const drafts = Array.from({ length: 100 }, (_, person) => (person < 8 ? undefined : { name: `person ${person}` }));

/** How a profile greets whoever opens it. Eight in a hundred are drafts, and the unit test opens none of them. */
export function greetingFor(name) {
  const [, number] = /(\d+)/.exec(name) ?? [];
  return `The profile of ${number === undefined ? name.trim() : drafts[Number(number)].name}`;
}
