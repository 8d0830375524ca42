import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { fileHandler } from '@tfjs-optimize/core';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { loadDigits, PIXELS } from '../../../../examples/quickstart/digits.js';
import { digitNetwork } from '../../../../examples/quickstart/network.js';
import { accuracy, trainDigits } from '../../../../examples/quickstart/training.js';
import { repoRoot } from '../../src/index.js';

const folder = path.join(repoRoot(), 'examples/quickstart/model');
const training = JSON.parse(fs.readFileSync(path.join(folder, 'training.json'), 'utf8')) as {
  readonly seed: number;
  readonly trainedOn: number;
  readonly heldOut: number;
  readonly heldOutAccuracy: number;
};
const settings = { seed: 3, epochs: 1, batchSize: 1, learningRate: 0.05 };

/** The committed layers model, read by stock TensorFlow.js. */
function committedModel(): Promise<tf.LayersModel> {
  return tf.loadLayersModel(fileHandler(folder));
}

describe('quickstart: digits and training', function () {
  // Training on plain cpu takes its time on a machine that does other things, too.
  this.timeout(120_000);

  beforeEach(async () => {
    await tf.setBackend('cpu');
  });

  it('parts the digits by seed: every image once, both parts with all ten digits', () => {
    const { train, heldOut } = loadDigits(training.seed);
    expect([train.count, heldOut.count]).to.deep.equal([training.trainedOn, training.heldOut]);
    expect(train.pixels).to.have.length(train.count * PIXELS);
    expect(new Set(heldOut.labels).size).to.equal(10);
    expect(train.pixels.every((value) => value >= 0 && value <= 1)).to.equal(true);
    const again = loadDigits(training.seed);
    expect(again.heldOut.labels).to.deep.equal(heldOut.labels);
    expect(loadDigits(training.seed + 1).heldOut.labels).not.to.deep.equal(heldOut.labels);
    const counts = new Uint32Array(10);
    for (const label of [...train.labels, ...heldOut.labels]) counts[label] = (counts[label] as number) + 1;
    expect([...counts]).to.deep.equal([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  });

  it('trains the same weights twice by seed, others by another seed', async () => {
    const { train } = loadDigits(1);
    const weights = async (seed: number) => {
      const model = await trainDigits(train, { ...settings, seed, maxSteps: 2 });
      const values = model.getWeights().map((weight) => [...weight.dataSync()]);
      model.dispose();
      return values;
    };
    const first = await weights(3);
    expect(await weights(3)).to.deep.equal(first);
    expect(await weights(4)).not.to.deep.equal(first);
  });

  it('training lowers the loss of a few images that it sees again and again', async () => {
    const { train } = loadDigits(1);
    const few = { count: 2, pixels: train.pixels.slice(0, 2 * PIXELS), labels: train.labels.slice(0, 2) };
    const losses: number[] = [];
    const progress = (_: number, loss: number) => losses.push(loss);
    const model = await trainDigits(few, { ...settings, epochs: 5, batchSize: 2, progress });
    model.dispose();
    expect(losses).to.have.length(5);
    expect(losses[4]).to.be.lessThan(losses[0] as number);
  });

  it('the committed weights are of the network that is trained, and well under 1 MB', async () => {
    const [committed, fresh] = [await committedModel(), digitNetwork(training.seed)];
    const structure = (model: tf.LayersModel) => JSON.stringify(model.toJSON(undefined, false));
    expect(structure(committed)).to.equal(structure(fresh));
    const shapes = (model: tf.LayersModel) => model.weights.map(({ shape }) => shape);
    expect(shapes(committed)).to.deep.equal(shapes(fresh));
    const bytes = fs.readdirSync(folder).map((file) => fs.statSync(path.join(folder, file)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).to.be.within(50_000, 500_000);
    committed.dispose();
    fresh.dispose();
  });

  it('the committed weights have the stated accuracy on held-out digits, at least 98 %', async () => {
    setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    await tf.setBackend('wasm');
    const model = await committedModel();
    const { heldOut } = loadDigits(training.seed);
    const share = accuracy((images) => model.predict(images) as tf.Tensor, heldOut);
    model.dispose();
    expect(share).to.be.at.least(0.98);
    // Another backend rounds differently: one image on the edge may change sides.
    expect(Math.abs(share - training.heldOutAccuracy)).to.be.at.most(1 / heldOut.count + Number.EPSILON);
  });
});
