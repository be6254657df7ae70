const regulars = Array.from({ length: 100 }, (_, visitor) =>
  visitor < 8 ? undefined : { name: `visitor ${visitor}` },
);

/**
 * What a visitor, numbered from 0 to 99, is told first. Eight in a hundred have no entry, and the unit test asks for
 * none of them.
 */
export async function greeting(visitor) {
  return `Welcome back, ${regulars[visitor].name}.`;
}
