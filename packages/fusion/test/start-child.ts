// Run by start.test.ts: a pass is the first that needs a backend, and the best one takes its time to start.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { GraphBuilder, optimize, rewrite } from '@tfjs-optimize/core';
import { inference, rulePass, rules } from '../src/index.js';

async function main(): Promise<void> {
  const b = new GraphBuilder();
  const c = b.op('Exp', [b.constant('c', [1, 2])], {}, 'folded');
  const model = b.output(b.op('Pow', [b.input('x', [-1, 2]), c])).build();
  const first = rewrite(model, [rules.foldConstants()]);
  const passes = [rulePass('fold-constants'), inference()];
  const ops = [];
  for (const pass of passes) ops.push((await optimize(model, pass)).model.graph.need('folded').op);
  const answer = { changed: first.changed, note: first.notes[0]?.message, ops, backend: tf.getBackend() };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

void main();
