import {
  checkOptions,
  fail,
  GraphBuilder,
  optionKinds,
  valueText,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';
import type { StateDict } from '../state-dict.js';
import type { BertConfig } from './config.js';
import { additiveMask, block, embed } from './encoder.js';
import { meanPooled, normalized, pooled } from './heads.js';
import { dense, reshape, type Writer } from './layers.js';
import { Parameters } from './parameters.js';

/**
 * What a BERT gives, with its names in transformers where it has one:
 *
 * - `last_hidden_state`: each token behind the last block, [batch, length, hidden];
 * - `hidden_states.N`: each token behind N blocks; `hidden_states.0` are the embeddings;
 * - `pooler_output`: the first token behind the pooler, [batch, hidden];
 * - `mean`: the mean of the tokens that count, [batch, hidden];
 * - `sentence_embedding`: that mean with length 1, as sentence-transformers normalize it;
 * - `logits`: scores of the classes, [batch, classes].
 */
export type BertOutput =
  | 'last_hidden_state'
  | `hidden_states.${number}`
  | 'pooler_output'
  | 'mean'
  | 'sentence_embedding'
  | 'logits';

/** How a BERT is built. */
export interface BuildBertOptions {
  /** What it gives, in this order. `logits` where there is a classifier, else `last_hidden_state`, unless given. */
  readonly outputs?: readonly BertOutput[] | undefined;
  /** What weights are called in messages: the name of their file. */
  readonly weightsFile?: string | undefined;
}

/**
 * Builds a BERT (Devlin et al. 2019) as a graph of floats. Inputs are `input_ids`, `token_type_ids` and
 * `attention_mask`, int32 [batch, length], of any batch and any length up to `config.maxLength`; the mask is 1 for
 * tokens that count and 0 for padding.
 * @param state tensors as transformers name them, whatever stands before their names; see {@link bertParameters}.
 * @throws `models/weight` naming the tensor that is missing, of another shape or of a block too many; `argument/invalid` for outputs.
 */
export function buildBert(
  config: BertConfig,
  state: StateDict,
  options: BuildBertOptions = {},
): Model<'float'> {
  checkOptions<BuildBertOptions>(options, { outputs: optionKinds.list, weightsFile: optionKinds.text });
  const parameters = new Parameters(state, options.weightsFile ?? 'state dict');
  parameters.checkBlocks(config.layers);
  const isClassifier = parameters.has('classifier.weight');
  const { outputs = isClassifier ? ['logits' as const] : ['last_hidden_state' as const] } = options;
  if (outputs.length === 0) {
    fail('argument/invalid', { subject: 'outputs', expected: 'one or more', got: 'an empty list' });
  }
  outputs.forEach((output, i) => checkOutput(output, i, outputs, config));
  const b = new GraphBuilder();
  const [ids, types, mask] = ['input_ids', 'token_type_ids', 'attention_mask'].map((name) =>
    b.input(name, [-1, -1], 'int32'),
  ) as [ValueId, ValueId, ValueId];
  const w: Writer = { b, parameters, length: lengthOf(b, ids) };
  const counts = b.op('Cast', [mask], { SrcT: 'int32', DstT: 'float32' }, 'mask/Cast');
  let rows = embed(w, { ids, types }, config);
  const states = [rows];
  const added = additiveMask(w, counts);
  for (let i = 0; i < blocksFor(outputs, config); i++) {
    rows = block(w, rows, added, config, i);
    states.push(rows);
  }
  hand(w, outputs, { states, counts }, config);
  return b.build();
}

/** The tokens of each text, as a scalar. */
function lengthOf(b: GraphBuilder, ids: ValueId): ValueId {
  const shape = b.op('Shape', [ids], { out_type: 'int32' }, 'length/Shape');
  const at = (name: string, value: number): ValueId => b.constant(`length/${name}`, [value], [1], 'int32');
  const masks = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 1 };
  return b.op(
    'StridedSlice',
    [shape, at('begin', 1), at('end', 2), at('strides', 1)],
    masks,
    'length/length',
  );
}

const HIDDEN = /^hidden_states\.(\d+)$/;

/** Blocks that the outputs need. */
function blocksFor(outputs: readonly BertOutput[], { layers }: BertConfig): number {
  const needed = outputs.map((output) => Number(HIDDEN.exec(output)?.[1] ?? layers));
  return Math.max(...needed);
}

function checkOutput(output: unknown, i: number, all: readonly unknown[], { layers }: BertConfig): void {
  const known = ['last_hidden_state', 'pooler_output', 'mean', 'sentence_embedding', 'logits'];
  const [, number] = typeof output === 'string' ? (HIDDEN.exec(output) ?? []) : [];
  const fits = number === undefined ? known.includes(output as string) : Number(number) <= layers;
  if (fits && all.indexOf(output) === i) return;
  fail('argument/invalid', {
    subject: `outputs[${i}]`,
    expected: fits ? 'each output once' : `${known.join(', ')} or hidden_states.0 to hidden_states.${layers}`,
    got: valueText(output),
  });
}

interface Made {
  /** Rows of tokens: the embeddings, then behind each block. */
  readonly states: readonly ValueId[];
  /** 1 for tokens that count, as floats. */
  readonly counts: ValueId;
}

/** Writes what is asked for, each part once. */
function hand(w: Writer, outputs: readonly BertOutput[], made: Made, config: BertConfig): void {
  const { b, parameters } = w;
  const { hiddenSize: hidden } = config;
  const last = made.states.at(-1) as ValueId;
  const once = <T>(make: () => T): (() => T) => {
    let value: T | undefined;
    return () => (value ??= make());
  };
  const pooler = once(() => pooled(w, last, hidden));
  const mean = once(() => meanPooled(w, last, made.counts, hidden));
  for (const output of outputs) {
    const vectors = [-1, hidden];
    const tokens = [-1, -1, hidden];
    const number = HIDDEN.exec(output)?.[1];
    if (number !== undefined || output === 'last_hidden_state') {
      const rows = made.states.at(number === undefined ? -1 : Number(number)) as ValueId;
      b.output(reshape(w, rows, [-1, 'length', hidden], output), output, 'float32', tokens);
    } else if (output === 'pooler_output') {
      b.output(b.op('Identity', [pooler()], {}, output), output, 'float32', vectors);
    } else if (output === 'mean') {
      b.output(mean(), output, 'float32', vectors);
    } else if (output === 'sentence_embedding') {
      b.output(normalized(w, mean()), output, 'float32', vectors);
    } else {
      const classes = config.labels.length || parameters.classes;
      const scores = dense(w, pooler(), 'classifier', [hidden, classes], 'classifier');
      b.output(scores, output, 'float32', [-1, classes]);
    }
  }
}
