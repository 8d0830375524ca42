import { getAttr } from '@tfjs-optimize/core';
import { normal, type Axis, type Labelled, type Labels, type Rule, type Rules, type Site } from '../site.js';

/** Values end to end: the units of one behind those of the other; all other axes go together. */
const concat =
  (place: 'first' | 'last'): Rule =>
  (site) => {
    const count = getAttr(site.node, 'N', 'int') ?? 2;
    const start = place === 'first' ? 1 : 0;
    const operands = Array.from({ length: count }, (_, i) => start + i);
    const [axis] = site.numbers(place === 'first' ? 0 : site.node.inputs.length - 1) ?? [];
    const rank = site.labels(start)?.length;
    if (axis === undefined || rank === undefined || operands.some((i) => site.labels(i) === undefined))
      return site.refuse(`is joined along an unknown axis at ${site.where}`);
    const at = normal(axis, rank);
    const outputs = Array.from({ length: rank }, (_, i): Axis =>
      i === at
        ? joined(site, operands, at)
        : operands.map((n) => site.axis(n, i)).reduce((a, b) => site.unite(a, b)),
    );
    return { outputs: [outputs] };
  };

function joined(site: Site, operands: readonly number[], at: number): Axis {
  const axes = operands.map((i) => site.axis(i, at));
  if (axes.every((axis) => axis === null)) return null;
  const parts = axes.map(
    (axis, n) => axis ?? placeholder(site, site.shape(operands[n] as number)?.[at] ?? -1),
  );
  if (parts.some((part) => part === undefined)) {
    for (const axis of axes) site.lock(axis, `is joined with a part of unknown size at ${site.where}`);
    return null;
  }
  return Int32Array.from((parts as Int32Array[]).flatMap((part) => [...part]));
}

/** Units of a part that cannot be cut. */
function placeholder(site: Site, size: number): Int32Array | undefined {
  if (size < 0) return undefined;
  const axis = site.fresh(size);
  site.lock(axis, `is a part of fixed size at ${site.where}`);
  return axis;
}

const pack: Rule = (site) => {
  const rank = site.labels(0)?.length;
  const operands = site.node.inputs.map((_, i) => i);
  if (rank === undefined || operands.some((i) => site.labels(i)?.length !== rank))
    return site.refuse(`is stacked with values of unknown rank at ${site.where}`);
  const axes = Array.from({ length: rank }, (_, at) =>
    operands.map((i) => site.axis(i, at)).reduce((a, b) => site.unite(a, b)),
  );
  const at = normal(getAttr(site.node, 'axis', 'int') ?? 0, rank + 1);
  return { outputs: [[...axes.slice(0, at), null, ...axes.slice(at)]] };
};

const unpack: Rule = (site) => {
  const labels = site.labels(0);
  if (labels === undefined) return site.refuse(`is taken apart with an unknown rank at ${site.where}`);
  const at = normal(getAttr(site.node, 'axis', 'int') ?? 0, labels.length);
  site.lock(labels[at] ?? null, `becomes a value by itself at ${site.where}`);
  return { outputs: site.outputs.map(() => labels.filter((_, i) => i !== at)) };
};

/** Parts of equal size; where they lose different numbers of channels the node becomes a SplitV. */
const split: Rule = (site) => {
  const [axis] = site.numbers(0) ?? [];
  const count = getAttr(site.node, 'num_split', 'int') ?? 1;
  const labels = site.labels(1);
  const size = axis === undefined ? undefined : site.shape(1)?.at(axis);
  if (axis === undefined || labels === undefined || size === undefined)
    return site.refuse(`is split along an unknown axis at ${site.where}`);
  return parts(site, 1, labels, normal(axis, labels.length), new Array<number>(count).fill(size / count));
};

const splitBySizes: Rule = (site) => {
  const labels = site.labels(0);
  const [sizes, [axis] = []] = [site.numbers(1), site.numbers(2)];
  if (axis === undefined || labels === undefined || sizes === undefined)
    return site.refuse(`is split along an unknown axis at ${site.where}`);
  const at = normal(axis, labels.length);
  const known = sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return parts(
    site,
    0,
    labels,
    at,
    sizes.map((size) => (size < 0 ? (site.shape(0)?.[at] ?? -1) - known : size)),
  );
};

function parts(site: Site, input: number, labels: Labels, at: number, sizes: readonly number[]): Labelled {
  const axis = labels[at] ?? null;
  let begin = 0;
  const pieces = sizes.map((size): Axis => {
    begin += size;
    return axis === null ? null : axis.slice(begin - size, begin);
  });
  return {
    outputs: pieces.map((piece) => labels.map((other, i) => (i === at ? piece : other))),
    rewrite: (cut) => {
      if (axis === null) return;
      const left = pieces.map((piece, i) => cut.count(piece, sizes[i] as number));
      if (left.every((size, i) => size === sizes[i])) return;
      const value = site.node.inputs[input] as string;
      const attrs = Object.fromEntries(Object.entries(site.node.attrs).filter(([name]) => name !== 'Tlen'));
      cut.become('SplitV', [value, left, at], { ...attrs, num_split: { kind: 'int', value: sizes.length } });
    },
  };
}

