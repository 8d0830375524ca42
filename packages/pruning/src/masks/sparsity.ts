import {
  countNonZero,
  countText,
  fail,
  isLayersModel,
  isModel,
  layerNames,
  layerWeightNames,
  liveNodes,
  parameterNames,
  textTable,
  type Model,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { isLayer } from '../targets/kinds.js';
import { layerMask } from './layer-masks.js';
import { masksFact } from './masks-fact.js';
import { prunedCount } from './mask.js';

/** How much of a weight is zero. */
export interface WeightSparsity {
  readonly layer: string;
  readonly weight: string;
  readonly size: number;
  /** Elements that are zero, by a mask or by themselves. */
  readonly zeros: number;
  /** Elements that a mask keeps zero. */
  readonly pruned: number;
}

/** How much of a model is zero: weights of two axes and more, in the order of the model. */
export interface Sparsity {
  readonly weights: readonly WeightSparsity[];
  readonly size: number;
  readonly zeros: number;
  readonly pruned: number;
  /** zeros / size, from 0 to 1; 0 of nothing. */
  readonly share: number;
  /** A table with a row for each weight and one of all. */
  text(): string;
  toString(): string;
}

/**
 * How many zeros a model or layer has, by weight and in all: of weights with two axes or more that count as parameters.
 * Zeros of integer weights count, too.
 * @throws `argument/invalid` for what is neither a model nor a layer.
 */
export function sparsity(target: Model | tf.LayersModel | tf.layers.Layer): Sparsity {
  if (isModel(target)) return sparsityOfModel(target);
  if (isLayersModel(target)) return sparsityOfVariables([...layerWeightNames(target)]);
  if (isLayer(target)) {
    return sparsityOfVariables(target.weights.map((variable) => [variable.originalName, variable]));
  }
  return fail('argument/invalid', {
    subject: 'sparsity',
    expected: 'a Model, a layers model or a layer',
    got: (target as unknown) === null ? 'null' : typeof target,
    advice: 'Read files and graph models with loadModel',
  });
}

/** The sparsity of a graph. */
export function sparsityOfModel(model: Model): Sparsity {
  const { graph, weights, facts } = model;
  const parameters = parameterNames(model);
  const masks = facts.get(masksFact);
  const layerOf = layerNames(model);
  const live = liveNodes(graph);
  const rows: WeightSparsity[] = [];
  for (const [weight, stored] of weights) {
    if (stored.shape.length < 2 || !live.has(weight)) continue;
    const mask = masks?.get(weight);
    const [user] = graph.users(weight);
    // Kernels that a node hands on before they are used are no parameters by themselves, and may have masks.
    if (mask === undefined && !parameters.has(weight)) continue;
    const layer = layerOf(user?.name ?? weight);
    const zeros = stored.size - countNonZero(stored);
    rows.push({
      layer,
      weight,
      size: stored.size,
      zeros,
      pruned: mask === undefined ? 0 : prunedCount(mask),
    });
  }
  return sparsityOf(rows);
}

function sparsityOfVariables(variables: readonly (readonly [string, tf.LayerVariable])[]): Sparsity {
  const rows = variables
    .filter(([, variable]) => variable.shape.length >= 2)
    .map(([weight, variable]): WeightSparsity => {
      const values = variable.read().dataSync();
      let zeros = 0;
      for (const value of values) if (value === 0) zeros++;
      const mask = layerMask(variable);
      const pruned = mask === undefined ? 0 : prunedCount(mask);
      return { layer: weight.split('/')[0] as string, weight, size: values.length, zeros, pruned };
    });
  return sparsityOf(rows);
}

function sparsityOf(weights: readonly WeightSparsity[]): Sparsity {
  const sum = (of: (row: WeightSparsity) => number): number => weights.reduce((all, row) => all + of(row), 0);
  const [size, zeros, pruned] = [sum((row) => row.size), sum((row) => row.zeros), sum((row) => row.pruned)];
  const text = (): string => tableOf(weights, { size, zeros, pruned });
  return { weights, size, zeros, pruned, share: size === 0 ? 0 : zeros / size, text, toString: text };
}

function tableOf(
  weights: readonly WeightSparsity[],
  all: Pick<WeightSparsity, 'size' | 'zeros' | 'pruned'>,
): string {
  const row = (first: readonly string[], of: Pick<WeightSparsity, 'size' | 'zeros' | 'pruned'>): string[] => [
    ...first,
    countText(of.size),
    countText(of.zeros),
    of.size === 0 ? '' : `${((100 * of.zeros) / of.size).toFixed(1)} %`,
    of.pruned === 0 ? '' : countText(of.pruned),
  ];
  return textTable(
    [
      ['layer', 'weight', 'size', 'zeros', 'sparsity', 'by masks'],
      ...weights.map((one) => row([one.layer, one.weight], one)),
      row(['all', ''], all),
    ],
    ['left', 'left', 'right', 'right', 'right', 'right'],
  );
}
