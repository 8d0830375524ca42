import type { ValueId } from '@tfjs-optimize/core';
import { ACTIVATIONS } from './activation.js';
import type { BertConfig } from './config.js';
import { dense, layerNorm, reshape, type Writer } from './layers.js';

/** The tokens of texts as numbers, their segments, and which of them count; all [batch, length]. */
export interface TokenInputs {
  readonly ids: ValueId;
  readonly types: ValueId;
}

/**
 * The sum of what word, place and segment stand for, normalized: rows of tokens, [batch · length, hidden].
 */
export function embed(w: Writer, { ids, types }: TokenInputs, config: BertConfig): ValueId {
  const { b, parameters } = w;
  const { hiddenSize: hidden, vocabSize, tokenTypes, maxLength, epsilon } = config;
  const scope = 'embeddings';
  const table = (name: string, rows: number): ValueId =>
    b.constant(`${scope}/${name}`, parameters.floats(`${scope}.${name}.weight`, [rows, hidden]), [
      rows,
      hidden,
    ]);
  const axis = b.constant(`${scope}/axis`, 0, [], 'int32');
  const look = (name: string, rows: number, at: ValueId): ValueId =>
    b.op('GatherV2', [table(name, rows), at, axis], { batch_dims: 0 }, `${scope}/${name}/Gather`);
  const words = look('word_embeddings', vocabSize, ids);
  const segments = look('token_type_embeddings', tokenTypes, types);
  const places = firstRows(w, table('position_embeddings', maxLength), hidden, `${scope}/places`);
  const sum = b.op('AddV2', [words, segments], {}, `${scope}/words_segments`);
  const all = b.op('AddV2', [sum, places], {}, `${scope}/sum`);
  const rows = reshape(w, all, [-1, hidden], `${scope}/rows`);
  return layerNorm(w, rows, `${scope}.LayerNorm`, { size: hidden, epsilon }, `${scope}/LayerNorm`);
}

/**
 * The rows of a table for places from 0 to the length. They are cut by `StridedSlice`, which every backend ends with the
 * table: of a text with more places than there are, the sum with its words then has sides that do not fit, and is refused.
 * `Slice` is not checked by the wasm backend, which would read behind the table.
 */
function firstRows({ b, length }: Writer, table: ValueId, width: number, scope: string): ValueId {
  const pair = (name: string, values: number[]): ValueId =>
    b.constant(`${scope}/${name}`, values, [2], 'int32');
  const end = b.op(
    'Pack',
    [length, b.constant(`${scope}/width`, width, [], 'int32')],
    { axis: 0 },
    `${scope}/end`,
  );
  const masks = { begin_mask: 3, end_mask: 2, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
  return b.op('StridedSlice', [table, pair('begin', [0, 0]), end, pair('strides', [1, 1])], masks, scope);
}

/** What is added to the scores of tokens that do not count: softmax makes it 0. It is finite, so that texts of none keep numbers. */
const MASKED = -1e9;

/** 0 for tokens that count and {@link MASKED} for others, [batch, 1, 1, length], to be added to scores of attention. */
export function additiveMask(w: Writer, mask: ValueId): ValueId {
  const { b } = w;
  const off = b.op('Sub', [b.constant('mask/one', 1), mask], {}, 'mask/off');
  const added = b.op('Mul', [off, b.constant('mask/masked', MASKED)], {}, 'mask/added');
  return reshape(w, added, [-1, 1, 1, 'length'], 'mask/scores');
}

/** A block: attention and two dense layers, each added to what went in and normalized (Devlin et al. 2019). */
export function block(w: Writer, x: ValueId, mask: ValueId, config: BertConfig, index: number): ValueId {
  const { b } = w;
  const { hiddenSize: hidden, intermediateSize: wide, epsilon } = config;
  const [name, scope] = [`encoder.layer.${index}`, `encoder/layer_${index}`];
  const size = { size: hidden, epsilon };
  const mixed = attention(w, x, mask, config, [`${name}.attention.self`, `${scope}/attention`]);
  const told = dense(
    w,
    mixed,
    `${name}.attention.output.dense`,
    [hidden, hidden],
    `${scope}/attention/output`,
  );
  const first = b.op('AddV2', [told, x], {}, `${scope}/attention/sum`);
  const norm = `${name}.attention.output.LayerNorm`;
  const attended = layerNorm(w, first, norm, size, `${scope}/attention/LayerNorm`);
  const inner = dense(w, attended, `${name}.intermediate.dense`, [hidden, wide], `${scope}/intermediate`);
  const active = ACTIVATIONS[config.activation](b, inner, `${scope}/activation`);
  const outer = dense(w, active, `${name}.output.dense`, [wide, hidden], `${scope}/output`);
  const second = b.op('AddV2', [outer, attended], {}, `${scope}/sum`);
  return layerNorm(w, second, `${name}.output.LayerNorm`, size, `${scope}/LayerNorm`);
}

/** softmax(Q Kᵀ / √d + mask) V of every head (Vaswani et al. 2017), rows to rows. */
function attention(
  w: Writer,
  x: ValueId,
  mask: ValueId,
  { hiddenSize: hidden, heads }: BertConfig,
  [name, scope]: readonly [name: string, scope: string],
): ValueId {
  const { b } = w;
  const depth = hidden / heads;
  const turn = b.constant(`${scope}/turn`, [0, 2, 1, 3], [4], 'int32');
  const project = (role: string): ValueId =>
    dense(w, x, `${name}.${role}`, [hidden, hidden], `${scope}/${role}`);
  const ofHeads = (rows: ValueId, role: string): ValueId => {
    const apart = reshape(w, rows, [-1, 'length', heads, depth], `${scope}/${role}/heads`);
    return b.op('Transpose', [apart, turn], {}, `${scope}/${role}/Transpose`);
  };
  const factor = b.constant(`${scope}/factor`, 1 / Math.sqrt(depth));
  const query = ofHeads(b.op('Mul', [project('query'), factor], {}, `${scope}/query/scaled`), 'query');
  const [key, value] = [ofHeads(project('key'), 'key'), ofHeads(project('value'), 'value')];
  const scores = b.op('BatchMatMulV2', [query, key], { adj_x: false, adj_y: true }, `${scope}/scores`);
  const weights = b.op(
    'Softmax',
    [b.op('AddV2', [scores, mask], {}, `${scope}/masked`)],
    {},
    `${scope}/Softmax`,
  );
  const mixed = b.op('BatchMatMulV2', [weights, value], { adj_x: false, adj_y: false }, `${scope}/mixed`);
  const back = b.op('Transpose', [mixed, turn], {}, `${scope}/Transpose`);
  return reshape(w, back, [-1, hidden], `${scope}/rows`);
}
