import { averaged, cosineDistance, meanSquaredDifference, softTargetLoss } from '@tfjs-optimize/distillation';
import { backend, crossEntropy, type LossInputs } from '@tfjs-optimize/core';
import { goldenTensor, needGolden, type GoldenCase, type GoldenFile } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

/** Largest difference, relative to the largest magnitude of what is right. */
const TOLERANCE = 1e-6;
/** Where terms of about 1 cancel, as for equal logits, relative to this: two roundings of 1 are left. */
const LEAST = 0.1;

/** Holds a loss and its gradient by the student against what PyTorch found in float64. */
function expectLoss(
  { name, outputs }: GoldenCase,
  x: tf.Tensor,
  loss: (x: tf.Tensor) => tf.Scalar,
  key: string,
  gradientKey: string,
): void {
  const { value, grad } = tf.valueAndGrad(loss)(x);
  const wanted = outputs[`${key}_f64`] as number;
  const found = value.dataSync()[0] as number;
  expect(Math.abs(found - wanted), `${name} ${key} ${found} ${wanted}`).to.be.at.most(
    TOLERANCE * Math.max(Math.abs(wanted), LEAST),
  );
  const gradient = goldenTensor(outputs, `${gradientKey}_f64`).data;
  const largest = Math.max(...gradient.map(Math.abs), LEAST);
  grad.dataSync().forEach((each, i) => {
    expect(Math.abs(each - (gradient[i] as number)), `${name} ${gradientKey} at ${i}`).to.be.at.most(
      TOLERANCE * largest,
    );
  });
  tf.dispose([value, grad]);
}

const tensorOf = (values: GoldenCase['inputs'], name: string): tf.Tensor => {
  const { data, shape, dtype } = goldenTensor(values, name);
  return tf.tensor([...data], [...shape], dtype === 'int64' ? 'int32' : 'float32');
};

/** What a loss of core is computed of. */
function given(outputs: tf.Tensor, labels: tf.Tensor): LossInputs {
  return {
    ...{
      outputs: [outputs],
      labels: [labels],
      values: new Map(),
      inputs: {},
      extras: {},
      indices: undefined,
    },
    ...{ parameters: new Map(), training: true, step: 0, steps: 1 },
  };
}

for (const name of ['cpu', 'wasm'] as const) {
  describe(`losses and gradients of PyTorch on ${name} (1e-6 relative)`, () => {
    let file: GoldenFile;
    before(async function () {
      file = needGolden(this, 'a03_distillation');
      await backend.use(name);
    });
    after(() => tf.setBackend('cpu'));

    const casesOf = (op: string): readonly GoldenCase[] =>
      file.cases.filter(({ inputs }) => inputs['op'] === op);

    it('soft targets, hard labels, logits', () => {
      expect(casesOf('kd')).to.have.length(12);
      for (const each of casesOf('kd')) {
        const { inputs } = each;
        const [student, teacher, labels] = ['student_logits', 'teacher_logits', 'labels'].map((name) =>
          tensorOf(inputs, name),
        ) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const [temperature, alpha] = [inputs['temperature'] as number, inputs['alpha'] as number];
        const hard = crossEntropy();
        const soft = (x: tf.Tensor): tf.Scalar => softTargetLoss(x, teacher, temperature);
        const labelled = (x: tf.Tensor): tf.Scalar => hard.compute(given(x, labels)) as tf.Scalar;
        const total = (x: tf.Tensor): tf.Scalar =>
          tf.add(tf.mul(soft(x), alpha), tf.mul(labelled(x), 1 - alpha));
        expectLoss(each, student, soft, 'hinton', 'grad_hinton');
        expectLoss(each, student, labelled, 'cross_entropy', 'grad_cross_entropy');
        expectLoss(each, student, total, 'hinton_total', 'grad_hinton_total');
        expectLoss(each, student, (x) => meanSquaredDifference(x, teacher), 'logit_mse', 'grad_logit_mse');
        tf.dispose([student, teacher, labels]);
      }
    });

    it('differences and directions of hidden values', () => {
      expect(casesOf('feature')).to.have.length(6);
      for (const each of casesOf('feature')) {
        const [student, teacher] = ['student', 'teacher'].map((name) => tensorOf(each.inputs, name)) as [
          tf.Tensor,
          tf.Tensor,
        ];
        expectLoss(each, student, (x) => meanSquaredDifference(x, teacher), 'mse', 'grad_mse');
        expectLoss(each, student, (x) => cosineDistance(x, teacher), 'cosine_loss', 'grad_cosine_loss');
        tf.dispose([student, teacher]);
      }
    });
  });
}

describe('soft targets of several teachers', () => {
  before(() => tf.setBackend('cpu'));

  it('are the weighted mean of their softmaxes', () => {
    tf.tidy(() => {
      const [a, b] = [tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[3, 0, -90]])];
      const student = tf.tensor2d([[0.5, 0.1, 0.2]]);
      const loss = softTargetLoss(
        student,
        [
          { value: a, weight: 1 },
          { value: b, weight: 3 },
        ],
        2,
      );
      const p = tf
        .add(tf.mul(tf.softmax(tf.div(a, 2)), 0.25), tf.mul(tf.softmax(tf.div(b, 2)), 0.75))
        .dataSync();
      const q = tf.softmax(tf.div(student, 2)).dataSync();
      const wanted = [...p].reduce((sum, each, i) => sum + each * Math.log(each / (q[i] as number)), 0) * 4;
      expect(loss.dataSync()[0]).to.be.closeTo(wanted, 1e-6);
      expect([
        ...averaged([
          { value: a, weight: 2 },
          { value: b, weight: 2 },
        ]).dataSync(),
      ]).to.deep.equal([2, 1, -43.5]);
    });
  });

  it('of classes that none thinks of count nothing', () => {
    tf.tidy(() => {
      const far = tf.tensor2d([[0, -300]]);
      const loss = softTargetLoss(tf.tensor2d([[0, 0]]), [
        { value: far, weight: 1 },
        { value: far, weight: 1 },
      ]);
      expect(loss.dataSync()[0]).to.be.closeTo(Math.log(2), 1e-6);
    });
  });
});
