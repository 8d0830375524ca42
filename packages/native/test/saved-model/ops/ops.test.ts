import * as tf from '@tensorflow/tfjs';
import '@tfjs-optimize/wasm';
import * as path from 'node:path';
import { GraphBuilder, type DType, type Model } from '@tfjs-optimize/core';
import { tempFolder } from '@tfjs-optimize/testing';
import { expectSameAnswers } from '../../support/expect.js';
import {
  answersOfModel,
  answersOfSaved,
  needNode,
  type Answer,
  type Inputs,
} from '../../support/saved-model.js';
import { OP_CASES, type OpCase, type Operand } from './cases.js';

/** A model with a node for each case; sizes of inputs are known, or unknown to the file. */
function modelOf(cases: readonly OpCase[], isKnown: boolean): { model: Model; inputs: Inputs } {
  const b = new GraphBuilder();
  const inputs: Record<string, tf.Tensor> = {};
  const put = (operand: Operand, name: string, at: number): string => {
    const { shape, dtype = 'float32' } = operand;
    if ('values' in operand) return b.constant(name, operand.values, shape, dtype);
    inputs[name] = tf.tidy(() =>
      tf
        .randomUniform([...shape], operand.from ?? 0, operand.to ?? 1, 'float32', at + 1)
        .cast(dtype as 'int32'),
    );
    return b.input(name, isKnown ? shape : shape.map(() => -1), dtype);
  };
  const values = cases.flatMap(({ op, operands, attrs = {}, outputs = 1 }, at) => {
    const name = `${op}_${at}`;
    const node = b.op(
      op,
      operands.map((operand, i) => put(operand, `${name}/in_${i}`, at)),
      attrs,
      name,
    );
    return Array.from({ length: outputs }, (_, i) => b.out(node, i));
  });
  for (const value of values) b.output(value);
  return { model: b.build(), inputs };
}

/** The model with the types of outputs that a run showed. */
function withTypes(model: Model, answer: Answer): Model {
  const { inputs, outputs } = model.signature;
  const typed = outputs.map((port) => ({ ...port, dtype: answer[port.key]?.dtype as DType }));
  return model.with({ signature: { inputs, outputs: typed } });
}

describe('ops in SavedModels', () => {
  for (const [family, cases] of Object.entries(OP_CASES)) {
    for (const isKnown of [true, false]) {
      it(`${family} answer as in TensorFlow.js, sizes ${isKnown ? 'known' : 'unknown'}`, async function () {
        this.timeout(60_000);
        const node = await needNode(this);
        const { model, inputs } = modelOf(cases, isKnown);
        const [wanted] = (await answersOfModel(model, [inputs], 'cpu')) as [Answer];
        const folder = path.join(tempFolder(), 'saved');
        const saved = await answersOfSaved(node, withTypes(model, wanted), folder, [inputs]);
        expectSameAnswers(model, saved, [wanted], family);
        tf.dispose(inputs);
      });
    }
  }
});
