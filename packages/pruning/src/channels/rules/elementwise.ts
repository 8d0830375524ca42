import { inputSpec } from '@tfjs-optimize/core';
import type { Axis, Labelled, Labels, Rules, Site } from '../site.js';

/**
 * What ops compute element by element: channel c of the output is made of channel c of each operand, so these go
 * together. A size of 1 is broadcast and stays.
 */
export function elementwise(site: Site): Labelled {
  const operands = site.node.inputs
    .map((_, i) => i)
    .filter((i) => ['tensor', 'weight', 'statistic'].includes(inputSpec(site.node, i)?.role ?? ''));
  return { outputs: [broadcast(site, operands)] };
}

/** Unites operands along all axes of NumPy's broadcasting. */
export function broadcast(site: Site, operands: readonly number[]): Labels | undefined {
  const shapes = operands.map((i) => site.shape(i));
  if (shapes.some((shape) => shape === undefined)) {
    for (const i of operands) site.lockInput(i, `is combined at ${site.where} with a value of unknown rank`);
    return undefined;
  }
  const rank = Math.max(...shapes.map((shape) => (shape as number[]).length));
  return Array.from({ length: rank }, (_, at) => {
    const present = operands.flatMap((i, n) => {
      const shape = shapes[n] as readonly number[];
      const own = at - rank + shape.length;
      return own < 0 ? [] : [{ size: shape[own] as number, axis: site.axis(i, own) }];
    });
    return uniteSizes(site, present);
  });
}

function uniteSizes(site: Site, present: readonly { readonly size: number; readonly axis: Axis }[]): Axis {
  const wide = present.filter(({ size }) => size !== 1);
  const used = wide.length > 0 ? wide : present;
  if (wide.length > 0) {
    for (const { size, axis } of present)
      if (size === 1) site.lock(axis, `is broadcast over others at ${site.where}`);
  }
  return used.map(({ axis }) => axis).reduce((a, b) => site.unite(a, b));
}

const passes = (site: Site): Labelled => ({ outputs: [site.labels(0)] });

export const elementwiseRules: Rules = {
  Identity: passes,
  StopGradient: passes,
  Snapshot: passes,
  Cast: passes,
  IdentityN: (site) => ({ outputs: site.node.inputs.map((_, i) => site.labels(i)) }),
  FakeQuantWithMinMaxVars: passes,
};
