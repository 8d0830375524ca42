import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, Random, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { goldenTensor, needGolden, nets, type GoldenCase } from '@tfjs-optimize/testing';
import { explainGroups, pruneChannels, type PrunedChannels } from '../../src/index.js';
import { TorchNet } from './torch-nets.js';
import { expectSame, zeroed } from './zeroed.js';

/** The networks of the cases whose weights are given. */
const NETS: Readonly<Record<string, (net: TorchNet) => Model<'float'>>> = {
  Mlp: (t) => t.done(t.linear(t.relu(t.linear(t.relu(t.linear(t.input(), 'l.0')), 'l.1')), 'l.2')),
  FlatConv: (t) => {
    const c2 = t.conv(t.relu(t.conv(t.input(), 'c1')), 'c2', { padding: 'VALID' });
    return t.done(t.linear(t.flatten(c2, 63), 'fc', 9));
  },
  Cat: (t) => {
    const stem = t.relu(t.norm(t.conv(t.input(), 'stem'), 'bn0'));
    const [a, b] = [t.relu(t.conv(stem, 'a')), t.relu(t.norm(t.conv(stem, 'b'), 'bnb'))];
    const joined = t.b.op('ConcatV2', [a, b, t.b.ints(3)], { N: 2 });
    return t.done(t.linear(t.pool(t.conv(joined, 'out')), 'fc'));
  },
  Mixed2: (t) => {
    const stem = t.relu(t.norm(t.conv(t.input(), 'stem', { stride: 2 }), 'bn1'));
    const deep = t.relu(t.norm(t.conv(stem, 'dw', { depthwise: true }), 'bn2'));
    const sum = t.relu(t.b.op('AddV2', [stem, t.norm(t.conv(deep, 'pw'), 'bn3')]));
    const joined = t.b.op('ConcatV2', [sum, t.relu(t.conv(sum, 'br')), t.b.ints(3)], { N: 2 });
    const flat = t.flatten(t.relu(t.conv(joined, 'mix')), 80);
    return t.done(t.linear(t.relu(t.linear(flat, 'fc1', 16)), 'fc2'));
  },
};

interface Part {
  readonly layer: string;
  readonly side: 'in' | 'out';
  readonly channels: number;
}

const inputOf = ({ inputs }: GoldenCase): tf.Tensor => {
  const { data, shape } = goldenTensor(inputs, 'input');
  return tf.tidy(() => {
    const x = tf.tensor([...data], [...shape]);
    return shape.length === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x;
  });
};

function expectOutput(model: Model, testCase: GoldenCase, name: string): void {
  const x = inputOf(testCase);
  const [y] = model.run(x) as [tf.Tensor];
  const wanted = goldenTensor(testCase.outputs, name).data;
  const most = Math.max(...wanted.map(Math.abs));
  y.dataSync().forEach((value, i) => {
    expect(value, `${name}[${i}]`).to.be.closeTo(wanted[i] as number, 1e-5 * most);
  });
  tf.dispose([x, y]);
  model.dispose();
}

/** A layer of the golden groups may make channels of several of ours, which are named alike. */
const removedOf = ({ steps }: PrunedChannels): Record<string, readonly number[]> =>
  Object.fromEntries(
    (steps[0] ?? []).flatMap(({ layers, removed }) => layers.map((layer) => [layer, removed])),
  );

