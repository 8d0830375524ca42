import type { Model, Node } from '@tfjs-optimize/core';
import { onlyUser } from '../static/constants.js';
import { nodesOf, readUnits, type Reading } from '../static/read.js';
import type { LinearUnit, Unit } from '../static/units.js';

/** Two layers, the second of which is all that reads the first: a factor for each channel between them cancels. */
export interface Pair {
  readonly first: LinearUnit;
  readonly second: LinearUnit;
  /** Channels between them. */
  readonly channels: number;
  /** Where values of the first are clamped above, so that they may be scaled up to there and no further. */
  readonly ceiling: number | undefined;
}

/** Pairs of layers in the order of the graph, and the layers that could be the first of one and are not, with reasons. */
export interface Pairs {
  readonly pairs: readonly Pair[];
  readonly declined: readonly { readonly unit: LinearUnit; readonly reason: string }[];
  readonly reading: Reading;
}

/** Finds convolutions and matrix products whose output goes to one other alone, with ReLU, ReLU6 or nothing between. */
export function findPairs(model: Model): Pairs {
  const reading = readUnits(model);
  const byNode = new Map<string, Unit>();
  for (const unit of reading.units.values()) for (const node of nodesOf(unit)) byNode.set(node.name, unit);
  const pairs: Pair[] = [];
  const declined: { unit: LinearUnit; reason: string }[] = [];
  for (const unit of reading.units.values()) {
    if (unit.kind !== 'linear') continue;
    const second = secondOf(unit);
    if (typeof second === 'string') declined.push({ unit, reason: second });
    else if (second !== undefined) pairs.push(second);
  }
  return { pairs, declined, reading };

  function secondOf(first: LinearUnit): Pair | string | undefined {
    const { min, max } = first.clamp;
    if ((min ?? 0) !== 0) return `it is clamped at ${min}, which a factor would move`;
    if (max !== undefined && (min === undefined || !(max > 0))) return `it is clamped at ${max} above alone`;
    if (!isOwn(first)) return 'its kernel is shared';
    let name = first.node.name;
    for (;;) {
      const user = onlyUser(model.graph, name);
      const unit = user === undefined ? undefined : byNode.get(user);
      if (user === undefined) return 'several nodes read it';
      if (unit === undefined) return undefined;
      if (unit.kind === 'linear') {
        if (!isOwn(unit)) return `the kernel of '${unit.node.name}' behind it is shared`;
        return inputChannels(unit) === first.channels
          ? { first, second: unit, channels: first.channels, ceiling: max }
          : undefined;
      }
      if (!isByChannel(unit, model)) return undefined;
      name = unit.node.name;
    }
  }

  /** Whether the kernel is a constant as it stands, and nobody else reads it. */
  function isOwn({ kernel }: LinearUnit): boolean {
    return (
      model.graph.users(kernel.name).length === 1 &&
      reading.constants.of(kernel.name)?.values.length === kernel.values.length
    );
  }
}

/** Whether channels stay apart, in their order and on the last axis. */
function isByChannel(unit: Unit, model: Model): boolean {
  if (unit.kind === 'pool' || unit.kind === 'resize') return true;
  if (unit.kind === 'mean') return unit.axes.every((axis) => axis === 1 || axis === 2);
  return unit.kind === 'move' && (unit.fill ?? 1) === 0 && model.graph.has(unit.node.name);
}

/** Channels that go into a layer. */
export function inputChannels({ op, kernel, channels }: LinearUnit): number {
  if (op === 'DepthwiseConv2D') return kernel.shape[2] as number;
  return op === 'Conv2D' ? (kernel.shape[2] as number) : kernel.values.length / channels;
}

/** The node of a unit that reads its bias, and at which place. */
export function biasPlace(
  { constants }: Reading,
  unit: LinearUnit,
): { node: Node; place: number } | undefined {
  for (const node of nodesOf(unit)) {
    const place = node.inputs.findIndex((value) => constants.of(value)?.name === unit.bias?.name);
    if (unit.bias !== undefined && place >= 0) return { node, place };
  }
  return undefined;
}
