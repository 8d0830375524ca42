import { sizeOf } from '../reference/values.js';
import type { Site } from './site.js';
import type { Shape } from './value.js';

/** An axis along which values are copied: how many, and how far apart where they come from and where they go. */
export interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** How far apart neighbours along each axis of a value are. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Copies values along axes; the step must not run where one of them has no size. */
export function move(site: Site, axes: readonly Axis[], slot = 'move'): (from: number, to: number) => void {
  const merged = merge(axes);
  const numbers = [merged.length, ...merged.flatMap(({ size, from, to }) => [size, from, to])];
  return (from, to) => {
    if (merged.some(({ size }) => size === 0)) return;
    const g = site.memory.take(slot, 4 * numbers.length);
    site.memory.write(g, numbers);
    site.form.native.moveBytes(to, from, g);
  };
}

/** Fewer axes for the same: neighbours that go on where the inner one ends become one. */
function merge(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (axis.size === 1) continue;
    if (outer?.from === axis.from * axis.size && outer.to === axis.to * axis.size) {
      merged[merged.length - 1] = { size: outer.size * axis.size, from: axis.from, to: axis.to };
    } else merged.push(axis);
  }
  return merged.length === 0 ? [{ size: 1, from: 1, to: 1 }] : merged;
}

/** Axes of a value that is broadcast to a shape. */
export function broadcastAxes(from: Shape, to: Shape): Axis[] {
  const missing = to.length - from.length;
  const [own, steps] = [stridesOf(from), stridesOf(to)];
  return to.map((size, axis) => ({
    size,
    from:
      from[axis - missing] === undefined || from[axis - missing] === 1 ? 0 : (own[axis - missing] as number),
    to: steps[axis] as number,
  }));
}
