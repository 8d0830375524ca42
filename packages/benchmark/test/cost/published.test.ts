import { backend } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { costByLayer } from '../../src/cost/index.js';
import type { CostRecord } from '../../src/record/cost.js';

/*
 * Convention: a multiply-accumulate (MAC) is one product with its sum, counted for convolutions and matrix
 * products at 224 x 224, batch 1; biases, batch normalization, activations and pools are no MACs. Parameters
 * are those that are trained: scale and shift of batch normalization count, its mean and variance do not.
 * FLOPs are two for each MAC plus the elementwise work.
 */

/** FLOPs of all nodes of an op. */
const flopsOf = ({ nodes }: CostRecord, op: string): number =>
  nodes.filter((node) => node.op === op).reduce((sum, { flops }) => sum + flops, 0);

describe('published figures', function () {
  this.timeout(60_000);
  before(async () => {
    await backend.use('wasm');
  });
  after(() => tf.setBackend('cpu'));

  it('ResNet-18: 11,689,512 parameters and 1.82 GMACs', async () => {
    const net = nets.resnet18({ seed: 1 });
    const found = await costByLayer(net);
    net.dispose();
    // He et al. 2016, table 1. A convolution costs output pixels x window x channels in x channels out.
    const macs =
      112 ** 2 * 7 ** 2 * 3 * 64 + // conv1, stride 2: 118,013,952
      4 * (56 ** 2 * 3 ** 2 * 64 * 64) + // layer1: 462,422,016
      // layer2 to layer4, each 411,041,792: a convolution that halves the size and doubles the channels,
      // three more, and a 1 x 1 shortcut
      [64, 128, 256].reduce((sum, channels, i) => {
        const pixels = (28 / 2 ** i) ** 2;
        const [into, out] = [channels, 2 * channels];
        return sum + pixels * (9 * into * out + 3 * 9 * out * out + into * out);
      }, 0) +
      512 * 1000; // fc
    expect(macs).to.equal(1_814_073_344);
    expect(found.macs).to.equal(macs);
    expect(found.parameters).to.equal(11_689_512);
    expect(found.nonZeroParameters).to.be.above(11_689_000);
    // The 1.82 GMACs of tables made with thop or ptflops (1,819,066,368) count two more for each element
    // that is normalized and the average pool's sums and divisions.
    const normalized =
      2 * (64 * 112 ** 2 + 4 * 64 * 56 ** 2 + 5 * (128 * 28 ** 2 + 256 * 14 ** 2 + 512 * 7 ** 2));
    const pooled = 512 * 7 ** 2;
    expect(flopsOf(found, 'FusedBatchNormV3')).to.equal(normalized);
    expect(flopsOf(found, 'Mean')).to.equal(pooled);
    expect(found.macs + normalized + pooled + 512).to.equal(1_819_066_368);
  });

  it('MobileNetV2 1.0: 3,504,872 parameters and 0.30 GMACs', async () => {
    const net = nets.mobilenetV2({ seed: 1 });
    const found = await costByLayer(net);
    net.dispose();
    // Sandler et al. 2018, table 2: expansion, channels, repeats, stride of the first.
    const stages = [
      [1, 16, 1, 1],
      [6, 24, 2, 2],
      [6, 32, 3, 2],
      [6, 64, 4, 2],
      [6, 96, 3, 1],
      [6, 160, 3, 2],
      [6, 320, 1, 1],
    ] as const;
    let size = 112;
    let channels = 32;
    let macs = size ** 2 * 3 ** 2 * 3 * 32; // the first convolution: 10,838,016
    let parameters = 3 ** 2 * 3 * 32 + 2 * 32; // weights, then scale and shift
    for (const [expansion, out, repeats, stride] of stages) {
      for (let i = 0; i < repeats; i++) {
        const inner = channels * expansion;
        if (expansion > 1) {
          macs += size ** 2 * channels * inner;
          parameters += channels * inner + 2 * inner;
        }
        if (i === 0) size /= stride;
        macs += size ** 2 * (9 * inner + inner * out);
        parameters += 9 * inner + 2 * inner + inner * out + 2 * out;
        channels = out;
      }
    }
    macs += size ** 2 * 320 * 1280 + 1280 * 1000; // the last convolution and the scores
    parameters += 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000;
    expect([macs, parameters]).to.deep.equal([300_774_272, 3_504_872]);
    expect([found.macs, found.parameters]).to.deep.equal([macs, parameters]);
    expect(found.nodes.filter(({ uncounted }) => uncounted !== undefined)).to.deep.equal([]);
  });
});
