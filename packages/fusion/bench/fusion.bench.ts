import {
  race,
  reorderTolerance,
  type BenchCase,
  type BenchContext,
  type BenchRow,
  type CandidateFunction,
  type Target,
} from '@tfjs-optimize/benchmark';
import {
  backend,
  bytesText,
  fileHandler,
  loadModel,
  optimize,
  timeOnce,
  toArtifacts,
  traceLayersModel,
  type Model,
} from '@tfjs-optimize/core';
import { inference, type InferenceOptions } from '@tfjs-optimize/fusion';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { DEV_MODELS, folderOf, type DevModel } from './dev-models.js';
import { memoryCase } from './memory.js';

/** A dev model may not become slower; 2 % is what two runs of one program differ by. */
const NOT_SLOWER: Target = { atLeast: 0.98 };

/** A network of this repository: the stock layers model against the fused graph in stock TensorFlow.js. */
function networkCase(
  id: string,
  make: (seed: number) => tf.LayersModel,
  size: number,
  target: Target,
): BenchCase {
  return {
    id,
    what: 'stock layers model against the fused graph, both on wasm, batch 1',
    run: async (context) => {
      await backend.use('wasm');
      const stock = make(context.seed);
      const inputs = [nets.uniformTensor([1, size, size, 3], context.seed)];
      const baseline = () => stock.predict(inputs) as tf.Tensor;
      const row = await raceFused(id, baseline, traceLayersModel(stock), inputs, { ...context, target });
      stock.dispose();
      return row;
    },
  };
}

function devCase(dev: DevModel, options?: InferenceOptions): BenchCase {
  const id = `fusion/${dev.name}${options?.quantizedWeights === 'expand' ? '-expand' : ''}`;
  return {
    id,
    what: `stock ${dev.format} model against the fused graph, both on wasm, batch 1`,
    missing: () => (folderOf(dev) === undefined ? 'the shared test data is not there' : undefined),
    run: async (context) => {
      await backend.use('wasm');
      const file = path.join(folderOf(dev) as string, 'model.json');
      const inputs = dev.inputs(context.seed);
      const { runner, dispose } = await loadStock(file, dev, inputs);
      const model = await loadModel(file);
      const row = await raceFused(id, runner, model, inputs, {
        ...context,
        target: NOT_SLOWER,
        pass: inference(options),
        async: dev.async,
      });
      dispose();
      return row;
    },
  };
}

/** A dev model as TensorFlow.js alone loads and runs it. */
async function loadStock(
  file: string,
  { format, async }: DevModel,
  inputs: tf.Tensor[],
): Promise<{ readonly runner: CandidateFunction; readonly dispose: () => void }> {
  if (format === 'graph') {
    const model = await tf.loadGraphModel(fileHandler(file));
    return { runner: graphRunner(model, inputs, async), dispose: () => model.dispose() };
  }
  const model = await tf.loadLayersModel(fileHandler(file));
  const input = inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs;
  return { runner: () => model.predict(input), dispose: () => model.dispose() };
}

function graphRunner(model: tf.GraphModel, inputs: tf.Tensor[], async = false): CandidateFunction {
  return () => (async ? model.executeAsync(inputs) : model.execute(inputs));
}

interface RaceFusedOptions extends BenchContext {
  readonly target: Target;
  /** The preset as it is unless told. */
  readonly pass?: ReturnType<typeof inference>;
  /** Whether the model only runs through `executeAsync`. */
  readonly async?: boolean | undefined;
}

