/** Sizes of a tensor, `?` where one is not known: `[?,224,224,3]`; `[...]` where none is. */
export function shapeText(
  sizes: readonly (number | string | null)[] | null | undefined,
  separator = ',',
): string {
  if (sizes === undefined || sizes === null) return '[...]';
  return `[${sizes.map((size) => (typeof size === 'number' && size >= 0 ? size : '?')).join(separator)}]`;
}
