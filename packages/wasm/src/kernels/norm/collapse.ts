/** Axes beside each other along which the same operands vary, as one. */
export interface AxisGroup {
  readonly size: number;
  /** For each operand, how many of its numbers lie from one place along the group to the next; 0 where it has one for all. */
  readonly steps: readonly number[];
}

/** A shape with as few axes as its operands allow, outermost first; undefined where an operand does not stretch to it. */
export function collapse(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
): readonly AxisGroup[] | undefined {
  if (operands.some((each) => each.length > shape.length)) return undefined;
  const groups: { size: number; steps: number[] }[] = [];
  const behind = operands.map(() => 1);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    const sizes = operands.map((each) => each[each.length - shape.length + axis] ?? 1);
    if (sizes.some((each) => each !== 1 && each !== size)) return undefined;
    if (size === 1) continue;
    const [group] = groups;
    if (group?.steps.every((step, i) => (step === 0) === (sizes[i] === 1))) group.size *= size;
    else groups.unshift({ size, steps: sizes.map((each, i) => (each === 1 ? 0 : (behind[i] as number))) });
    sizes.forEach((each, i) => (behind[i] = (behind[i] as number) * each));
  }
  return groups;
}