/** Fuses a model, loads the result into stock TensorFlow.js and races it against the baseline. */
async function raceFused(
  id: string,
  baseline: CandidateFunction,
  model: Model,
  inputs: tf.Tensor[],
  { seed, signal, progress, target, pass = inference(), async = false }: RaceFusedOptions,
): Promise<BenchRow> {
  const before = storedText(model);
  const { model: fused } = await optimize(model, pass, { seed });
  const weights = `weights ${before}, then ${storedText(fused)}`;
  const ours = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(fused)));
  const row = await race(baseline, graphRunner(ours, inputs, async), {
    id,
    seed,
    tolerance: fusionTolerance(model),
    timeMs: 4000,
    minRounds: 30,
    target,
    progress,
    ...(signal === undefined ? {} : { signal }),
  });
  ours.dispose();
  tf.dispose(inputs);
  return { ...row, note: `${row.note}; ${weights}` };
}

/** Bytes of a model's weights as they are stored. */
function storedText({ weights }: Model): string {
  return bytesText([...weights].reduce((sum, [, { bytes }]) => sum + bytes.byteLength, 0));
}

/** {@link reorderTolerance} for as many reductions as the graph has, each as long as its longest. */
function fusionTolerance({ graph, weights }: Model): number {
  const layers = [...graph].filter(({ op }) => /Conv|MatMul/.test(op)).length;
  const lengths = [...weights].map(([, { shape }]) => shape.slice(0, -1).reduce((a, b) => a * b, 1));
  return reorderTolerance(Math.max(1, layers), Math.max(1, ...lengths));
}

/** MobileNetV2 with a small head: 162 layers. */
function deepNetwork(seed: number): tf.LayersModel {
  const base = nets.mobilenetV2({ seed });
  const head = [
    tf.layers.dropout({ rate: 0.2, name: 'head_dropout' }),
    tf.layers.dense({ units: 64, name: 'head_dense' }),
    tf.layers.batchNormalization({ name: 'head_norm' }),
    tf.layers.reLU({ name: 'head_relu' }),
    tf.layers.dense({ units: 10, activation: 'softmax', name: 'head_scores' }),
  ];
  const output = head.reduce(
    (x, layer) => layer.apply(x) as tf.SymbolicTensor,
    base.output as tf.SymbolicTensor,
  );
  return tf.model({ inputs: base.input, outputs: output, name: 'deep' });
}

/** Seconds of a step on a model of 160 layers; each repeat works on a model made anew. */
function stepCase(
  id: string,
  what: string,
  atMost: number,
  step: (model: tf.LayersModel) => Promise<number>,
): BenchCase {
  return {
    id,
    what,
    run: async ({ seed }) => {
      await backend.use('wasm');
      const seconds: number[] = [];
      for (let i = 0; i < 5; i++) {
        const model = deepNetwork(seed + i);
        seconds.push((await step(model)) / 1000);
        model.dispose();
      }
      seconds.sort((a, b) => a - b);
      const [low, , value, , high] = seconds as [number, number, number, number, number];
      const note =
        'MobileNetV2 of 162 layers at 224; median, fastest and slowest, the cold first run among them';
      return { id, value, unit: 's', low, high, n: seconds.length, note, target: { atMost } };
    },
  };
}

export const cases: readonly BenchCase[] = [
  networkCase('fusion/mobilenet-v2-224', (seed) => nets.mobilenetV2({ seed }), 224, { atLeast: 2 }),
  networkCase('fusion/resnet-18-224', (seed) => nets.resnet18({ seed }), 224, { atLeast: 1.05 }),
  ...DEV_MODELS.map((dev) => devCase(dev)),
  ...DEV_MODELS.filter(({ name }) => name.startsWith('nsfw')).map((dev) =>
    devCase(dev, { quantizedWeights: 'expand' }),
  ),
  stepCase('core/trace-160-layers', 'traceLayersModel of a model of 160 layers', 3, (model) =>
    timeOnce(() => traceLayersModel(model)),
  ),
  stepCase('fusion/fuse-160-layers', 'the preset inference() on a model of 160 layers', 1, (model) => {
    const traced = traceLayersModel(model);
    return timeOnce(() => optimize(traced, inference(), { seed: 1 }));
  }),
  memoryCase('core/optimize-memory', 64, 3),
  memoryCase('core/io-1gb-peak', 256, 2.5),
];
