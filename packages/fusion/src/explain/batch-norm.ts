import {
  explain as explainRules,
  type Explanation,
  type Model,
  type Node,
  type Original,
  type Rule,
} from '@tfjs-optimize/core';
import { BATCH_NORM_OPS } from '../affine.js';
import { LINEAR_OPS } from '../linear.js';
import { PAD_OPS } from '../pad.js';
import { RESHAPES } from '../rules/reshape.js';
import { behind, computedInputs, inFrontOf, type Side } from './neighbours.js';

/**
 * Why batch norms are left of which no convolution or product says so: what stands between them and
 * the nearest ones, in front and behind, or that there are none.
 * @param said what is said of convolutions and products.
 */
export function batchNormsLeft(
  model: Model,
  rules: readonly Rule[],
  original: Original,
  said: readonly Explanation[],
): readonly Explanation[] {
  const nearest = explainRules(model, rules, { ops: [...LINEAR_OPS, ...BATCH_NORM_OPS], original });
  const ops: readonly string[] = BATCH_NORM_OPS;
  return [...model.graph]
    .filter((node) => ops.includes(node.op))
    .flatMap((node) => {
      const { name } = original(node);
      if (said.some(({ taken }) => taken === name)) return [];
      return between(model, node, original) ?? nearest.find((one) => one.node === name) ?? [];
    });
}

/** What stands between a batch norm and its neighbours; undefined where it is next to one. */
function between({ graph }: Model, norm: Node, original: Original): Explanation | undefined {
  const front = inFrontOf(graph, norm);
  const back = behind(graph, norm);
  const sides = [
    blocked(front, RESHAPES, original, (linear) => `${linear} and it`),
    blocked(back, [...RESHAPES, ...PAD_OPS], original, (linear) => `it and ${linear}`),
  ];
  if (sides.includes('next to it')) return undefined;
  const found = sides.filter((side) => typeof side === 'object');
  const alone = (): Blocked => {
    const first = computedInputs(graph, norm).map(original).map(called);
    const users = graph.users(norm.name).map(original).map(called);
    const beside = [
      ...first.map((name) => `${name} in front of it`),
      ...(users.length === 0 ? ['an output of the model behind it'] : [`${listed(users)} behind it`]),
    ];
    return { text: `there is ${listed(beside)}, no convolution or matrix product`, ops: NONE, blamed: norm };
  };
  const told = found.length === 0 ? [alone()] : found;
  const { name, op } = original(norm);
  const reason = told.map(({ text }) => text).join(', and ');
  return {
    node: name,
    op,
    rule: front.linear === undefined && back.linear !== undefined ? 'fold-before' : 'fold-batch-norm',
    root: name,
    taken: name,
    blamed: original((told[0] as Blocked).blamed).name,
    reason,
    message: `${name} was not folded: ${reason}`,
    group: `was not folded: ${told.map(({ ops }) => ops).join(', and ')}`,
  };
}

interface Blocked {
  readonly text: string;
  /** The same without names of nodes. */
  readonly ops: string;
  readonly blamed: Node;
}

const NONE = 'no convolution or matrix product is on either side of it';

/** What stands between a batch norm and the linear op on one side; undefined where that side has none. */
function blocked(
  { between: nodes, linear }: Side,
  passed: readonly string[],
  original: Original,
  where: (linear: string) => string,
): Blocked | 'next to it' | undefined {
  if (linear === undefined) return undefined;
  const name = original(linear).name;
  const inTheWay = nodes.filter(({ op }) => !passed.includes(op));
  const stands = (words: readonly string[], place: string): string =>
    `${listed(words)} ${words.length === 1 ? 'stands' : 'stand'} between ${where(place)}`;
  const [first] = inTheWay;
  if (first === undefined) {
    return 'next to it';
  }
  return {
    text: stands(inTheWay.map(original).map(called), name),
    ops: stands([...new Set(inTheWay.map(({ op }) => op))], 'a convolution or matrix product'),
    blamed: first,
  };
}

function called({ name, op }: Node): string {
  return `${name} (${op})`;
}

/** `a, b and c`; of more than three, the first two and how many there are beside. */
function listed(words: readonly string[]): string {
  const shown = words.length > 3 ? [...words.slice(0, 2), `${words.length - 2} more`] : words;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${String(shown.at(-1))}`;
}
