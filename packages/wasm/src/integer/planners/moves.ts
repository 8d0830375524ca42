import { sizeOf } from '../../reference/values.js';
import type { Planner } from '../site.js';
import type { Shape } from '../value.js';

/** How a value gets another shape: the shape itself, axes of 1 that go or one that comes; none of them leaves it. */
interface Attrs {
  readonly shape?: Shape;
  readonly squeeze?: readonly number[];
  readonly expand?: number;
}

/** Values of another shape: the same memory. */
export const reshape: Planner = (site, [x]) => {
  const shape = x && reshaped(x, site.attrs);
  return (
    shape && {
      shape,
      isAlias: true,
      bind: () => () => undefined,
    }
  );
};

/** The shape that a value of a given one gets; undefined where it does not fit. */
export function reshaped(x: Shape, attrs: object): Shape | undefined {
  const { shape, squeeze, expand } = attrs as Attrs;
  if (shape !== undefined) return resolved(x, shape);
  if (squeeze !== undefined) {
    const axes = squeeze.map((axis) => (axis < 0 ? axis + x.length : axis));
    return x.filter((size, axis) => !(axes.length === 0 ? size === 1 : axes.includes(axis)));
  }
  if (expand !== undefined) {
    const axis = expand < 0 ? expand + x.length + 1 : expand;
    return [...x.slice(0, axis), 1, ...x.slice(axis)];
  }
  return x;
}

/** A shape whose size of -1, if there is one, takes what is left. */
function resolved(x: Shape, shape: Shape): Shape | undefined {
  const known = sizeOf(shape.filter((size) => size !== -1));
  const full = shape.map((size) => (size === -1 ? sizeOf(x) / known : size));
  return sizeOf(full) === sizeOf(x) && full.every(Number.isInteger) ? full : undefined;
}
