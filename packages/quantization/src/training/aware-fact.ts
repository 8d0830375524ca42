import {
  fail,
  splitValue,
  valueId,
  type Fact,
  type Json,
  type JsonObject,
  type Running,
  type ValueId,
} from '@tfjs-optimize/core';
import type { WeightScales } from '../static/weights.js';
import { registerTrainingOps } from './ops.js';

/** Values that share one range. */
export interface RangeGroup extends Running {
  readonly members: readonly ValueId[];
}

/** What a graph with fake quantization will become. */
export interface Aware {
  /** Ranges of activations: weights of two numbers, and what moves them. */
  readonly groups: readonly RangeGroup[];
  /** Nodes that are part of the integer model. */
  readonly nodes: readonly string[];
  /** Constants that were put into the graph. */
  readonly constants: readonly string[];
  readonly granularity: WeightScales['granularity'];
  readonly scaleType: WeightScales['scaleType'];
  readonly io: 'float' | 'int8';
}

/** Says what fake quantization stands in a model, lets `fit` move its ranges, and tells `quantizeTrained` what to make of it. */
export const awareFact: Fact<Aware> = {
  name: 'quantization/aware',
  check: (model, { groups }) =>
    groups.flatMap(({ weight, value }) => [
      ...(model.weights.has(weight) ? [] : [{ subject: weight, message: 'a range of activations is gone' }]),
      ...(model.graph.has(value) ? [] : [{ subject: value, message: 'what measures a range is gone' }]),
    ]),
  running: ({ groups }) => groups,
  rename: (aware, renames) => {
    const now = (name: string): string => renames.get(name) ?? name;
    const nowValue = (value: ValueId): ValueId => {
      const [name, index] = splitValue(value);
      return valueId(now(name), index);
    };
    return {
      ...aware,
      groups: aware.groups.map((group) => ({
        ...group,
        weight: now(group.weight),
        value: nowValue(group.value),
        members: group.members.map(nowValue),
      })),
      nodes: aware.nodes.map(now),
      constants: aware.constants.map(now),
    };
  },
  toJson: (aware) => aware as unknown as Json,
  fromJson: (json) => {
    const { groups, nodes, constants, granularity, scaleType, io } = (json ?? {}) as JsonObject;
    const isWhole =
      [groups, nodes, constants].every(Array.isArray) &&
      (granularity === 'channel' || granularity === 'tensor') &&
      (scaleType === 'float32' || scaleType === 'bfloat16') &&
      (io === 'float' || io === 'int8');
    if (isWhole) {
      // Whoever reads it back has a graph with these ops.
      registerTrainingOps();
      return json as unknown as Aware;
    }
    return fail('io/format', {
      subject: "saved fact 'quantization/aware'",
      expected: 'an object of groups, nodes, constants, granularity, scaleType and io',
      got: JSON.stringify(json)?.slice(0, 80) ?? 'nothing',
    });
  },
};
