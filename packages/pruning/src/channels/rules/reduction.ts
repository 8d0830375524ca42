import { getAttr } from '@tfjs-optimize/core';
import { normal, type Labels, type Rule, type Rules, type Site } from '../site.js';

/** The axes that a node reduces; undefined where they are computed. */
function reduced(site: Site, labels: Labels): ReadonlySet<number> | undefined {
  const axes = site.numbers(1);
  return axes && new Set(axes.map((axis) => normal(axis, labels.length)));
}

/**
 * Reduces some axes away. A sum loses nothing with a channel of zeros; a mean divides by how many there are, and the
 * largest may be the zero: axes of these stay.
 */
const reduction =
  (isSum: boolean): Rule =>
  (site) => {
    const labels = site.labels(0);
    const axes = labels && reduced(site, labels);
    if (labels === undefined || axes === undefined)
      return site.refuse(`is reduced along unknown axes at ${site.where}`);
    const keep = (getAttr(site.node, 'keep_dims', 'bool') ?? getAttr(site.node, 'keepdims', 'bool')) === true;
    const left = labels.flatMap((axis, at) => {
      if (!axes.has(at)) return [axis];
      if (!isSum) site.lock(axis, `counts in the ${site.node.op.toLowerCase()} over all of ${site.where}`);
      return keep ? [null] : [];
    });
    return { outputs: [left] };
  };

/** Where along an axis something is: its places stay. */
const position: Rule = (site) => {
  const labels = site.labels(0);
  const [axis] = site.numbers(1) ?? [];
  if (labels === undefined || axis === undefined)
    return site.refuse(`is searched along an unknown axis at ${site.where}`);
  const at = normal(axis, labels.length);
  site.lock(labels[at] ?? null, `is told by its place at ${site.where}`);
  return { outputs: [labels.filter((_, i) => i !== at)] };
};

const cumulative: Rule = (site) => {
  const labels = site.labels(0);
  const [axis] = site.numbers(1) ?? [];
  if (labels === undefined || axis === undefined)
    return site.refuse(`is summed along an unknown axis at ${site.where}`);
  const at = normal(axis, labels.length);
  site.lock(labels[at] ?? null, `is one of the running results of ${site.where}`);
  return { outputs: [labels] };
};

export const reductionRules: Rules = {
  Sum: reduction(true),
  EuclideanNorm: reduction(true),
  Mean: reduction(false),
  Max: reduction(false),
  Min: reduction(false),
  Prod: reduction(false),
  All: reduction(false),
  Any: reduction(false),
  ArgMax: position,
  ArgMin: position,
  Cumsum: cumulative,
  Cumprod: cumulative,
};
