import { getAttr } from '@tfjs-optimize/core';
import { reshapeAxes } from './reshape.js';
import { broadcast } from './elementwise.js';
import { normal, type Labels, type Rewriter, type Rule, type Rules } from '../site.js';

/** Makes an operand that tells the output's sizes tell those that are left. */
export function resize(cut: Rewriter, input: number, labels: Labels | undefined): void {
  cut.sizes(input, labels?.map((axis) => (axis === null ? undefined : cut.count(axis, axis.length))) ?? []);
}

const reshape: Rule = (site) => {
  const labels = site.labels(0);
  const [from, to] = [site.shape(0), site.outShape()];
  if (labels === undefined || from === undefined || to === undefined)
    return site.refuse(`is given a shape that is computed at ${site.where}`);
  const outputs = reshapeAxes(site, labels, from, to);
  return { outputs: [outputs], rewrite: (cut) => resize(cut, 1, outputs) };
};

const expand: Rule = (site) => {
  const labels = site.labels(0);
  const [axis] = site.numbers(1) ?? [];
  if (labels === undefined || axis === undefined) return site.refuse(`gets an unknown axis at ${site.where}`);
  const at = normal(axis, labels.length + 1);
  return { outputs: [[...labels.slice(0, at), null, ...labels.slice(at)]] };
};

const squeeze: Rule = (site) => {
  const [labels, shape] = [site.labels(0), site.shape(0)];
  const given = getAttr(site.node, 'squeeze_dims', 'ints') ?? getAttr(site.node, 'axis', 'ints') ?? [];
  if (labels === undefined || shape === undefined) return site.refuse(`loses unknown axes at ${site.where}`);
  const axes = new Set(given.map((axis) => normal(axis, labels.length)));
  const left = labels.filter((axis, at) => {
    const goes = axes.size === 0 ? shape[at] === 1 : axes.has(at);
    if (goes) site.lock(axis, `is the only one along an axis that ${site.where} takes away`);
    return !goes;
  });
  return { outputs: [left] };
};

const broadcastTo: Rule = (site) => {
  const [labels, shape, to] = [site.labels(0), site.shape(0), site.outShape()];
  if (labels === undefined || shape === undefined || to === undefined)
    return site.refuse(`is broadcast to a shape that is computed at ${site.where}`);
  const left = to.length - shape.length;
  const outputs = to.map((size, at) => {
    const axis = labels[at - left] ?? null;
    if (shape[at - left] === size) return axis;
    site.lock(axis, `is broadcast over others at ${site.where}`);
    return null;
  });
  return { outputs: [outputs], rewrite: (cut) => resize(cut, 1, outputs) };
};

/** A number over and over: it can be made as long as needed. */
const fill: Rule = (site) => {
  const shape = site.outShape();
  const labels = shape?.map((size) => (size > 1 ? site.fresh(size) : null));
  return { outputs: [labels], rewrite: (cut) => resize(cut, 0, labels) };
};

const ensureShape: Rule = (site) => {
  const labels = site.labels(0);
  return { outputs: [labels], rewrite: (cut) => resize(cut, 1, labels) };
};

const like: Rule = (site) => ({ outputs: [site.labels(0)] });

const tile: Rule = (site) => {
  const [labels, shape, times] = [site.labels(0), site.shape(0), site.numbers(1)];
  if (labels === undefined || shape === undefined)
    return site.refuse(`is repeated an unknown number of times at ${site.where}`);
  // How often along an axis that nothing cuts does not matter here.
  const to = site.outShape();
  const outputs = labels.map((axis, at) => {
    const count = times?.[at] ?? (to !== undefined && to[at] === shape[at] ? 1 : undefined);
    if (axis === null || count === 1) return axis;
    if (count === undefined || shape[at] === 1) {
      site.lock(axis, `is repeated at ${site.where}`);
      return null;
    }
    return Int32Array.from({ length: axis.length * count }, (_, i) => axis[i % axis.length] as number);
  });
  return { outputs: [outputs] };
};

/** Reads sizes alone; they are read again from what is left. */
const sizes: Rule = (site) => ({ outputs: site.outputs.map(({ shape }) => shape?.map(() => null)) });

const select: Rule = (site) => {
  const [condition, result] = [site.shape(0)?.length, site.shape(1)?.length];
  // The old form takes a vector to choose among rows.
  if (site.node.op === 'Select' && condition === 1 && result !== 1) {
    site.lock(site.axis(0, 0), `chooses among rows at ${site.where}`);
    site.lock(site.axis(1, 0), `is chosen as a row at ${site.where}`);
    site.lock(site.axis(2, 0), `is chosen as a row at ${site.where}`);
    return { outputs: [broadcast(site, [1, 2])] };
  }
  return { outputs: [broadcast(site, [0, 1, 2])] };
};

export const shapeRules: Rules = {
  Reshape: reshape,
  EnsureShape: ensureShape,
  ExpandDims: expand,
  Squeeze: squeeze,
  BroadcastTo: broadcastTo,
  Fill: fill,
  ZerosLike: like,
  OnesLike: like,
  Tile: tile,
  Shape: sizes,
  ShapeN: sizes,
  Rank: sizes,
  Size: sizes,
  Select: select,
  SelectV2: select,
};
