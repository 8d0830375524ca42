import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import {
  Graph,
  GraphBuilder,
  Weight,
  type Attr,
  type Json,
  type JsonObject,
  type Model,
  type PlainAttrs,
} from '@tfjs-optimize/core';
import { expectCode, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { saveSavedModel } from '../../src/index.js';
import { expectSameAnswers } from '../support/expect.js';
import { answersOfModel, answersOfSaved, needNode, type Inputs } from '../support/saved-model.js';

const func = (name: string): Attr => ({ kind: 'raw', value: { func: { name } } });
const types = (...value: string[]): Attr => ({ kind: 'types', value });
const node = (name: string, op: string, input: readonly string[], attr: JsonObject = {}): JsonObject => ({
  name,
  op,
  input,
  attr,
});
const arg = (name: string, type: string): JsonObject => ({ name, type });

function definition(
  name: string,
  inputArg: readonly Json[],
  outputArg: readonly Json[],
  nodeDef: readonly Json[],
  ret: JsonObject,
): JsonObject {
  return { signature: { name, inputArg, outputArg }, nodeDef, ret };
}

/** Adds functions to a model, and the constants that they read. */
function withFunctions(
  model: Model,
  functions: readonly Json[],
  constants: Readonly<Record<string, Weight>>,
): Model {
  const { graph, weights } = model;
  const library = { function: functions };
  return model.with({
    graph: new Graph(graph, graph.inputs, graph.outputs, { library }),
    weights: weights.with(new Map(Object.entries(constants))),
  });
}

const ONE = Weight.of(Int32Array.of(1), [], 'int32');
const SLOPES = Weight.of(Float32Array.of(0.5, 0.25), [2]);
const constant = (name: string, type: string): JsonObject =>
  node(name, 'Const', [], { dtype: { type }, value: { tensor: { dtype: type } } });

/** x = prelu(x) + x, so many times as the second input says. */
function whileModel(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 2]);
  const times = b.input('times', [], 'int32');
  const loop = b.op('StatelessWhile', [b.ints(0), times, x], {
    T: types('DT_INT64', 'DT_INT64', 'DT_FLOAT'),
    cond: func('loop_cond'),
    body: func('loop_body'),
  });
  b.output(b.out(loop, 2), 'y', 'float32', [-1, 2]);
  const ins = [arg('i', 'DT_INT64'), arg('times', 'DT_INT64'), arg('x', 'DT_FLOAT')];
  const outs = [arg('next', 'DT_INT64'), arg('limit', 'DT_INT64'), arg('y', 'DT_FLOAT')];
  const body = [
    constant('loop_body/one', 'DT_INT64'),
    constant('loop_body/slopes', 'DT_FLOAT'),
    node('sum', 'AddV2', ['i', 'loop_body/one:output:0']),
    node('bent', 'Prelu', ['x', 'loop_body/slopes:output:0']),
    node('halves', 'Split', ['loop_body/zero:output:0', 'bent:0'], { num_split: { i: '2' } }),
    constant('loop_body/zero', 'DT_INT32'),
    node('joined', 'ConcatV2', ['halves:output:0', 'halves:output:1', 'loop_body/last:output:0'], {
      N: { i: '2' },
    }),
    constant('loop_body/last', 'DT_INT32'),
    node('grown', 'AddV2', ['joined:output:0', 'x']),
  ];
  return withFunctions(
    b.build(),
    [
      definition('loop_cond', ins, [arg('more', 'DT_BOOL')], [node('less', 'Less', ['i', 'times'])], {
        more: 'less:z:0',
      }),
      definition('loop_body', ins, outs, body, { next: 'sum:z:0', limit: 'times', y: 'grown:z:0' }),
    ],
    {
      'loop_body/one': ONE,
      'loop_body/slopes': SLOPES,
      'loop_body/zero': ONE,
      'loop_body/last': ONE,
    },
  );
}

/** -x where the condition holds, x · x where it does not. */
function ifModel(op: 'If' | 'StatelessIf'): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 2]);
  const wanted = b.input('wanted', [], 'bool');
  const attrs: PlainAttrs = {
    Tcond: 'bool',
    Tin: types('DT_FLOAT'),
    Tout: types('DT_FLOAT'),
    then_branch: func('then'),
    else_branch: func('else'),
  };
  b.output(b.op(op, [wanted, x], attrs), 'y', 'float32', [-1, 2]);
  const ins = [arg('x', 'DT_FLOAT')];
  const outs = [arg('y', 'DT_FLOAT')];
  return withFunctions(
    b.build(),
    [
      definition('then', ins, outs, [node('less', 'Neg', ['x'])], { y: 'less:y:0' }),
      definition('else', ins, outs, [node('square', 'Square', ['x'])], { y: 'square:y:0' }),
    ],
    {},
  );
}

/** x = prelu(x) + x three times, by the nodes of TensorFlow 1. */
function framesModel(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 2]);
  const enter = (value: string, isConstant = false): string =>
    b.op('Enter', [value], { frame_name: 'loop', is_constant: isConstant, parallel_iterations: 10 });
  const step = b.op('Merge', [enter(b.ints(0)), 'next_step'], {}, 'step');
  const value = b.op('Merge', [enter(x), 'next_value'], {}, 'value');
  const more = b.op('LoopCond', [b.op('Less', [step, enter(b.ints(3), true)])]);
  const stepped = b.op('Switch', [step, more]);
  const valued = b.op('Switch', [value, more]);
  const one = b.op('OnesLike', [b.out(stepped, 1)]);
  b.op('NextIteration', [b.op('AddV2', [b.out(stepped, 1), one])], {}, 'next_step');
  const bent = b.op('Prelu', [b.out(valued, 1), enter(b.constant('slopes', [0.5, 0.25]), true)]);
  b.op('NextIteration', [b.op('AddV2', [bent, b.out(valued, 1)])], {}, 'next_value');
  b.output(b.op('Exit', [valued]), 'y', 'float32', [-1, 2]);
  return b.build();
}

describe('control flow in SavedModels', () => {
  const x = (): tf.Tensor => tf.tensor2d([-1, 2, 3, -4], [2, 2]);

  async function check(context: Mocha.Context, model: Model, inputs: () => readonly Inputs[]): Promise<void> {
    const found = await needNode(context);
    const given = inputs();
    const saved = await answersOfSaved(found, model, path.join(tempFolder(), 'saved'), given);
    expectSameAnswers(model, saved, await answersOfModel(model, given, 'cpu'));
    tf.dispose([...given]);
  }

  it('loops by functions as often as they are told', async function () {
    const times = (n: number): Inputs => ({ x: x(), times: tf.scalar(n, 'int32') });
    await check(this, whileModel(), () => [times(0), times(1), times(4)]);
  });

  for (const op of ['If', 'StatelessIf'] as const) {
    it(`takes both branches of ${op}`, async function () {
      const wanted = (value: boolean): Inputs => ({ x: x(), wanted: tf.scalar(value, 'bool') });
      await check(this, ifModel(op), () => [wanted(true), wanted(false)]);
    });
  }

  it('loops by frames, with constants in the loop that ops were taken apart for', async function () {
    await check(this, framesModel(), () => [{ x: x() }]);
  });

  it('refuses a function that is not in the library', async () => {
    const model = ifModel('If');
    const bare = model.with({ graph: new Graph(model.graph, model.graph.inputs, model.graph.outputs) });
    const error = await expectCode('graph/op', () => saveSavedModel(bare, path.join(tempFolder(), 'saved')));
    expect(error.message).to.include("function 'else': expected to be in the library of the model");
  });
});
