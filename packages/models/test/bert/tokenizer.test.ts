import { expect } from 'chai';
import { expectCode, expectNoLeak, needGolden, type GoldenFile } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { BertTokenizer } from '../../src/bert/tokenizer.js';

const VOCAB = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'good', 'bad', 'film', '##s', '!'].join('\n');

describe('BertTokenizer', () => {
  describe('against the tokenizers of Hugging Face', () => {
    let file: GoldenFile;
    before(function () {
      file = needGolden(this, 'a08_wordpiece');
    });
    it('gives the same ids, types and masks for every text', () => {
      const vocab = (file as unknown as { vocab: readonly string[] }).vocab.join('\n');
      const tokenizer = BertTokenizer.from({ vocab });
      expect(file.cases.length).to.equal(56);
      for (const { name, inputs, outputs } of file.cases) {
        const { text, pair, max_length: maxLength, pad_to: padding } = inputs;
        const { inputIds, tokenTypeIds, attentionMask } = tokenizer.encode(text as string, {
          ...(typeof pair === 'string' && { pairs: pair }),
          ...(typeof maxLength === 'number' && { maxLength, truncation: true }),
          ...(typeof padding === 'number' && { padding }),
        });
        expect([...inputIds], name).to.deep.equal(outputs['ids']);
        expect([...tokenTypeIds], name).to.deep.equal(outputs['token_type_ids']);
        expect([...attentionMask], name).to.deep.equal(outputs['attention_mask']);
      }
    });
  });

  const tokenizer = BertTokenizer.from({ vocab: VOCAB }, 6);

  it('pads a batch to its longest text', () => {
    const batch = tokenizer.encode(['good films!', '', 'bad']);
    expect(batch.shape).to.deep.equal([3, 6]);
    expect([...batch.inputIds]).to.deep.equal([2, 5, 7, 8, 9, 3, 2, 3, 0, 0, 0, 0, 2, 6, 3, 0, 0, 0]);
    expect([...batch.attentionMask]).to.deep.equal([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
  });

  it('gives tensors by the names of the inputs', () =>
    expectNoLeak(() => {
      const tensors = tokenizer.encode('good', { pairs: 'bad' }).tensors();
      expect(Object.keys(tensors)).to.deep.equal(['input_ids', 'token_type_ids', 'attention_mask']);
      expect([...tensors.token_type_ids.dataSync()]).to.deep.equal([0, 0, 0, 1, 1]);
      expect(tensors.input_ids.dtype).to.equal('int32');
      tf.dispose(tensors);
    }));

  it('knows no character of an emoji, and takes one as a word', () => {
    expect([...tokenizer.encode('good 😀').inputIds]).to.deep.equal([2, 5, 1, 3]);
  });

  it('keeps capitals where the file says so', () => {
    const cased = BertTokenizer.from({ vocab: VOCAB, config: { do_lower_case: false } });
    expect([...cased.encode('Good good').inputIds]).to.deep.equal([2, 1, 5, 3]);
  });

  it('reads lines of every ending', () => {
    const windows = BertTokenizer.from({ vocab: `${VOCAB.replaceAll('\n', '\r\n')}\r\n` });
    expect([...windows.encode('bad!').inputIds]).to.deep.equal([2, 6, 9, 3]);
  });

  const refused: Readonly<Record<string, readonly [work: () => unknown, said: string]>> = {
    'a text that is too long': [
      () => tokenizer.encode(['bad', 'good good good film!']),
      'texts[1]: expected at most 6 tokens, 2 special ones included, got 7. Pass {truncation: true}',
    ],
    'half a character': [
      () => tokenizer.encode('ab\ud83d'),
      'texts[0], character 2: expected Unicode, got half',
    ],
    'no texts': [() => tokenizer.encode([]), 'texts: expected one text or more'],
    'what is no text': [() => tokenizer.encode([3 as unknown as string]), 'texts[0]: expected a text, got 3'],
    'fewer pairs than texts': [
      () => tokenizer.encode(['a', 'b'], { pairs: ['c'] }),
      'pairs: expected 2, one for each',
    ],
    'no room for special tokens': [
      () => tokenizer.encode('a', { maxLength: 1 }),
      'maxLength: expected from 2 to 6',
    ],
    'more than the model takes': [
      () => tokenizer.encode('a', { maxLength: 7 }),
      'maxLength: expected from 2 to 6',
    ],
    'padding beyond the model': [
      () => tokenizer.encode('a', { padding: 7 }),
      'padding: expected from 1 to 6',
    ],
  };
  for (const [what, [work, said]] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      const error = await expectCode('models/text', work);
      expect(error.message).to.contain(said);
    });
  }

  const badFiles: Readonly<
    Record<string, readonly [files: Parameters<typeof BertTokenizer.from>[0], said: string]>
  > = {
    'no file': [{}, 'expected tokenizer.json or vocab.txt, got neither'],
    'another kind of tokenizer': [
      { tokenizer: { model: { type: 'BPE' } } },
      "model.type: expected 'WordPiece', got 'BPE'",
    ],
    'a vocabulary without special tokens': [{ vocab: 'a\nb' }, 'vocab.txt: expected the token [UNK]'],
    'a token that is there twice': [
      { vocab: `${VOCAB}\ngood` },
      'vocab.txt, line 11: expected a token that is not',
    ],
    'a tokenizer.json without a vocabulary': [
      { tokenizer: { model: { type: 'WordPiece' } } },
      'tokenizer.json: expected',
    ],
  };
  for (const [what, [files, said]] of Object.entries(badFiles)) {
    it(`refuses ${what}`, async () => {
      const error = await expectCode('models/tokenizer', () => BertTokenizer.from(files));
      expect(error.message)
        .to.contain(said)
        .and.match(/ (Give|Copy) [^.]*\.?.*\.$/);
    });
  }
});
