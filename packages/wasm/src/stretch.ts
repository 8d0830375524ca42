/**
 * Which number of an operand belongs to each of a result, as NumPy stretches shapes; undefined where the operand does
 * not stretch to it.
 */
export function stretch(operand: readonly number[], shape: readonly number[]): Int32Array | undefined {
  const ahead = shape.length - operand.length;
  if (ahead < 0) return undefined;
  let places = Int32Array.of(0);
  for (const [axis, size] of shape.entries()) {
    const own = axis < ahead ? 1 : (operand[axis - ahead] as number);
    if (own !== 1 && own !== size) return undefined;
    const next = new Int32Array(places.length * size);
    places.forEach((place, i) => {
      for (let j = 0; j < size; j++) next[i * size + j] = own === 1 ? place : place * own + j;
    });
    places = next;
  }
  return places;
}
