import { randomStream } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Channels of every convolution: a kernel of 1 × 1 × 1024 × 1024 float32 is 4 MiB. */
const CHANNELS = 1024;
const SHARD_BYTES = CHANNELS * CHANNELS * 4;
const BATCH_NORM = ['gamma', 'beta', 'mean', 'variance'] as const;

/**
 * Writes a graph model of convolutions with batch norm and ReLU into a folder, one shard a
 * convolution, as a converter would write it.
 * @param convolutions each is 4 MiB of kernel and 16 KiB of batch norm.
 * @returns bytes of all weights.
 */
export function writeBigModel(folder: string, convolutions: number): number {
  fs.mkdirSync(folder, { recursive: true });
  const nodes: object[] = [
    node('input', 'Placeholder', [], { dtype: FLOAT, shape: shape([-1, 2, 2, CHANNELS]) }),
  ];
  const weightsManifest: object[] = [];
  const random = randomStream(1);
  const limit = Math.sqrt(6 / CHANNELS);
  const kernel = Float32Array.from({ length: CHANNELS * CHANNELS }, () => limit * (2 * random() - 1));
  const norms = [1, 0.1, 0, 0.5].map((value) => new Float32Array(CHANNELS).fill(value));
  let last = 'input';
  let bytes = 0;
  for (let i = 0; i < convolutions; i++) {
    const names = ['kernel', ...BATCH_NORM].map((role) => `conv_${i}/${role}`);
    const [kernelName, ...normNames] = names as [string, ...string[]];
    nodes.push(...names.map((name) => node(name, 'Const', [], { dtype: FLOAT })));
    nodes.push(
      node(`conv_${i}`, 'Conv2D', [last, kernelName], CONV_ATTRS),
      node(`norm_${i}`, 'FusedBatchNormV3', [`conv_${i}`, ...normNames], NORM_ATTRS),
      node(`relu_${i}`, 'Relu', [`norm_${i}`], { T: FLOAT }),
    );
    last = `relu_${i}`;
    // No two kernels are the same, or removing duplicates would make the model small.
    kernel[0] = i / convolutions;
    const file = `shard-${i}.bin`;
    const data = [kernel, ...norms].map((values) => new Uint8Array(values.buffer));
    fs.writeFileSync(path.join(folder, file), Buffer.concat(data));
    bytes += SHARD_BYTES + BATCH_NORM.length * CHANNELS * 4;
    weightsManifest.push({
      paths: [file],
      weights: names.map((name, at) => ({
        name,
        shape: at === 0 ? [1, 1, CHANNELS, CHANNELS] : [CHANNELS],
        dtype: 'float32',
      })),
    });
  }
  const signature = {
    inputs: { input: { name: 'input:0', dtype: 'DT_FLOAT', tensorShape: shape([-1, 2, 2, CHANNELS]).shape } },
    outputs: { output: { name: `${last}:0`, dtype: 'DT_FLOAT' } },
  };
  const modelTopology = { node: nodes, versions: { producer: 1 } };
  const json = { format: 'graph-model', generatedBy: 'bench', signature, modelTopology, weightsManifest };
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
  return bytes;
}

const FLOAT = { type: 'DT_FLOAT' };
const NHWC = { s: Buffer.from('NHWC').toString('base64') };
const CONV_ATTRS = {
  T: FLOAT,
  strides: ints([1, 1, 1, 1]),
  dilations: ints([1, 1, 1, 1]),
  padding: { s: Buffer.from('SAME').toString('base64') },
  data_format: NHWC,
};
const NORM_ATTRS = { T: FLOAT, U: FLOAT, epsilon: { f: 1e-3 }, is_training: { b: false }, data_format: NHWC };

function node(name: string, op: string, input: readonly string[], attrs: object): object {
  return { name, op, input, attr: attrs };
}

function ints(values: readonly number[]): object {
  return { list: { i: values.map(String) } };
}

function shape(sizes: readonly number[]): { readonly shape: object } {
  return { shape: { dim: sizes.map((size) => ({ size: String(size) })) } };
}
