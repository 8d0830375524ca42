import { race, reorderTolerance, type BenchCase } from '@tfjs-optimize/benchmark';
import { loadModel, optimize, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { compile, configure, loadTfjsNode } from '@tfjs-optimize/native';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import * as tf from '@tensorflow/tfjs';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';

/** The folder of the peer kit, whose models and packages lie beside it. */
const KIT = 'TFJS_OPTIMIZE_PEERS';
const THREADS = 2;

/** What is used here of onnxruntime-node. */
interface OnnxRuntime {
  readonly InferenceSession: { create(file: string, options: object): Promise<OnnxSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown;
}
interface OnnxSession {
  readonly outputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>>;
  release(): Promise<void>;
}

/** What the kit says of a model. */
interface Meta {
  /** Shapes of the inputs, channels last. */
  readonly inputs: readonly (readonly number[])[];
  /** Names and shapes of those of the ONNX model, channels first where they are images. */
  readonly onnxInputs: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly image: boolean;
}

/** Models here and in the kit, with the sums that they may add in another order: layers, and numbers in the longest. */
const MODELS: Readonly<Record<string, readonly [model: string, sums: readonly [number, number]]>> = {
  'mobilenet-v2-224': ['mobilenet_v2', [53, 1280]],
  'resnet-18-224': ['resnet18', [20, 4608]],
  'bert-base-4x128': ['bert_base4', [32, 3072]],
};

const kit = (): string | undefined => process.env[KIT];
const folderOf = (model: string): string =>
  path.join(process.env['PEER_MODELS'] ?? path.join(kit() ?? '', '../models'), model);

function missing(model: string): string | undefined {
  const folder = kit();
  if (folder === undefined) return `${KIT} does not name the folder of the peer kit`;
  if (!fs.existsSync(folderOf(model))) return `${folderOf(model)} is not there`;
  try {
    createRequire(__filename).resolve('@tensorflow/tfjs-node');
    return undefined;
  } catch {
    return '@tensorflow/tfjs-node is not installed';
  }
}

const floats = (file: string): Float32Array => new Float32Array(new Uint8Array(fs.readFileSync(file)).buffer);

/** The network in onnxruntime-node, as the kit runs it. */
async function onnxSide(model: string, inputs: readonly tf.Tensor[], meta: Meta) {
  // As a realpath, since packages of the kit are found beside where it really lies.
  const require = createRequire(path.join(fs.realpathSync(kit() ?? ''), '../index.js'));
  const ort = require('onnxruntime-node') as OnnxRuntime;
  const session = await ort.InferenceSession.create(path.join(folderOf(model), `${model}.f32.onnx`), {
    ...{ executionProviders: ['cpu'], executionMode: 'sequential', graphOptimizationLevel: 'all' },
    ...{ intraOpNumThreads: THREADS, interOpNumThreads: 1, logSeverityLevel: 3 },
  });
  const feeds: Readonly<Record<string, unknown>> = Object.fromEntries(
    await Promise.all(
      meta.onnxInputs.map(async ([name, shape], i): Promise<[string, unknown]> => {
        const x = inputs[i] as tf.Tensor;
        const given = meta.image ? tf.transpose(x, [0, 3, 1, 2]) : x;
        return [name, new ort.Tensor('float32', (await given.data()) as Float32Array, shape)];
      }),
    ),
  );
  const [output] = session.outputNames as [string];
  const run = async (): Promise<tf.Tensor> => {
    const y = (await session.run(feeds))[output] as { data: Float32Array; dims: readonly number[] };
    // The kit's classifiers keep an axis of tokens in ONNX.
    return tf.tensor(y.data, y.dims.length === 3 ? [y.dims[0] as number, y.data.length] : [...y.dims]);
  };
  return { run, release: () => session.release() };
}

/** The network as it is compiled: as fast as this repository makes it. */
async function fastest(model: string, signal: AbortSignal | undefined): Promise<Model> {
  const loaded = await loadModel(path.join(folderOf(model), 'graph/model.json'), { signal });
  const { model: fused } = await optimize(loaded, inference());
  return (await optimize(fused, fuseNorms())).model;
}

function versus(name: string, [model, sums]: (typeof MODELS)[string]): BenchCase {
  const id = `native/vs-onnxruntime-${name}`;
  return {
    id,
    what: `${model}: onnxruntime-node over a session of TensorFlow, one process, ${THREADS} threads each, batch 1`,
    missing: () => missing(model),
    run: async ({ seed, quick, signal, progress }) => {
      try {
        configure({ intraOpThreads: THREADS });
      } catch {
        // A case before has loaded TensorFlow, which takes as many threads as there are cores then.
      }
      await loadTfjsNode();
      const meta = JSON.parse(fs.readFileSync(path.join(folderOf(model), 'meta.json'), 'utf8')) as Meta;
      const inputs = meta.inputs.map((shape, i) =>
        tf.tensor(floats(path.join(folderOf(model), `in${i}.bin`)), [...shape]),
      );
      const onnx = await onnxSide(model, inputs, meta);
      const session = await compile(await fastest(model, signal), { weights: 'constants' });
      const row = await race(onnx.run, () => session.run(inputs), {
        ...{ id, seed, progress, target: { atLeast: 1 }, names: ['onnxruntime-node', 'session'] },
        ...{ tolerance: reorderTolerance(...sums) },
        ...{ timeMs: quick ? 2000 : 6000, minRounds: quick ? 5 : 20 },
        ...(signal && { signal }),
      });
      tf.dispose(inputs);
      session.dispose();
      await onnx.release();
      return row;
    },
  };
}

export const cases: readonly BenchCase[] = Object.entries(MODELS).map(([name, of]) => versus(name, of));
