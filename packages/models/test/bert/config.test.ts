import { expect } from 'chai';
import { expectCode } from '@tfjs-optimize/testing';
import { readBertConfig } from '../../src/bert/config.js';

const SIZES = {
  vocab_size: 100,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 64,
};

describe('readBertConfig', () => {
  it('fills in what files of transformers leave out', () => {
    const config = readBertConfig(SIZES);
    expect(config).to.deep.include({ tokenTypes: 2, activation: 'gelu', epsilon: 1e-12, labels: [] });
  });

  it('reads the classes by name, by count, or as two where only the architecture tells', () => {
    expect(readBertConfig({ ...SIZES, id2label: { 0: 'no', 1: 'yes' } }).labels).to.deep.equal(['no', 'yes']);
    expect(readBertConfig({ ...SIZES, num_labels: 1 }).labels).to.deep.equal(['LABEL_0']);
    const architectures = ['BertForSequenceClassification'];
    expect(readBertConfig({ ...SIZES, architectures }).labels.length).to.equal(2);
  });

  const bad: Readonly<Record<string, readonly [fields: unknown, said: string]>> = {
    'no object': [[1], 'config.json: expected an object'],
    'another kind of model': [
      { ...SIZES, model_type: 'roberta' },
      "model_type: expected 'bert', got 'roberta'",
    ],
    'relative places': [{ ...SIZES, position_embedding_type: 'relative_key' }, "expected 'absolute'"],
    'a decoder': [{ ...SIZES, is_decoder: true }, 'is_decoder: expected false, got true'],
    'a missing size': [
      { ...SIZES, hidden_size: undefined },
      'hidden_size: expected a whole number from 1 up',
    ],
    'a size of half': [
      { ...SIZES, vocab_size: 1.5 },
      'vocab_size: expected a whole number from 1 up, got 1.5',
    ],
    'places for no text at all': [
      { ...SIZES, max_position_embeddings: 1 },
      'max_position_embeddings: expected a whole number from 2 up, got 1',
    ],
    'heads that do not divide': [
      { ...SIZES, num_attention_heads: 5 },
      'a multiple of the 5 num_attention_heads',
    ],
    'an unknown activation': [{ ...SIZES, hidden_act: 'mish' }, 'hidden_act: expected gelu, gelu_new'],
    'a negative epsilon': [{ ...SIZES, layer_norm_eps: -1 }, 'layer_norm_eps: expected a number from 0'],
    'a hole in the classes': [
      { ...SIZES, id2label: { 0: 'a', 2: 'b' } },
      'id2label: expected a name for each',
    ],
    'a count that is none': [
      { ...SIZES, num_labels: '2' },
      "num_labels: expected a whole number from 0 up, got '2'",
    ],
  };
  for (const [what, [fields, said]] of Object.entries(bad)) {
    it(`refuses ${what}`, async () => {
      const error = await expectCode('models/config', () => readBertConfig(fields));
      expect(error.message)
        .to.contain(said)
        .and.match(/\. Give .*\.$/);
    });
  }
});
