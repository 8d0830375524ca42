import type { Shape } from '@tfjs-optimize/core';
import type { Axis, Labels, Site } from '../site.js';

/** Axes that a reshape turns into others, from..to of each side; their elements are the same, in row-major order. */
interface Block {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * Units of a reshaped value. Neighbouring axes of the same product are a block: [.., H, W, C] → [.., H·W·C] gives
 * position (h·W + w)·C + c the unit of c.
 */
export function reshapeAxes(site: Site, labels: Labels, from: Shape, to: Shape): Labels {
  const { blocks, left } = blocksOf(from, to);
  const outputs = to.map((): Axis => null);
  for (const block of blocks) reshapeBlock(site, block, labels, to, outputs);
  for (const at of left.from)
    site.lock(labels[at] ?? null, `is reshaped with unknown sizes at ${site.where}`);
  return outputs;
}

/** Matches sizes from the last ones on; what is left where one is unknown. */
function blocksOf(from: Shape, to: Shape): { readonly blocks: readonly Block[]; readonly left: Block } {
  const blocks: Block[] = [];
  let [i, j] = [from.length, to.length];
  while (i > 0 && j > 0) {
    const block: { from: number[]; to: number[] } = { from: [], to: [] };
    let [a, b] = [1, 1];
    let [p, q] = [i, j];
    do {
      // The smaller product takes the next axis.
      if (block.from.length === 0 || (a < b && p > 0)) {
        const size = from[--p] as number;
        if (size < 0) return { blocks, left: rest(i, j) };
        block.from.unshift(p);
        a *= size;
      }
      if (block.to.length === 0 || (b < a && q > 0)) {
        const size = to[--q] as number;
        if (size < 0) return { blocks, left: rest(i, j) };
        block.to.unshift(q);
        b *= size;
      }
      if ((a < b && p === 0) || (b < a && q === 0)) return { blocks, left: rest(i, j) };
    } while (a !== b);
    blocks.push(block);
    [i, j] = [p, q];
  }
  return { blocks, left: rest(i, j) };
}

function rest(i: number, j: number): Block {
  return { from: [...new Array(i).keys()], to: [...new Array(j).keys()] };
}

function reshapeBlock(site: Site, block: Block, labels: Labels, to: Shape, outputs: Axis[]): void {
  const cut = block.from.filter((at) => labels[at] !== null);
  if (cut.length === 0) return;
  if (cut.length > 1) {
    for (const at of cut)
      site.lock(labels[at] ?? null, `is merged with another axis that could be cut at ${site.where}`);
    return;
  }
  const flat = flatten(site, block, cut[0] as number, labels);
  const wide = block.to.filter((at) => to[at] !== 1);
  const target = wide.length === 0 ? block.to.at(-1) : chosen(site, flat, wide, to);
  if (target === undefined) return;
  outputs[target] = collect(site, flat, wide.length === 0 ? [target] : wide, target, to);
}

/** The unit of each element of the block. */
function flatten(site: Site, { from }: Block, cut: number, labels: Labels): Int32Array {
  const axis = labels[cut] as Int32Array;
  const sizes = from.map((at) => (at === cut ? axis.length : ((site.shape(0) as Shape)[at] as number)));
  const where = from.indexOf(cut);
  const inner = sizes.slice(where + 1).reduce((a, b) => a * b, 1);
  const total = sizes.reduce((a, b) => a * b, 1);
  return Int32Array.from({ length: total }, (_, i) => axis[Math.floor(i / inner) % axis.length] as number);
}

/** The axis along which the units already are the same elsewhere; else the last, where channels are by custom. */
function chosen(site: Site, flat: Int32Array, wide: readonly number[], to: Shape): number | undefined {
  const fitting = wide.filter((axis) => {
    const first = firsts(flat, wide, axis, to);
    const step = steps(wide, axis, to);
    return flat.every((unit, i) => site.same(unit, first[Math.floor(i / step) % first.length] as number));
  });
  return fitting.at(-1) ?? wide.at(-1);
}

/** The first element at each position of an axis. */
function firsts(flat: Int32Array, wide: readonly number[], axis: number, to: Shape): Int32Array {
  const step = steps(wide, axis, to);
  return Int32Array.from({ length: to[axis] as number }, (_, k) => flat[k * step] as number);
}

/** Elements between neighbours along an axis. */
function steps(wide: readonly number[], axis: number, to: Shape): number {
  return wide.slice(wide.indexOf(axis) + 1).reduce((product, at) => product * (to[at] as number), 1);
}

/** Unites all elements at a position of the axis. */
function collect(site: Site, flat: Int32Array, wide: readonly number[], axis: number, to: Shape): Int32Array {
  const units = firsts(flat, wide, axis, to);
  const step = steps(wide, axis, to);
  flat.forEach((unit, i) => site.pair(unit, units[Math.floor(i / step) % units.length] as number));
  return units;
}
