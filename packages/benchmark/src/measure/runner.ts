import * as tf from '@tensorflow/tfjs';
import {
  asyncNodeOf,
  checkInputs,
  fail,
  hasTrait,
  isGraphModel,
  isLayersModel,
  isModel,
  type Model,
  type ModelInputs,
  type OutputValues,
  type StockGraphModel,
} from '@tfjs-optimize/core';
import type { InputRecord } from '../record/measurement.js';
import type { Candidate } from './candidate.js';
import { runningFunction } from './function-runner.js';
import { sinkOf, type Outputs } from './outputs.js';
import { inputPorts } from './ports.js';

/** How a candidate runs on its inputs. */
export interface Running {
  /** Runs once, outputs in order. They are the caller's, who hands them to {@link finish}. */
  run(): Outputs | Promise<Outputs>;
  /**
   * Waits until all values can be read, then disposes of the outputs. On backends that compute at once this
   * gives no promise, which would cost a tick.
   */
  finish(outputs: Outputs): void | Promise<void>;
  /** A whole call, from inputs to values that were read: what is timed. Leaves no outputs behind. */
  call(): unknown;
  /** Runs once and gives the values of the outputs. */
  outputs(): Promise<OutputValues[]>;
}

/** A candidate with its inputs, ready to run. */
export interface Runner extends Running {
  /** What it runs on. */
  readonly inputs: readonly InputRecord[];
  /** Examples in a call: the size of the inputs' first axis; 1 where they do not agree or have none. */
  readonly examples: number;
}

/**
 * Prepares a candidate to run on inputs, which stay the caller's. Nothing is run yet.
 *
 * @param inputs one tensor, a list in the candidate's order, or tensors by input key.
 * @throws `model/input` naming the input of a model that does not fit, `argument/invalid` for what is no
 *   candidate.
 */
export function runnerOf(candidate: Candidate, inputs: ModelInputs = []): Runner {
  const named = namedInputs(candidate, inputs);
  const records = Object.entries(named).map(([key, { dtype, shape }]) => ({ key, dtype, shape: [...shape] }));
  return { ...runningOf(candidate, named), inputs: records, examples: examplesOf(Object.values(named)) };
}

/**
 * Inputs by key, in the candidate's order, whatever the order in which they were given. Those of functions,
 * which have no keys, are numbered.
 * @throws as {@link runnerOf} does.
 */
export function namedInputs(candidate: Candidate, inputs: ModelInputs): Named {
  const ports = inputPorts(candidate);
  if (ports === undefined) return anyInputs(inputs);
  const given = checkInputs({ inputs: ports, outputs: [] }, inputs);
  return Object.fromEntries(ports.map(({ key }) => [key, given[key] as tf.Tensor]));
}

/** Inputs by key. */
export type Named = Readonly<Record<string, tf.Tensor>>;

/** Inputs of a function, which does not tell what it takes. */
function anyInputs(inputs: ModelInputs): Named {
  const isList = inputs instanceof tf.Tensor || Array.isArray(inputs);
  const named = isList
    ? Object.fromEntries([inputs].flat().map((input, i) => [`input ${i}`, input]))
    : inputs;
  for (const [key, tensor] of Object.entries(named as Readonly<Record<string, unknown>>)) {
    if (tensor instanceof tf.Tensor) continue;
    fail('model/input', {
      subject: `'${key}'`,
      expected: 'a tensor',
      got: tensor === null ? 'null' : typeof tensor,
    });
  }
  return named as Named;
}

function runningOf(candidate: Candidate, named: Named): Running {
  if (isModel(candidate)) return runningModel(candidate, named);
  if (isLayersModel(candidate)) return runningLayers(candidate, Object.values(named));
  if (isGraphModel(candidate)) return runningGraph(candidate, named);
  return runningFunction(candidate, Object.values(named));
}

function runningModel(model: Model, named: Named): Running {
  const keys = model.signature.outputs.map(({ key }) => key);
  const isAsync = asyncNodeOf(model.graph) !== undefined;
  return isAsync
    ? later(() => model.runAsync(named), Object.values(named), keys)
    : atOnce(() => model.run(named), Object.values(named), keys);
}

/** One batch, however many examples there are: by itself `predict` would run 32 at a time. */
function runningLayers(model: tf.LayersModel, tensors: tf.Tensor[]): Running {
  const batchSize = Math.max(1, examplesOf(tensors));
  const input = tensors.length === 1 ? (tensors[0] as tf.Tensor) : tensors;
  return atOnce(() => [model.predict(input, { batchSize })].flat(), tensors, model.outputNames);
}

function runningGraph(model: StockGraphModel, given: Named): Running {
  const tensors = Object.values(given);
  // A copy each time: TensorFlow.js adds hash tables to what it is given.
  return needsExecuteAsync(model)
    ? later(async () => [await model.executeAsync({ ...given })].flat(), tensors, model.outputNodes)
    : atOnce(() => [model.execute({ ...given })].flat(), tensors, model.outputNodes);
}

/** Whether a node of a stock graph model has to be awaited. Saving the model, to nowhere, tells its nodes. */
function needsExecuteAsync(model: StockGraphModel): boolean {
  let ops: readonly string[] = [];
  void model.save(
    tf.io.withSaveHandler(({ modelTopology }) => {
      ops = ((modelTopology as { node?: { op: string }[] }).node ?? []).map(({ op }) => op);
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  return ops.some((op) => hasTrait(op, 'async'));
}

function atOnce(run: () => Outputs, inputs: readonly tf.Tensor[], keys: readonly string[]): Running {
  const { finish, read } = sinkOf(inputs);
  return { run, finish, call: () => finish(run()), outputs: () => read(run(), keys) };
}

function later(run: () => Promise<Outputs>, inputs: readonly tf.Tensor[], keys: readonly string[]): Running {
  const { finish, read } = sinkOf(inputs);
  return {
    run,
    finish,
    call: async () => finish(await run()),
    outputs: async () => read(await run(), keys),
  };
}

function examplesOf(tensors: readonly tf.Tensor[]): number {
  const sizes = new Set(tensors.map(({ shape }) => shape[0] ?? 1));
  return sizes.size === 1 ? ([...sizes][0] as number) : 1;
}
