import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { printGraph, rewrite, type Model, type Rule } from '@tfjs-optimize/core';
import { execute } from './execute.js';
import type { Pair } from './pair.js';
import { expectSameSums } from './tolerance.js';

/** What came of applying rules to a graph and running both. */
export interface Checked {
  readonly model: Model;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Applies rules to the graph of a pair and compares what both graphs compute on a random input, within
 * the bound that the magnitudes give.
 */
export async function checkRules(
  pair: Pair,
  output: string,
  rules: readonly Rule[],
  x: { readonly values: Float32Array; readonly shape: readonly number[] },
): Promise<Checked> {
  const { real, size } = pair.models(output);
  const { model, counts } = rewrite(real, rules);
  const input = tf.tensor(x.values, [...x.shape]);
  const magnitude = tf.abs(input);
  try {
    const expected = await execute(real, [input]);
    const actual = await execute(model, [input]);
    const magnitudes = await execute(size, [magnitude]);
    expectSameSums(actual, expected, magnitudes, pair.terms, `\n${printGraph(model.graph)}\n`);
  } finally {
    tf.dispose([input, magnitude]);
  }
  return { model, counts };
}

/** Ops of a graph without its constants and placeholders, in order. */
export function opsOf(model: Model): string[] {
  return [...model.graph].map(({ op }) => op).filter((op) => op !== 'Const' && op !== 'Placeholder');
}

/** Fails unless a rule applied that many times. */
export function expectApplied({ counts }: Checked, rule: string, times: number): void {
  expect(counts.get(rule) ?? 0, `times that ${rule} applied`).to.equal(times);
}
