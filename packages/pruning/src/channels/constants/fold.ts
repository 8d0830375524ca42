import { getAttr, nodeOf, Weight, type Model, type Node, type Note, type Weights } from '@tfjs-optimize/core';
import { masksFact } from '../../masks/masks-fact.js';
import type { Choice, Chosen } from '../choose.js';
import type { Channels } from '../groups.js';
import { KnownValues, numberAt } from './known.js';
import { productOf, windowSum, type Product } from './product.js';

/** A model that makes up for what goes, and what is to be said of that. */
export interface Folded {
  readonly model: Model<'float'>;
  readonly notes: readonly Note[];
}

/**
 * Takes the place of channels that go and are one number whatever goes into the model, such as those behind a sigmoid
 * whose weights are all zero: what they add to the sums of the next layer is added to its bias, or taken from the moving
 * mean of the batch norm that follows. With padding the sums at the edges lack a part of it, so there it cannot be done.
 */
export function foldConstants(channels: Channels, { choices, cut }: Chosen): Folded {
  const model = channels.model as Model<'float'>;
  const known = new KnownValues(model, channels.coupling, cut);
  const groupOf = groupsByUnit(choices);
  const changes = new Map<string, Weight>();
  const notes: Note[] = [];
  for (const node of model.graph) {
    const product = productOf(node, model.weights);
    const lost = product === undefined ? lostAt(node, known) : lostInto(product, known);
    if (lost.size === 0) continue;
    const sink = product === undefined ? 'both of its operands are computed' : sinkOf(product, model);
    if (typeof sink !== 'string')
      changes.set(
        sink.weight,
        shifted(
          changes.get(sink.weight) ?? model.weights.need(sink.weight),
          product as Product,
          lost,
          sink.sign,
          known,
        ),
      );
    const [where, count] = [
      `'${node.name}' (${node.op})`,
      (units: number): string => `${units} ${units === 1 ? 'channel' : 'channels'}`,
    ];
    for (const [group, units] of countBy([...lost.keys()].map((unit) => groupOf.get(unit) ?? '')))
      notes.push(
        typeof sink === 'string'
          ? {
              level: 'info',
              kind: 'saw',
              subject: group,
              message: `'${group}': ${count(units)} that are constants and not zero are lost to ${where}: ${sink}`,
            }
          : {
              level: 'info',
              kind: 'did',
              subject: group,
              message: `'${group}': ${count(units)} that are constants were folded into '${sink.weight}'`,
            },
      );
  }
  if (changes.size === 0) return { model, notes };
  return { model: model.with({ weights: model.weights.with(changes) }), notes };
}

function groupsByUnit(choices: readonly Choice[]): ReadonlyMap<number, string> {
  return new Map(
    choices.flatMap(({ group, removed }) =>
      removed.map((i) => [group.units[i] as number, group.name] as const),
    ),
  );
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Units that go, are constants other than zero, and are summed up by a product with weights; with their numbers. */
function lostInto({ node, x, w, into }: Product, known: KnownValues): ReadonlyMap<number, number> {
  const axis = known.axisOf(node.inputs[w] as string, into);
  const from = known.of(node.inputs[x] ?? '');
  return new Map(
    known.goneAlong(axis).flatMap((unit) => {
      const value = unit === undefined ? 0 : numberAt(from, unit);
      return unit === undefined || value === 0 || Number.isNaN(value) ? [] : [[unit, value] as const];
    }),
  );
}

/** Ops that sum over channels and have no weights. */
const SUMS = /^(MatMul|_FusedMatMul|BatchMatMul|BatchMatMulV2|Einsum|Sum)$/;

/** The same of a sum of what is computed: units that come in and do not come out. */
function lostAt(node: Node, known: KnownValues): ReadonlyMap<number, number> {
  if (!SUMS.test(node.op)) return new Map();
  const out = known.unitsOf(node.name);
  return new Map(
    node.inputs.flatMap((value) =>
      [...known.unitsOf(value)].flatMap((unit) => {
        const number = numberAt(known.of(value), unit);
        return out.has(unit) || number === 0 || Number.isNaN(number) ? [] : [[unit, number] as const];
      }),
    ),
  );
}

/** A weight of the next layer that can take a constant, added (1) or taken away (-1); or why there is none. */
type Sink = { readonly weight: string; readonly sign: 1 | -1 };

function sinkOf({ node, weight, out, isWhole }: Product, { graph, weights, facts }: Model): Sink | string {
  if (!isWhole) return 'with its padding they do not count alike in all places';
  const size = weight.shape[out] as number;
  const masks = facts.get(masksFact);
  const fits = (value: string | undefined): value is string =>
    value !== undefined &&
    isOwn(value, size, graph.users(value).length, weights) &&
    masks?.has(value) !== true;
  if (getAttr(node, 'fused_ops', 'strings')?.[0] === 'BiasAdd') {
    const bias = node.inputs[2];
    return fits(bias) ? { weight: bias, sign: 1 } : 'its bias is shared or masked';
  }
  if ((getAttr(node, 'fused_ops', 'strings') ?? []).length > 0) return 'it has no bias';
  for (let at = node; !graph.outputs.includes(at.name);) {
    const users = graph.users(at.name);
    const [user] = users;
    if (user === undefined || users.length > 1) break;
    const other = user.inputs.find((value) => nodeOf(value) !== at.name);
    if (/^(BiasAdd|Add|AddV2)$/.test(user.op) && fits(other)) return { weight: other, sign: 1 };
    if (/^FusedBatchNorm/.test(user.op) && user.inputs[0] === at.name && fits(user.inputs[3]))
      return { weight: user.inputs[3], sign: -1 };
    if (user.op !== 'Reshape' && user.op !== 'Identity') break;
    at = user;
  }
  return 'it has no bias of its own';
}

/** Whether a value is a constant of floats, one for each output channel, that nothing else reads. */
function isOwn(value: string, size: number, users: number, weights: Weights): boolean {
  const weight = weights.get(value);
  return weight?.dtype === 'float32' && weight.size === size && weight.shape.at(-1) === size && users === 1;
}

/** The sink with what is lost. */
function shifted(
  sink: Weight,
  product: Product,
  lost: ReadonlyMap<number, number>,
  sign: number,
  known: KnownValues,
): Weight {
  const { node, w, into } = product;
  const kernel = known.values(node.inputs[w] as string);
  const gone = known.goneAlong(known.axisOf(node.inputs[w] as string, into));
  const values = Float32Array.from(sink.numbers(), (value, o) => {
    const more = gone.reduce<number>((sum, unit, i) => {
      const number = unit === undefined ? undefined : lost.get(unit);
      return number === undefined ? sum : sum + number * windowSum(kernel, product, i, o).sum;
    }, 0);
    return value + sign * more;
  });
  return Weight.of(values, sink.shape);
}
