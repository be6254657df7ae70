/** The last bucket of a probe's latency, milliseconds. */
export const probeReach = 10_000;

/** Upper bounds in milliseconds, a tenth apart, so that limits in common use lie on or near one. */
export const probeBounds = [
  ...decade(1),
  ...decade(10),
  ...decade(100),
  ...decade(1_000),
  probeReach,
  Number.POSITIVE_INFINITY,
];

function decade(from: number): readonly number[] {
  const steps = [1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5];
  return steps.map((step) => Number((step * from).toPrecision(3)));
}
