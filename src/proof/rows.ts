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

function hashOf(row: ArrayLike<number>, from: number, length: number): number {
  let hash = 0x9e3779b9;
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ (row[from + i] ?? 0), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Open addressing with linear probing over one flat array; `width` numbers a row. */
export function rows(width: number): Rows {
  let values = new Int32Array(1024 * width);
  let slots = new Int32Array(2048);
  let count = 0;

  const slotOf = (row: ArrayLike<number>, from: number): number => hashOf(row, from, width) & (slots.length - 1);
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

/** The same for lists of any length. */
export interface Lists {
  readonly numberOf: (list: ArrayLike<number>) => number;
  /** Where a list begins, and where the next one does. */
  readonly from: (number: number) => number;
  readonly end: (number: number) => number;
  readonly at: (index: number) => number;
}

export function lists(): Lists {
  const values = column();
  const ends = column();
  let slots = new Int32Array(2048);
  const from = (number: number) => (number === 0 ? 0 : ends.at(number - 1));
  const place = (number: number, hash: number) => {
    let slot = hash & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = number + 1;
  };
  const hashes = column();
  const isAt = (list: ArrayLike<number>, number: number): boolean => {
    const start = from(number);
    if (ends.at(number) - start !== list.length) return false;
    for (let i = 0; i < list.length; i++) if (values.at(start + i) !== list[i]) return false;
    return true;
  };
  return {
    from,
    end: ends.at,
    at: values.at,
    numberOf(list) {
      const hash = hashOf(list, 0, list.length);
      let slot = hash & (slots.length - 1);
      for (let taken = slots[slot] ?? 0; taken !== 0; taken = slots[slot] ?? 0) {
        if (hashes.at(taken - 1) === hash && isAt(list, taken - 1)) return taken - 1;
        slot = (slot + 1) & (slots.length - 1);
      }
      for (let i = 0; i < list.length; i++) values.push(list[i] ?? 0);
      ends.push(values.count());
      const number = hashes.count();
      hashes.push(hash);
      if (2 * hashes.count() > slots.length) {
        slots = new Int32Array(2 * slots.length);
        for (let known = 0; known <= number; known++) place(known, hashes.at(known));
      } else slots[slot] = number + 1;
      return number;
    },
  };
}
