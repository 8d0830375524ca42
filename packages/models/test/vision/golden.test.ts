import { optimize, backend, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { mobilenetV2, resnet, visionModel, type VisionNet } from '@tfjs-optimize/models';
import {
  goldenTensor,
  maxDifference,
  maxMagnitude,
  needGolden,
  type GoldenCase,
} from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { hashedImage, hashedWeights } from './hashed.js';

/** What the golden file says of float32 sums in another order: relative to the largest output. */
const TOLERANCE = 1e-4;

const NETS: Readonly<Record<string, () => VisionNet>> = {
  resnet18: () => resnet(18),
  mobilenet_v2: () => mobilenetV2(),
};

describe("image networks equal torchvision's (golden/a11_models.json)", function () {
  this.timeout(60_000);
  let cases: readonly GoldenCase[];
  before(async function () {
    cases = needGolden(this, 'a11_models').cases;
    await backend.use('wasm');
  });

  for (const name of Object.keys(NETS)) {
    it(`${name}, as it is and fused, within ${TOLERANCE} of the largest logit`, async () => {
      const net = (NETS[name] as () => VisionNet)();
      const model = visionModel(net, hashedWeights(net));
      const { model: fused } = await optimize(model, inference());
      const own = cases.filter(({ inputs }) => inputs['model'] === name);
      expect(own).not.to.be.empty;
      for (const each of own) {
        expect(parametersOf(net)).to.equal(each.outputs['parameters']);
        for (const one of [model, fused]) expect(await relativeError(one, each)).to.be.below(TOLERANCE);
      }
      expect([...fused.graph].some(({ op }) => op === 'FusedBatchNormV3')).to.equal(false);
      model.dispose();
      fused.dispose();
    });
  }
});

/** Numbers that PyTorch counts as parameters: no moving statistics. */
function parametersOf({ tensors }: VisionNet): number {
  let count = 0;
  for (const [name, shape] of tensors)
    if (!name.includes('running_')) count += shape.reduce((a, b) => a * b, 1);
  return count;
}

async function relativeError(model: Model, { inputs, outputs }: GoldenCase): Promise<number> {
  const { data } = goldenTensor(outputs, 'logits');
  const image = hashedImage(inputs['input_hash'] as string, inputs['input_shape_nchw'] as readonly number[]);
  const [logits] = await model.runAsync(image);
  const values = (await logits?.data()) as Float32Array;
  tf.dispose([image, logits]);
  return maxDifference(values, data) / maxMagnitude(data);
}
