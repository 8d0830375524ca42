import { fail, type Weight } from '@tfjs-optimize/core';
import { checkState, needFloats, needTensor, refuseMissing, type StateDict } from '../state-dict.js';
import { fromPyTorch } from '../layout.js';
import type { BertConfig } from './config.js';

/** What of a BERT is there behind its blocks. */
export interface Heads {
  /** A dense layer with tanh on the first token. */
  readonly pooler: boolean;
  /** A dense layer on what the pooler gives. */
  readonly classifier: boolean;
}

/**
 * Names and shapes of all parameters of a BERT, as transformers name those of a `BertModel` and, for the classifier,
 * of a `BertForSequenceClassification`: matrices are [out, in].
 */
export function bertParameters(config: BertConfig, heads: Heads): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: wide } = config;
  const all = new Map<string, readonly number[]>();
  const dense = (name: string, from: number, to: number): void => {
    all.set(`${name}.weight`, [to, from]).set(`${name}.bias`, [to]);
  };
  const norm = (name: string): void => void all.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden]);
  all.set('embeddings.word_embeddings.weight', [config.vocabSize, hidden]);
  all.set('embeddings.position_embeddings.weight', [config.maxLength, hidden]);
  all.set('embeddings.token_type_embeddings.weight', [config.tokenTypes, hidden]);
  norm('embeddings.LayerNorm');
  for (let i = 0; i < config.layers; i++) {
    const layer = `encoder.layer.${i}`;
    for (const role of ['query', 'key', 'value']) dense(`${layer}.attention.self.${role}`, hidden, hidden);
    dense(`${layer}.attention.output.dense`, hidden, hidden);
    norm(`${layer}.attention.output.LayerNorm`);
    dense(`${layer}.intermediate.dense`, hidden, wide);
    dense(`${layer}.output.dense`, wide, hidden);
    norm(`${layer}.output.LayerNorm`);
  }
  if (heads.pooler) dense('pooler.dense', hidden, hidden);
  if (heads.classifier) dense('classifier', hidden, config.labels.length);
  return all;
}

const WORDS = 'embeddings.word_embeddings.weight';

/** The parameters of a BERT in a state dict, whatever stands before their names and in the older spelling, too. */
export class Parameters {
  private readonly names: ReadonlyMap<string, string>;

  /** @throws `models/weight` where there are no word embeddings. */
  constructor(
    private readonly state: StateDict,
    private readonly subject: string,
  ) {
    checkState(state);
    const words = [...state.keys()].find((name) => name === WORDS || name.endsWith(`.${WORDS}`));
    if (words === undefined) refuseMissing(WORDS, [...state.keys()], subject);
    const prefix = words.slice(0, -WORDS.length);
    // The classifier stands beside the encoder, not within it.
    const outer = prefix.replace(/(^|\.)bert\.$/, '$1');
    this.names = new Map([...state.keys()].map((name) => [plainName(name, prefix, outer), name]));
  }

  /** @throws `models/weight` where there are more blocks than a configuration tells. */
  checkBlocks(layers: number): void {
    const block = (name: string): number => Number(/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? -1);
    const extra = [...this.names].find(([name]) => block(name) >= layers);
    if (extra === undefined) return;
    const most = [...this.names.keys()].reduce((sum, name) => Math.max(sum, block(name) + 1), 0);
    fail('models/weight', {
      subject: `${this.subject}, tensor '${extra[1]}'`,
      expected: `no more blocks than num_hidden_layers, ${layers}`,
      got: `${most}`,
      advice: `See that weights and configuration are of one model; for what stands behind block ${layers}, ask for the output hidden_states.${layers}`,
    });
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** The classes of the classifier; none where there is none. */
  get classes(): number {
    return this.weight('classifier.weight')?.shape[0] ?? 0;
  }

  /** A vector, or a table of vectors, as it is. */
  floats(name: string, shape: readonly number[]): Float32Array {
    return needFloats(this.state, this.inState(name), shape, this.subject);
  }

  /** The matrix of a dense layer as [in, out]. */
  kernel(name: string, from: number, to: number): Float32Array {
    const weight = needTensor(this.state, this.inState(name), [to, from], this.subject);
    return needFloats(new Map([[name, fromPyTorch.linear(weight)]]), name, [from, to], this.subject);
  }

  private inState(name: string): string {
    return this.names.get(name) ?? refuseMissing(name, [...this.names.keys()], this.subject);
  }

  private weight(name: string): Weight | undefined {
    const stored = this.names.get(name);
    return stored === undefined ? undefined : this.state.get(stored);
  }
}

/** Without what stands before it, and with `weight` and `bias` where TensorFlow's `gamma` and `beta` were kept. */
function plainName(name: string, prefix: string, outer: string): string {
  const bare = name.startsWith(prefix)
    ? name.slice(prefix.length)
    : name.startsWith(outer)
      ? name.slice(outer.length)
      : name;
  return bare
    .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
    .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
}
