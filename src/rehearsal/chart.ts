const blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Values as one row of blocks, scaled so that `full` fills a block; anything above zero shows. */
export function bars(values: readonly number[], full: number): string {
  return values
    .map((value) => {
      if (!(value > 0) || full <= 0) return blocks[0];
      const height = Math.min(blocks.length - 1, Math.max(1, Math.round((value / full) * (blocks.length - 1))));
      return blocks[height];
    })
    .join("");
}

/** Squeezes a series into at most `width` points, keeping each group's largest value: a short peak must not vanish. */
export function squeeze(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  const size = Math.ceil(values.length / width);
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    Math.max(...values.slice(index * size, (index + 1) * size)),
  );
}
