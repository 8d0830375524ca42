import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { randomStream } from '@tfjs-optimize/core';

/** JSON of a graph model, as loose as the tests need it to break it. */
export interface ModelFile {
  modelTopology: { node: NodeJson[]; versions: { producer: number } };
  weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[];
  [key: string]: unknown;
}

/** One node of it. */
export interface NodeJson {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

const FLOAT = { type: 'DT_FLOAT' };
const shapeAttr = (sizes: readonly number[]) => ({
  shape: { dim: sizes.map((size) => ({ size: String(size) })) },
});

/**
 * A small graph model, input `x` [?, 4], output `y` [?, 3]: two dense layers with bias and ReLU, and
 * a multiplication by one for passes to remove.
 */
export function smallModel(): { file: ModelFile; weights: Float32Array } {
  const constant = (name: string): NodeJson => ({ name, op: 'Const', attr: { dtype: FLOAT } });
  const op = (name: string, kind: string, ...input: string[]): NodeJson => ({
    name,
    op: kind,
    input,
    attr:
      kind === 'MatMul' ? { T: FLOAT, transpose_a: { b: false }, transpose_b: { b: false } } : { T: FLOAT },
  });
  const weights = [
    { name: 'w1', shape: [4, 8], dtype: 'float32' },
    { name: 'b1', shape: [8], dtype: 'float32' },
    { name: 'w2', shape: [8, 3], dtype: 'float32' },
    { name: 'b2', shape: [3], dtype: 'float32' },
    { name: 'one', shape: [], dtype: 'float32' },
  ];
  const size = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const random = randomStream(3);
  const values = Float32Array.from({ length: size }, () => random() * 2 - 1);
  values[size - 1] = 1;
  const node = [
    { name: 'x', op: 'Placeholder', attr: { dtype: FLOAT, shape: shapeAttr([-1, 4]) } },
    ...weights.map(({ name }) => constant(name)),
    op('dense1/product', 'MatMul', 'x', 'w1'),
    op('dense1/bias', 'BiasAdd', 'dense1/product', 'b1'),
    op('dense1/relu', 'Relu', 'dense1/bias'),
    op('same', 'Mul', 'dense1/relu', 'one'),
    op('dense2/product', 'MatMul', 'same', 'w2'),
    op('y', 'BiasAdd', 'dense2/product', 'b2'),
  ];
  const port = (name: string, sizes: readonly number[]) => ({
    [name]: { name, dtype: 'DT_FLOAT', tensorShape: shapeAttr(sizes).shape },
  });
  return {
    file: {
      format: 'graph-model',
      generatedBy: 'test',
      convertedBy: 'test',
      signature: { inputs: port('x', [-1, 4]), outputs: port('y', [-1, 3]) },
      modelTopology: { node, versions: { producer: 1 } },
      weightsManifest: [{ paths: ['shard1.bin', 'shard2.bin'], weights }],
    },
    weights: values,
  };
}

/** Writes a model into `folder`, its weights cut in two after 100 bytes. */
export async function writeModelFiles(
  folder: string,
  { file, weights }: { file: ModelFile; weights: Float32Array } = smallModel(),
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const bytes = Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength);
  await writeFile(path.join(folder, 'shard1.bin'), bytes.subarray(0, 100));
  await writeFile(path.join(folder, 'shard2.bin'), bytes.subarray(100));
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(file));
  return folder;
}

/** Changes the model.json in a folder. */
export async function editModelJson(folder: string, edit: (file: ModelFile) => void): Promise<void> {
  const name = path.join(folder, 'model.json');
  const file = JSON.parse(await readFile(name, 'utf8')) as ModelFile;
  edit(file);
  await writeFile(name, JSON.stringify(file));
}