describe('channels: Torch-Pruning 1.6.1', () => {
  before(() => tf.setBackend('cpu'));

  const prune = (model: Model, { inputs }: GoldenCase): Promise<PrunedChannels> =>
    pruneChannels(model, {
      ratio: inputs['pruning_ratio'] as number,
      scope: inputs['global_pruning'] === true ? 'model' : 'group',
      importance: inputs['p'] === 1 ? 'l1' : 'l2',
      roundTo: 1,
    });

  it('groups, importances (within 1e-5), removed channels, outputs (within 1e-5) and figures of the small nets', async function () {
    const cases = needGolden(this, 'a07_torch_pruning').cases.filter(({ inputs }) => 'state_dict' in inputs);
    expect(cases).to.have.length(8);
    for (const testCase of cases) {
      const { name, inputs, outputs } = testCase;
      const model = (NETS[inputs['model'] as string] as (net: TorchNet) => Model<'float'>)(
        new TorchNet(testCase),
      );
      expectOutput(model, testCase, 'output_before');

      const { groups } = await explainGroups(model);
      const ours = groups
        .filter(({ stays }) => stays === undefined)
        .map(({ parts }) => parts.map(({ layer, side, channels }) => `${layer} ${side} ${channels}`).sort());
      const wanted = (outputs['groups'] as unknown as Part[][]).map((parts) =>
        parts
          .map((part) => ({ ...part, channels: part.channels }))
          .map(({ layer, side, channels }) => `${layer} ${side} ${channels}`)
          .sort(),
      );
      expect(ours, name).to.have.deep.members(wanted);

      const result = await prune(model, testCase);
      const removed = removedOf(result);
      const pruned = outputs['pruned'] as unknown as { root: string; indices: number[] }[];
      expect(result.steps[0], name).to.have.length(pruned.length);
      for (const { root, indices } of pruned) expect(removed[root], `${name} ${root}`).to.deep.equal(indices);
      for (const [root] of Object.entries(outputs['importance'] as object)) {
        const group = result.steps[0]?.find(({ layers }) => layers.includes(root));
        // Where all channels would go both leave the layer whole.
        if (group === undefined) continue;
        goldenTensor(outputs['importance'] as GoldenCase['outputs'], root).data.forEach((value, i) => {
          expect(group.importance?.[i], `${name} ${root}[${i}]`).to.be.closeTo(value, 1e-5 * value);
        });
      }
      expectOutput(result.model, testCase, 'output_after');
      expect(result.before.parameters, name).to.equal(outputs['parameters_sum']);
      expect(result.after.parameters, name).to.equal((outputs['ops_params_after'] as number[])[1]);
      const batch = (inputs['input_shape_nchw'] as number[])[0] as number;
      const perExample = (key: string): number => (outputs[key] as number) / batch;
      expect(result.before.macs, name).to.equal(perExample('conv_linear_macs'));
      expect(result.after.macs, name).to.equal(perExample('conv_linear_macs_after'));
    }
  });

  it('shapes, parameters and multiply-accumulates of ResNet-18 and MobileNetV2', async function () {
    this.timeout(240_000);
    const { cases } = needGolden(this, 'a07_torch_pruning');
    const big = cases.filter(({ name }) => name.includes('_224_'));
    expect(big.map(({ name }) => name)).to.deep.equal([
      'resnet18_224_05',
      'resnet18_224_03',
      'mobilenet_v2_224_05',
    ]);
    const models = [
      traceLayersModel(nets.resnet18({ seed: 1 })),
      traceLayersModel(nets.mobilenetV2({ seed: 1 })),
    ] as const;
    for (const testCase of big) {
      const model = testCase.inputs['model'] === 'ResNet' ? models[0] : models[1];
      const { outputs, name } = testCase;
      const result = await prune(model, testCase);
      expect(result.before.parameters).to.equal(outputs['parameters_sum']);
      expect(result.after.parameters, name).to.equal((outputs['ops_params_after'] as number[])[1]);
      expect(result.before.macs).to.equal(outputs['conv_linear_macs']);
      expect(result.after.macs, name).to.equal(outputs['conv_linear_macs_after']);
      const wanted = Object.values(outputs['shapes_after'] as unknown as Record<string, number[]>);
      const ours = [...result.model.weights]
        .filter(([weight]) => /kernel$|gamma$/.test(weight))
        .map(([, { shape }]) => torchShape(shape));
      expect(ours.map(String).sort(), name).to.deep.equal(wanted.map(String).sort());
    }
    // The figures that everybody quotes.
    expect(big.map(({ outputs }) => (outputs['ops_params_after'] as number[])[1])[0]).to.equal(3055880);
  });

  it('what Torch-Pruning breaks: concat, then flatten, then dense', async function () {
    const testCase = needGolden(this, 'a07_torch_pruning').cases.find(
      ({ name }) => name === 'mixed_concat_flatten_fails',
    ) as GoldenCase;
    const model = mixedNet(testCase.inputs['shapes_before'] as unknown as Record<string, readonly number[]>);
    const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1 });
    const shapeOf = (layer: string): readonly number[] => result.model.weights.need(layer).shape;
    expect(shapeOf('stem')).to.deep.equal([3, 3, 3, 4]);
    expect(shapeOf('br')).to.deep.equal([3, 3, 4, 3]);
    expect(shapeOf('fc1')).to.deep.equal([4 * 4 * (4 + 3), 6]);
    const x = nets.uniformTensor([2, 8, 8, 3], 5);
    await expectSame(zeroed(model, result), result.model, [x], 'concat, flatten, dense');
    x.dispose();
  });
});

