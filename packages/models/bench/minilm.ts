import * as fs from 'node:fs';
import * as path from 'node:path';
import { optimize, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { loadBert, type Bert, type BertOutput } from '@tfjs-optimize/models';
import { quantizeDynamic, quantizeWeights } from '@tfjs-optimize/quantization';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';

/** Why all-MiniLM-L6-v2 cannot be measured, or undefined. */
export function missingMinilm(): string | undefined {
  const folder = process.env['TFJS_OPTIMIZE_MINILM'];
  if (folder === undefined) return 'TFJS_OPTIMIZE_MINILM does not name the folder of all-MiniLM-L6-v2';
  const file = path.join(folder, 'model.safetensors');
  return fs.existsSync(file) ? undefined : `TFJS_OPTIMIZE_MINILM holds no model.safetensors`;
}

export function minilm(outputs: readonly BertOutput[]): Promise<Bert> {
  return loadBert(process.env['TFJS_OPTIMIZE_MINILM'] as string, { outputs });
}

/** Tables of a BERT that are looked up, not multiplied by: weight-only int8 makes them small. */
const TABLES = ['embeddings/word_embeddings', 'embeddings/position_embeddings'];

/** A BERT fused: the floats that int8 is made of. */
export async function fusedBert(model: Model<'float'>, seed: number): Promise<Model<'float'>> {
  return (await optimize(model, [inference(), fuseNorms()], { seed })).model as Model<'float'>;
}

/** A fused BERT in int8: tables by their rows' or columns' scales, products by the ranges of each call. */
export async function int8Bert(fused: Model<'float'>): Promise<Model> {
  const { model: small } = await quantizeWeights(fused, { scheme: 'int8', include: TABLES });
  return (await quantizeDynamic(small)).model;
}
