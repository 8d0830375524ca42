import { sizeOf } from '../../reference/values.js';
import { move, stridesOf } from '../moving.js';
import type { Planner } from '../site.js';
import { BYTE_OF_ZERO, type Shape } from '../value.js';

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

/** Parts of one scale and zero point, one behind the other along an axis. */
export const concat: Planner = (site, parts) => {
  const { axis: given } = site.attrs as { readonly axis: number };
  const [first] = parts;
  if (first === undefined) return undefined;
  const axis = given < 0 ? given + first.length : given;
  const rest = (shape: Shape): string => shape.filter((_, i) => i !== axis).join();
  if (first[axis] === undefined) return undefined;
  if (parts.some((part) => part.length !== first.length || rest(part) !== rest(first))) return undefined;
  const lengths = parts.map((part) => sizeOf(part.slice(axis)));
  const whole = lengths.reduce((a, b) => a + b, 0);
  const outer = sizeOf(first.slice(0, axis));
  const copies = lengths.map((length) =>
    move(site, [
      { size: outer, from: length, to: whole },
      { size: length, from: 1, to: 1 },
    ]),
  );
  const size = parts.reduce((sum, part) => sum + (part[axis] as number), 0);
  return {
    shape: first.map((own, i) => (i === axis ? size : own)),
    bind: (from, to) => () => {
      let place = to.address;
      for (const [i, copy] of copies.entries()) {
        copy(from[i]?.address as number, place);
        place += lengths[i] as number;
      }
    },
  };
};

/** A value with `zero` around it. */
export const pad: Planner = (site, [x]) => {
  const { paddings, zero } = site.attrs as {
    readonly paddings: readonly (readonly [before: number, after: number])[];
    readonly zero: number;
  };
  if (x === undefined || paddings.length !== x.length || zero < -128 || zero > 127) return undefined;
  if (paddings.some(([before, after]) => before < 0 || after < 0)) return undefined;
  const shape = x.map(
    (size, axis) => size + (paddings[axis]?.[0] as number) + (paddings[axis]?.[1] as number),
  );
  const [own, steps] = [stridesOf(x), stridesOf(shape)];
  const start = steps.reduce((sum, step, axis) => sum + step * (paddings[axis]?.[0] as number), 0);
  const copy = move(
    site,
    x.map((size, axis) => ({ size, from: own[axis] as number, to: steps[axis] as number })),
  );
  return {
    shape,
    bind:
      ([from], to) =>
      () => {
        site.memory.bytes(to.address, sizeOf(shape)).fill(zero + BYTE_OF_ZERO);
        copy(from?.address as number, to.address + start);
      },
  };
};

export const transpose: Planner = (site, [x]) => {
  const { perm } = site.attrs as { readonly perm: readonly number[] };
  if (x === undefined || [...perm].sort((a, b) => a - b).join() !== [...x.keys()].join()) return undefined;
  const shape = perm.map((axis) => x[axis] as number);
  const [own, steps] = [stridesOf(x), stridesOf(shape)];
  const copy = move(
    site,
    perm.map((axis, i) => ({ size: shape[i] as number, from: own[axis] as number, to: steps[i] as number })),
  );
  return {
    shape,
    bind:
      ([from], to) =>
      () =>
        copy(from?.address as number, to.address),
  };
};

/** `size` values from `begin` on along each axis, all behind it where that is -1. */
export const slice: Planner = (site, [x]) => {
  const { begin, size } = site.attrs as {
    readonly begin: readonly number[];
    readonly size: readonly number[];
  };
  if (x === undefined || begin.length !== x.length || size.length !== x.length) return undefined;
  const shape = size.map((each, axis) =>
    each === -1 ? (x[axis] as number) - (begin[axis] as number) : each,
  );
  const isWithin = shape.every((each, axis) => {
    const first = begin[axis] as number;
    return first >= 0 && each >= 0 && first + each <= (x[axis] as number);
  });
  if (!isWithin) return undefined;
  const [own, steps] = [stridesOf(x), stridesOf(shape)];
  const start = own.reduce((sum, step, axis) => sum + step * (begin[axis] as number), 0);
  const copy = move(
    site,
    shape.map((each, axis) => ({ size: each, from: own[axis] as number, to: steps[axis] as number })),
  );
  return {
    shape,
    bind:
      ([from], to) =>
      () =>
        copy((from?.address as number) + start, to.address),
  };
};
