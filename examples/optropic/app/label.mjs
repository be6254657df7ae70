/** What stands on the label of a product, numbered from 0 to 99. */
export function labelOf(product) {
  return `OPT-${String(product).padStart(4, "0")}`;
}
