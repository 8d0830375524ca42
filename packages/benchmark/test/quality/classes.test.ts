import * as tf from '@tensorflow/tfjs';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { accuracy, confusionMatrix, evaluate, f1, topK, type Metric } from '../../src/quality/index.js';
import { handOn, score, scoresOf } from './score.js';

const valueOf = async (metric: Metric, predictions: tf.TensorLike, labels: tf.TensorLike) =>
  (await score([metric], predictions, labels)).scores[0]?.value;

/*
 * Ten examples of three classes. By scikit-learn's conventions (rows true, columns predicted):
 *
 *   y_true = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
 *   y_pred = [0, 0, 1, 2, 1, 1, 0, 2, 2, 1]
 *   confusion_matrix(y_true, y_pred) = [[2, 1, 1],
 *                                       [1, 2, 0],
 *                                       [0, 1, 2]]
 *   accuracy_score = 6 / 10
 *   precision of class 0 = 2/3, recall 2/4, F1 = 2·2 / (2·2 + 1 + 2) = 4/7
 *   precision of class 1 = 2/4, recall 2/3, F1 = 2·2 / (2·2 + 2 + 1) = 4/7
 *   precision of class 2 = 2/3, recall 2/3, F1 = 2·2 / (2·2 + 1 + 1) = 2/3
 *   f1_score(average='macro') = (4/7 + 4/7 + 2/3) / 3 = 0.6031746...
 *   f1_score(average='weighted') = (4·4/7 + 3·4/7 + 3·2/3) / 10 = 0.6
 *   f1_score(average='micro') = 2·6 / (2·6 + 4 + 4) = 0.6
 */
const TRUTH = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
const PREDICTED = [0, 0, 1, 2, 1, 1, 0, 2, 2, 1];
const MACRO = (4 / 7 + 4 / 7 + 2 / 3) / 3;
const WEIGHTED = (4 * (4 / 7) + 3 * (4 / 7) + 3 * (2 / 3)) / 10;

