import { fail, valueText } from '@tfjs-optimize/core';
import { areTexts, numbered } from '../labels/numbered.js';
import { ACTIVATIONS, type Activation } from './activation.js';

/** The sizes of a BERT. */
export interface BertConfig {
  readonly vocabSize: number;
  /** Features of a token; a multiple of `heads`. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Features between the two dense layers of a block. */
  readonly intermediateSize: number;
  /** Tokens that a text may have at most. */
  readonly maxLength: number;
  /** Kinds of segments: 2 where there are pairs. */
  readonly tokenTypes: number;
  readonly activation: Activation;
  /** What layer norms add to the variance. */
  readonly epsilon: number;
  /** Names of the classes of a classifier, by their number; none where the model has no classifier. */
  readonly labels: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a `config.json` as Hugging Face's transformers write it.
 * @param json its contents.
 * @param file what it is called in messages.
 * @throws `models/config` where it is of another kind of model, lacks a size or contradicts itself.
 */
export function readBertConfig(json: unknown, file = 'config.json'): BertConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    refuse(file, 'an object', valueText(json));
  }
  const fields = json as Fields;
  checkKind(fields, file);
  const size = (name: string, byDefault?: number, least = 1): number => {
    const value = fields[name] ?? byDefault;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    return refuse(`${file}, ${name}`, `a whole number from ${least} up`, valueText(value));
  };
  const config: BertConfig = {
    vocabSize: size('vocab_size'),
    hiddenSize: size('hidden_size'),
    layers: size('num_hidden_layers'),
    heads: size('num_attention_heads'),
    intermediateSize: size('intermediate_size'),
    maxLength: size('max_position_embeddings', undefined, 2), // [CLS] and [SEP]
    tokenTypes: size('type_vocab_size', 2),
    activation: readActivation(fields['hidden_act'] ?? 'gelu', file),
    epsilon: readEpsilon(fields['layer_norm_eps'] ?? 1e-12, file),
    labels: readLabels(fields, file),
  };
  if (config.hiddenSize % config.heads !== 0) {
    const got = `${config.hiddenSize}`;
    refuse(`${file}, hidden_size`, `a multiple of the ${config.heads} num_attention_heads`, got);
  }
  return config;
}

/** What a BERT of transformers can be told to be and is not built here. */
function checkKind(fields: Fields, file: string): void {
  const only = (name: string, value: unknown): void => {
    const got = fields[name] ?? value;
    if (got === value) return;
    refuse(
      `${file}, ${name}`,
      valueText(value),
      valueText(got),
      'Give a BERT: other models are not built here',
    );
  };
  only('model_type', 'bert');
  only('position_embedding_type', 'absolute');
  only('is_decoder', false);
  only('add_cross_attention', false);
}

function readActivation(value: unknown, file: string): Activation {
  if (typeof value === 'string' && Object.hasOwn(ACTIVATIONS, value)) return value as Activation;
  return refuse(`${file}, hidden_act`, Object.keys(ACTIVATIONS).join(', '), valueText(value));
}

function readEpsilon(value: unknown, file: string): number {
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  return refuse(`${file}, layer_norm_eps`, 'a number from 0 to 1', valueText(value));
}

/** Classes are told by the names of their numbers, or by their count. */
function readLabels({ id2label, num_labels: count, architectures }: Fields, file: string): string[] {
  if (typeof id2label === 'object' && id2label !== null && !Array.isArray(id2label)) {
    const names = numbered(id2label as Fields);
    if (names !== undefined && areTexts(names)) return names;
    refuse(`${file}, id2label`, 'a name for each number from 0 up', valueText(id2label));
  }
  const isClassifier =
    Array.isArray(architectures) && architectures.includes('BertForSequenceClassification');
  const classes = count ?? (isClassifier ? 2 : 0);
  if (typeof classes !== 'number' || !Number.isInteger(classes) || classes < 0) {
    refuse(`${file}, num_labels`, 'a whole number from 0 up', valueText(classes));
  }
  return Array.from({ length: classes }, (_, i) => `LABEL_${i}`);
}

function refuse(
  subject: string,
  expected: string,
  got: string,
  advice = 'Give the config.json that was published with the weights',
): never {
  return fail('models/config', { subject, expected, got, advice });
}