/** Picks positions by constant indexes; those that are cut are picked no more. */
const gather: Rule = (site) => {
  const [labels, indexShape] = [site.labels(0), site.shape(1)];
  const [axis] = site.node.op === 'Gather' ? [0] : (site.numbers(2) ?? []);
  const batched = (getAttr(site.node, 'batch_dims', 'int') ?? 0) !== 0;
  if (labels === undefined || indexShape === undefined || axis === undefined || batched)
    return site.refuse(`is picked along an unknown axis at ${site.where}`);
  const at = normal(axis, labels.length);
  const indexes = site.numbers(1);
  const picked = labels[at] ?? null;
  site.role(0, labels.length - 1, 'out', 'embedding');
  site.lockInput(1, `picks at ${site.where}`);
  const rest = (middle: Labels): Labelled['outputs'] => [
    [...labels.slice(0, at), ...middle, ...labels.slice(at + 1)],
  ];
  if (picked === null) return { outputs: rest(indexShape.map(() => null)) };
  if (indexes === undefined || indexShape.length !== 1) {
    site.lock(picked, `is looked up by its place at ${site.where}`);
    return { outputs: rest(indexShape.map(() => null)) };
  }
  const units = indexes.map((index) => picked[normal(index, picked.length)] as number);
  return {
    outputs: rest([Int32Array.from(units)]),
    rewrite: (cut) => {
      const kept = cut.kept(picked);
      const place = new Map(kept.map((old, now) => [old, now]));
      const left = indexes.map((index) => place.get(normal(index, picked.length)));
      if (kept.length < picked.length)
        cut.ints(
          1,
          left.filter((index) => index !== undefined),
        );
    },
  };
};

const reverse: Rule = (site) => {
  const [labels, axes] = [site.labels(0), site.numbers(1)];
  if (labels === undefined || axes === undefined)
    return site.refuse(`is reversed along an unknown axis at ${site.where}`);
  const turned = new Set(axes.map((axis) => normal(axis, labels.length)));
  return {
    outputs: [labels.map((axis, at) => (turned.has(at) && axis !== null ? axis.slice().reverse() : axis))],
  };
};

/** Constants before and behind; as many as are needed may be left out again. */
const pad: Rule = (site) => {
  const [labels, amounts] = [site.labels(0), site.numbers(1)];
  if (labels === undefined || amounts === undefined)
    return site.refuse(`is padded by an unknown number at ${site.where}`);
  const edges = labels.map((axis, at) => {
    const [before, behind] = [amounts[2 * at] ?? 0, amounts[2 * at + 1] ?? 0];
    return axis === null ? undefined : { before: site.fresh(before), axis, behind: site.fresh(behind) };
  });
  const constant =
    getAttr(site.node, 'constant_value', 'float') ?? (site.node.inputs.length > 2 ? site.numbers(2)?.[0] : 0);
  for (const edge of edges) {
    if (edge === undefined || constant === 0) continue;
    site.lock(edge.before, `is padded with something other than 0 at ${site.where}`);
    site.lock(edge.behind, `is padded with something other than 0 at ${site.where}`);
  }
  const outputs = edges.map(
    (edge) => edge && Int32Array.from([...edge.before, ...edge.axis, ...edge.behind]),
  );
  return {
    outputs: [outputs.map((axis) => axis ?? null)],
    rewrite: (cut) => {
      const left = amounts.map((amount, i) => {
        const edge = edges[Math.floor(i / 2)];
        return edge === undefined ? amount : cut.count(i % 2 === 0 ? edge.before : edge.behind, amount);
      });
      if (left.some((amount, i) => amount !== amounts[i])) cut.ints(1, left);
    },
  };
};

const mirror: Rule = (site) => {
  const [labels, amounts] = [site.labels(0), site.numbers(1)];
  if (labels === undefined || amounts === undefined)
    return site.refuse(`is padded by an unknown number at ${site.where}`);
  const outputs = labels.map((axis, at) => {
    if (amounts[2 * at] === 0 && amounts[2 * at + 1] === 0) return axis;
    site.lock(axis, `is mirrored at ${site.where}`);
    return null;
  });
  return { outputs: [outputs] };
};

export const joiningRules: Rules = {
  Concat: concat('first'),
  ConcatV2: concat('last'),
  Pack: pack,
  Unpack: unpack,
  Split: split,
  SplitV: splitBySizes,
  Gather: gather,
  GatherV2: gather,
  Reverse: reverse,
  ReverseV2: reverse,
  Pad: pad,
  PadV2: pad,
  MirrorPad: mirror,
};
