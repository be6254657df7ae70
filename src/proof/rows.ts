/** Numbers in a row that grows: four bytes each. */
export interface Column {
  readonly count: () => number;
  readonly push: (value: number) => void;
  readonly at: (index: number) => number;
  readonly set: (index: number, value: number) => void;
}

export function column(): Column {
  let values = new Int32Array(1024);
  let count = 0;
  return {
    count: () => count,
    push(value) {
      if (count === values.length) {
        const larger = new Int32Array(2 * count);
        larger.set(values);
        values = larger;
      }
      values[count++] = value;
    },
    at: (index) => values[index] ?? -1,
    set(index, value) {
      values[index] = value;
    },
  };
}

/** Rows of whole numbers of 32 bits, each kept once, and numbered from 0 as they come. Exact: no row is taken for another. */
export interface Rows {
  readonly count: () => number;
  /** The number of this row; it is new when that was the count before. */
  readonly numberOf: (row: ArrayLike<number>) => number;
  readonly at: (number: number, index: number) => number;
}

/** Open addressing with linear probing over one flat array; `width` numbers a row. */
export function rows(width: number): Rows {
  let values = new Int32Array(1024 * width);
  let slots = new Int32Array(2048);
  let count = 0;

  const slotOf = (row: ArrayLike<number>, from: number): number => {
    let hash = 0x9e3779b9;
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ (row[from + i] ?? 0), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (slots.length - 1);
  };
  const grow = () => {
    const larger = new Int32Array(2 * values.length);
    larger.set(values);
    values = larger;
    slots = new Int32Array(2 * slots.length);
    for (let number = 0; number < count; number++) {
      let slot = slotOf(values, number * width);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = number + 1;
    }
  };
  const isAt = (row: ArrayLike<number>, number: number): boolean => {
    const start = number * width;
    for (let i = 0; i < width; i++) if (values[start + i] !== row[i]) return false;
    return true;
  };

  return {
    count: () => count,
    at: (number, index) => values[number * width + index] ?? -1,
    numberOf(row) {
      if (count * width === values.length) grow();
      let slot = slotOf(row, 0);
      for (let taken = slots[slot] ?? 0; taken !== 0; taken = slots[slot] ?? 0) {
        if (isAt(row, taken - 1)) return taken - 1;
        slot = (slot + 1) & (slots.length - 1);
      }
      for (let i = 0; i < width; i++) values[count * width + i] = row[i] ?? 0;
      slots[slot] = ++count;
      return count - 1;
    },
  };
}
