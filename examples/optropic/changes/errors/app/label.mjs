/** What stands on the label of a product. One in twelve has no number since this change. */
export function labelOf(product) {
  if (product % 12 === 0) throw new Error("the product has no number");
  return `OPT-${String(product).padStart(4, "0")}`;
}
