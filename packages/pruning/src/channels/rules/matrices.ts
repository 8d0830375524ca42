import { getAttr } from '@tfjs-optimize/core';
import { followOutput } from './epilogue.js';
import { broadcast } from './elementwise.js';
import { normal, type Axis, type Rule, type Rules, type Site } from '../site.js';

/** y[m, n] = Σ_k a[m, k] · b[k, n]: k of both go together, m and n live on. */
const product =
  (flagA: string, flagB: string): Rule =>
  (site) => {
    const [ra, rb] = [site.shape(0)?.length, site.shape(1)?.length];
    if (ra === undefined || rb === undefined || ra < 2 || rb < 2)
      return site.refuse(`goes into a product of unknown rank at ${site.where}`);
    const [ta, tb] = [flag(site, flagA), flag(site, flagB)];
    const [m, ka] = ta ? [-1, -2] : [-2, -1];
    const [kb, n] = tb ? [-1, -2] : [-2, -1];
    const [into, out] = [site.axis(1, kb), site.axis(1, n)];
    site.unite(site.axis(0, ka), into);
    site.role(1, rb + kb, 'in', 'dense');
    site.role(1, rb + n, 'out', 'dense');
    // A constant may stand on the left, too.
    site.role(0, ra + ka, 'in', 'dense');
    site.role(0, ra + m, 'out', 'dense');
    followOutput(site, out);
    return { outputs: [[...batchAxes(site, ra - 2, rb - 2), site.axis(0, m), out]] };
  };

const flag = (site: Site, name: string): boolean => getAttr(site.node, name, 'bool') ?? false;

/** Axes before the last two are broadcast. */
function batchAxes(site: Site, a: number, b: number): Axis[] {
  const rank = Math.max(a, b);
  return Array.from({ length: rank }, (_, at): Axis => {
    const own = [
      { input: 0, at: at - rank + a },
      { input: 1, at: at - rank + b },
    ].filter((one) => one.at >= 0);
    const wide = own.filter((one) => (site.shape(one.input) as readonly number[])[one.at] !== 1);
    for (const one of own)
      if (wide.length > 0 && !wide.includes(one))
        site.lock(site.axis(one.input, one.at), `is broadcast over others at ${site.where}`);
    const used = wide.length > 0 ? wide : own;
    return used.map((one) => site.axis(one.input, one.at)).reduce((x, y) => site.unite(x, y));
  });
}

const transpose: Rule = (site) => {
  const permutation = site.numbers(1);
  const labels = site.labels(0);
  if (labels === undefined || permutation === undefined)
    return site.refuse(`is moved by an unknown permutation at ${site.where}`);
  return { outputs: [permutation.map((from) => labels[normal(from, labels.length)] ?? null)] };
};

/** Labels of letters: axes of one letter go together, whether they are summed or not. */
const einsum: Rule = (site) => {
  const [left = '', right] = (getAttr(site.node, 'equation', 'string') ?? '').replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const fits =
    terms.length === site.node.inputs.length &&
    terms.every((term, i) => term.length === site.labels(i)?.length);
  if (right === undefined || !fits || left.includes('.'))
    return site.refuse(`goes into a product that is not understood at ${site.where}`);
  const axes = new Map<string, Axis>();
  terms.forEach((term, input) => {
    [...term].forEach((letter, at) => {
      const axis = site.axis(input, at);
      axes.set(letter, axes.has(letter) ? site.unite(axes.get(letter) as Axis, axis) : axis);
      site.role(input, at, right.includes(letter) ? 'out' : 'in', 'dense');
    });
  });
  return { outputs: [[...right].map((letter) => axes.get(letter) ?? null)] };
};

/**
 * γ (x - μ) / √(σ² + ε) + β, for each channel alone. Layer normalization is traced as one whose γ and β are repeated for
 * every place, so they may have any shape that is broadcast.
 */
const batchNorm: Rule = (site) => {
  for (let input = 1; input < 5; input++)
    site.role(input, (site.shape(input)?.length ?? 0) - 1, 'out', input === 1 ? 'norm' : 'bias');
  const y = broadcast(site, [0, 1, 2, 3, 4]);
  return { outputs: site.outputs.map((_, i) => (i === 0 ? y : y?.slice(-1))) };
};

/** Couples all of its last axis; the others pass. */
const softmax: Rule = (site) => {
  site.lock(site.axis(0, -1), `takes part in the sum over all of ${site.where}`);
  return { outputs: [site.labels(0)] };
};

const prelu: Rule = (site) => ({ outputs: [broadcast(site, [0, 1])] });

const localResponse: Rule = (site) => {
  site.lock(site.axis(0, -1), `is normalized by its neighbours at ${site.where}`);
  return { outputs: [site.labels(0)] };
};

export const matrixRules: Rules = {
  MatMul: product('transpose_a', 'transpose_b'),
  _FusedMatMul: product('transpose_a', 'transpose_b'),
  BatchMatMul: product('adj_x', 'adj_y'),
  BatchMatMulV2: product('adj_x', 'adj_y'),
  Transpose: transpose,
  Einsum: einsum,
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  Softmax: softmax,
  LogSoftmax: softmax,
  LRN: localResponse,
  Prelu: prelu,
};