/** TensorFlow's layout to PyTorch's: [h, w, in, out] → [out, in, h, w], depthwise [h, w, c, 1] → [c, 1, h, w]. */
function torchShape(shape: readonly number[]): number[] {
  if (shape.length !== 4) return [...shape].reverse();
  const [height, width, into, out] = shape as [number, number, number, number];
  return out === 1 ? [into, 1, height, width] : [out, into, height, width];
}

/** The net of the recorded failure with weights of our own. */
function mixedNet(shapes: Readonly<Record<string, readonly number[]>>): Model<'float'> {
  const b = new GraphBuilder();
  const random = Random.of(3);
  const weight = (name: string, shape: readonly number[]): string => {
    const size = shape.reduce((x, y) => x * y, 1);
    return b.constant(
      name,
      Float32Array.from({ length: size }, () => random.normal(0, 0.3)),
      shape,
    );
  };
  const conv = (x: string, name: string, stride = 1): string => {
    const [out, into, height, width] = shapes[name] as [number, number, number, number];
    const attrs = { strides: [1, stride, stride, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
    const isDepthwise = name === 'dw';
    const filter = weight(name, isDepthwise ? [height, width, out, 1] : [height, width, into, out]);
    return b.op(isDepthwise ? 'DepthwiseConv2dNative' : 'Conv2D', [x, filter], attrs, `${name}/conv`);
  };
  const norm = (x: string, name: string): string => {
    const size = shapes[name] as readonly number[];
    const inputs = ['gamma', 'beta', 'mean'].map((part) => weight(`${name}/${part}`, size));
    const variance = b.constant(`${name}/variance`, new Float32Array(size[0] as number).fill(1), size);
    return b.op('FusedBatchNormV3', [x, ...inputs, variance], { epsilon: 1e-3 }, `${name}/norm`);
  };
  const dense = (x: string, name: string): string => {
    const [out, into] = shapes[name] as [number, number];
    return b.op(
      'MatMul',
      [x, weight(name, [into, out])],
      { transpose_a: false, transpose_b: false },
      `${name}/product`,
    );
  };
  const relu = (x: string): string => b.op('Relu', [x]);
  const stem = relu(norm(conv(b.input('x', [-1, 8, 8, 3]), 'stem', 2), 'bn1'));
  const sum = relu(b.op('AddV2', [stem, norm(conv(relu(norm(conv(stem, 'dw'), 'bn2')), 'pw'), 'bn3')]));
  const joined = b.op('ConcatV2', [sum, relu(conv(sum, 'br')), b.ints(3)], { N: 2 });
  const flat = b.op('Reshape', [joined, b.ints([-1, 224])]);
  b.output(dense(relu(dense(flat, 'fc1')), 'fc2'));
  return b.build();
}
