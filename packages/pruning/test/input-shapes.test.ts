import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { traceLayersModel } from '@tfjs-optimize/core';
import { expectCode, nets } from '@tfjs-optimize/testing';
import { chooseRatios, explainGroups, l1Unstructured, pruneChannels, sensitivity } from '../src/index.js';

/** Convolutions of 16 and 8 filters on images of any size, and a dense layer. */
function images(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 16, kernelSize: 3, inputShape: [null, null, 2], name: 'a' }),
      tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', name: 'b' }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 3, name: 'c' }),
    ],
  });
}

/** Sequences of any length, which a recurrent layer cannot be traced at. */
function sequences(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 16, inputShape: [null, 4], name: 'a' }),
      tf.layers.gru({ units: 8, name: 'gru' }),
    ],
  });
}

/** The input of both. */
const key = 'a_input';

describe('inputShapes', () => {
  before(() => tf.setBackend('cpu'));

  it('are what operations are counted at, of layers models and graphs alike', async () => {
    const net = images();
    const shapes = { [key]: [null, 8, 10, 2] };
    for (const source of [net, traceLayersModel(net)]) {
      const options = { budget: { macs: 0.5 }, roundTo: 1 };
      await expectCode('argument/missing', () => pruneChannels(source, options));
      const { before: first, after } = await pruneChannels(source, { ...options, inputShapes: shapes });
      expect(first.macs).to.equal(6 * 8 * 9 * 2 * 16 + 4 * 6 * 9 * 16 * 8 + 8 * 3);
      expect(after.macs).to.be.at.most((first.macs as number) / 2);
    }
    net.dispose();
  });

  it('are so for sensitivities and the ratios from them', async () => {
    const net = images();
    const graph = traceLayersModel(net);
    const data = nets.uniformTensor([2, 8, 8, 2], 1);
    const settings = { kind: 'channels', choice: { roundTo: 1 }, ratios: [0.25, 0.5, 0.75], data } as const;
    const found = await sensitivity(graph, settings);
    await expectCode('argument/missing', () => chooseRatios(graph, found, { budget: { macs: 0.5 } }));
    const inputShapes = { [key]: [1, 8, 8, 2] };
    const { ratios } = await chooseRatios(graph, found, { budget: { macs: 0.5 }, inputShapes });
    const { before: first, after } = await pruneChannels(graph, { layers: ratios, roundTo: 1, inputShapes });
    expect((after.macs as number) / (first.macs as number)).to.be.within(0.3, 0.5);
    tf.dispose(data);
    net.dispose();
  });

  it('are what layers models are traced at', async () => {
    const net = sequences();
    const inputShapes = { [key]: [null, 5, 4] };
    await expectCode('trace/shape', () => pruneChannels(net, { ratio: 0.5 }));
    const { model, before: first } = await pruneChannels(net, { ratio: 0.5, inputShapes });
    expect(model.weights.need('a/bias').size).to.equal(8);
    expect(first.macs).to.be.a('number');
    expect((await explainGroups(net, { inputShapes })).groups.some(({ name }) => name === 'a')).to.equal(
      true,
    );
    net.dispose();
  });

  it('are refused where they fit no input, and for masks of graphs, which need none', async () => {
    const net = images();
    const graph = traceLayersModel(net);
    const near = await expectCode('argument/invalid', () =>
      pruneChannels(graph, { ratio: 0.5, inputShapes: { image: [1, 8, 8, 2] } }),
    );
    expect(near.message).to.contain("inputShapes['image']: expected the name of an input");
    for (const shape of [
      [1, 8, 8, 3],
      [1, 8, 8],
    ])
      await expectCode('argument/invalid', () =>
        pruneChannels(graph, { ratio: 0.5, inputShapes: { [key]: shape } }),
      );
    await expectCode('argument/invalid', () =>
      l1Unstructured(graph, 0.5, { inputShapes: { [key]: [1, 8, 8, 2] } }),
    );
    net.dispose();
  });
});