describe('metrics of classes', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('accuracy, F1 and confusion matrix agree with scikit-learn on three classes', async () => {
    const metrics = [
      accuracy(),
      f1(),
      f1({ average: 'weighted' }),
      f1({ average: 'micro' }),
      confusionMatrix(),
    ];
    const found = await score(metrics, scoresOf(PREDICTED, 3), TRUTH);
    expect(found.examples).to.equal(10);
    expect(found.scores.map(({ name }) => name)).to.deep.equal([
      'accuracy',
      'F1 (macro)',
      'F1 (weighted)',
      'F1 (micro)',
    ]);
    expect(found.scores.map(({ value }) => value)).to.deep.equal([0.6, MACRO, WEIGHTED, 0.6]);
    expect(found.scores.every(({ higherIsBetter }) => higherIsBetter)).to.equal(true);
    expect(found.confusion).to.deep.equal({
      labels: ['0', '1', '2'],
      counts: [
        [2, 1, 1],
        [1, 2, 0],
        [0, 1, 2],
      ],
    });
    expect(found).not.to.have.property('notANumber');
  });

  it('batches of any size, a smaller last one included, give the same', async () => {
    const metrics = () => [accuracy(), f1(), topK(2), confusionMatrix()];
    const whole = await score(metrics(), scoresOf(PREDICTED, 3), TRUTH);
    for (const batchSize of [1, 3, 4, 9, 10]) {
      const found = await score(metrics(), scoresOf(PREDICTED, 3), TRUTH, { batchSize });
      expect(found, `batches of ${batchSize}`).to.deep.equal(whole);
    }
  });

  it('labels may be indices [n] or [n, 1], one-hot rows, smoothed rows; floats or integers', async () => {
    const scores = scoresOf(PREDICTED, 3);
    const oneHot = TRUTH.map((own) => [0, 1, 2].map((i) => (i === own ? 1 : 0)));
    const smoothed = oneHot.map((row) => row.map((value) => (value === 1 ? 0.9 : 0.05)));
    const columns = TRUTH.map((own) => [own]);
    for (const labels of [columns, oneHot, smoothed]) {
      expect(await valueOf(accuracy(), scores, labels)).to.equal(0.6);
    }
    const integers = tf.tensor1d(TRUTH, 'int32');
    expect(await valueOf(accuracy(), scores, integers.dataSync())).to.equal(0.6);
    integers.dispose();
  });

  /*
   * y_true = [0, 1, 1, 1, 0, 0], y_score = [0.1, 0.9, 0.5, 0.51, 0.6, 0.2]; above 0.5 counts as 1, as in Keras:
   * y_pred = [0, 1, 0, 1, 1, 0]; tp 2, fp 1, fn 1
   * f1_score(average='binary') = 2·2 / (2·2 + 1 + 1) = 2/3; accuracy 4/6
   */
  it('a single sigmoid output: two classes, above 0.5 is class 1', async () => {
    const scores = [0.1, 0.9, 0.5, 0.51, 0.6, 0.2];
    const truth = [0, 1, 1, 1, 0, 0];
    for (const predictions of [scores, scores.map((each) => [each])]) {
      const metrics = [accuracy(), f1({ average: 'binary' }), confusionMatrix({ labels: ['no', 'yes'] })];
      const found = await score(metrics, predictions, truth);
      expect(found.scores.map(({ value }) => value)).to.deep.equal([4 / 6, 2 / 3]);
      expect(found.confusion).to.deep.equal({
        labels: ['no', 'yes'],
        counts: [
          [2, 1],
          [1, 2],
        ],
      });
      expect(
        await valueOf(
          accuracy(),
          predictions,
          truth.map((own) => [own]),
        ),
      ).to.equal(4 / 6);
      expect(
        await valueOf(
          accuracy(),
          predictions,
          truth.map((own) => [1 - own, own]),
        ),
      ).to.equal(4 / 6);
    }
  });

  it('a single output outside 0 to 1 is no probability; logits take a threshold of 0', async () => {
    const logits = [-3, 2, -0.1, 0.4];
    const error = await expectCode('quality/output', () => score([accuracy()], logits, [0, 1, 1, 1]));
    expect(error.message).to.contain('-3').and.contain('{threshold: 0}');
    expect(await valueOf(accuracy({ threshold: 0 }), logits, [0, 1, 1, 1])).to.equal(0.75);
  });

  it('binary F1 of two score columns is that of class 1', async () => {
    const predicted = [0, 1, 0, 1, 1, 0];
    expect(await valueOf(f1({ average: 'binary' }), scoresOf(predicted, 2), [0, 1, 1, 1, 0, 0])).to.equal(
      2 / 3,
    );
  });

  /*
   * Classes that occur neither among labels nor predictions are left out of the macro mean, as scikit-learn
   * does: y_true = [0, 0, 2], y_pred = [0, 2, 2] of four classes: F1 of class 0 = 2/3, of class 2 = 2/3.
   * With y_pred = [1, 1, 1] and y_true = [0, 0, 0]: both are 0.
   */
  it('the macro mean is over classes that occur', async () => {
    expect(await valueOf(f1(), scoresOf([0, 2, 2], 4), [0, 0, 2])).to.equal(2 / 3);
    expect(await valueOf(f1(), scoresOf([1, 1, 1], 3), [0, 0, 0])).to.equal(0);
    expect(await valueOf(f1({ average: 'binary' }), scoresOf([0, 0], 2), [0, 0])).to.equal(0);
  });

  /*
   * top_k_accuracy_score of scikit-learn's own example:
   * y_true = [0, 1, 2, 2], y_score = [[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]
   * k = 2: 0.75
   */
  it('top-k agrees with scikit-learn, and top-1 is accuracy', async () => {
    const scores = [
      [0.5, 0.2, 0.2],
      [0.3, 0.4, 0.2],
      [0.2, 0.4, 0.3],
      [0.7, 0.2, 0.1],
    ];
    expect(await valueOf(topK(2), scores, [0, 1, 2, 2])).to.equal(0.75);
    expect(await valueOf(topK(1), scores, [0, 1, 2, 2])).to.equal(0.5);
    expect(await valueOf(accuracy(), scores, [0, 1, 2, 2])).to.equal(0.5);
  });

  it('equal scores rank by index: a model that says the same of all classes is no good', async () => {
    const flat = Array.from({ length: 4 }, () => [0.25, 0.25, 0.25, 0.25]);
    expect(await valueOf(accuracy(), flat, [0, 1, 2, 3])).to.equal(0.25);
    expect(await valueOf(topK(2), flat, [0, 1, 2, 3])).to.equal(0.5);
    expect(await valueOf(topK(2), flat, [0, 0, 1, 3]), 'the first of equals come first').to.equal(0.75);
    expect(await valueOf(topK(3), flat, [0, 1, 2, 3])).to.equal(0.75);
  });

  it('examples with NaN count as wrong, and are counted', async () => {
    const scores = [
      [NaN, 0, 0],
      [0, 1, 0],
      [0, NaN, 1],
      [0, 0, Infinity],
    ];
    const metrics = [accuracy(), topK(2), f1({ average: 'micro' }), confusionMatrix()];
    const found = await score(metrics, scores, [0, 1, 2, 2]);
    expect(found.notANumber).to.equal(2);
    // Micro F1: 2 hits, no wrong prediction, 2 missed: 4 / (4 + 0 + 2).
    expect(found.scores.map(({ value }) => value)).to.deep.equal([0.5, 0.5, 4 / 6]);
    expect(found.confusion?.counts).to.deep.equal([
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect((await score([accuracy()], [NaN, 0.2], [1, 0])).scores[0]?.value).to.equal(0.5);
  });

  it('texts and masks: all axes but the last count rows', async () => {
    // Two examples of three positions and two classes.
    const scores = [scoresOf([0, 1, 1], 2), scoresOf([1, 1, 0], 2)];
    const found = await score([accuracy()], scores, [
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(found.examples).to.equal(2);
    expect(found.scores[0]?.value).to.equal(4 / 6);
  });

  describe('refuses', () => {
    const three = scoresOf([0, 1, 2], 3);

    it('labels of another shape', async () => {
      for (const labels of [
        [0, 1],
        [[0, 1, 2]],
        [
          [0, 1],
          [1, 0],
          [1, 0],
        ],
        [[[0]], [[1]], [[2]]],
      ]) {
        const xs = tf.tensor(three);
        const ys = tf.tensor(labels);
        // As batches, so that the number of examples is not looked at before.
        const error = await expectCode('quality/labels', () => evaluate(handOn, [{ xs, ys }], [accuracy()]));
        expect(error.message).to.contain('predictions [3,3]');
        tf.dispose([xs, ys]);
      }
    });

    it('labels out of range, broken or NaN, naming the example', async () => {
      for (const [labels, got] of [
        [[0, 3, 2], '3'],
        [[0, -1, 2], '-1'],
        [[0, 0.5, 2], '0.5'],
        [[0, NaN, 2], 'NaN'],
      ] as const) {
        const error = await expectCode('quality/labels', () => score([accuracy()], three, [...labels]));
        expect(error.message).to.contain('example 1').and.contain('0 to 2').and.contain(`got ${got}`);
      }
      await expectCode('quality/labels', () => score([topK(2)], three, [0, 1, 3]));
      await expectCode('quality/labels', () => score([accuracy()], [0.2, 0.3], [0, 2]));
    });

    it('one-hot rows without one class', async () => {
      for (const row of [
        [0, 0, 0],
        [1, 1, 0],
        [0, NaN, 0],
      ]) {
        const labels = [[1, 0, 0], [0, 1, 0], row];
        const error = await expectCode('quality/labels', () => score([accuracy()], three, labels));
        expect(error.message).to.contain('example 2');
      }
    });

    it('a k that is no count or not below the classes, unknown averages, labels that do not fit', async () => {
      for (const k of [0, -1, 1.5, NaN]) await expectCode('argument/invalid', () => topK(k));
      await expectCode('argument/invalid', () => score([topK(3)], three, [0, 1, 2]));
      await expectCode('argument/invalid', () => score([topK(1)], [0.1, 0.9], [0, 1]));
      await expectCode('argument/invalid', () => f1({ average: 'samples' as 'macro' }));
      await expectCode('argument/invalid', () => score([f1({ average: 'binary' })], three, [0, 1, 2]));
      await expectCode('argument/invalid', () =>
        score([confusionMatrix({ labels: ['a'] })], three, [0, 1, 2]),
      );
    });
  });
});
