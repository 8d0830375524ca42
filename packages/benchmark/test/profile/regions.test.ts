import * as tf from '@tensorflow/tfjs';
import { loadModel, type Model } from '@tfjs-optimize/core';
import { quantizeDynamic, quantizeStatic } from '@tfjs-optimize/quantization';
import { expectNoLeak, nets } from '@tfjs-optimize/testing';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import { expect } from 'chai';
import * as v from 'valibot';
import { costByLayer } from '../../src/cost/index.js';
import { planOfCall } from '../../src/profile/attribution.js';
import { watchKernels } from '../../src/profile/kernels.js';
import { profile } from '../../src/profile/index.js';
import { layerTimes } from '../../src/profile/layer-times.js';
import { PROFILE } from '../../src/record/profile.js';

const QUICK = { calls: 3, warmUpMs: 0 };

/** Kernels of a plain call. */
function kernelsOf(model: Model, x: tf.Tensor): string[] {
  const seen: string[] = [];
  const unwatch = watchKernels(({ kernel }) => seen.push(kernel));
  tf.dispose(model.run(x));
  unwatch();
  return seen;
}

describe('profile of an int8 model on the kernels for wasm', () => {
  let image: tf.Tensor;
  let float: Model<'float'>;
  before(async () => {
    await tf.setBackend('wasm');
    expect(integerForm(), 'kernels').not.to.equal(undefined);
    const layers = nets.lenet({ seed: 1 });
    float = await loadModel(layers);
    layers.dispose();
    image = nets.uniformTensor([8, 28, 28, 1], 1);
  });
  after(async () => {
    image.dispose();
    float.dispose();
    await tf.setBackend('cpu');
  });

  it('has what runs as one as one node, which names its members, and their layers together', async () => {
    const { model } = await quantizeStatic(float, { data: image });
    const found = await profile(model, image, QUICK);
    expect(v.is(PROFILE, found)).to.equal(true);
    const own = [...model.graph].filter(({ op }) => op.startsWith('@tfjs-optimize/')).map(({ name }) => name);
    const [region, ...others] = found.nodes.filter(({ members }) => members !== undefined);
    expect(others).to.deep.equal([]);
    expect(region?.members).to.include.members(own);
    expect(region?.members?.every((name) => model.graph.has(name))).to.equal(true);
    const [first, last] = [region?.members?.[0] ?? '', region?.members?.at(-1) ?? ''];
    expect(region?.name).to.equal(`${region?.members?.length ?? 0} ops as one, ${first} to ${last}`);
    expect(region?.op).to.equal('int8 region');
    expect(region?.layer).to.match(/^\d layers, \S+ to \S+$/);
    expect(region?.kernels).to.deep.equal(['@tfjs-optimize/wasm.Region', 'Identity']);
    expect(region?.kernelMs).to.be.above(0);
    const told = found.nodes.flatMap(({ name, members = [name] }) => members);
    expect(new Set(told).size, 'no node has time twice').to.equal(told.length);
    for (const groups of [found.nodes, found.ops, found.layers]) {
      expect(groups.reduce((sum, { ms }) => sum + ms, 0)).to.be.closeTo(found.sumMs, 1e-9);
    }
    expect(found.sumMs).to.be.at.most(found.profiledMs);
    // Of a layer that the region has a part of, the time of the rest is not that of the layer.
    const cost = await costByLayer(model, image);
    const times = layerTimes(cost, found);
    const mixed = cost.nodes.filter(({ name }) => region?.members?.includes(name)).map(({ layer }) => layer);
    expect(mixed).not.to.deep.equal([]);
    expect(times).not.to.have.any.keys(...mixed);
    await expectNoLeak(() => planOfCall(model, image));
    model.dispose();
  });

  it('gives a dynamic op, which holds its weights but runs alone, its own name, op and layer', async () => {
    const { model } = await quantizeDynamic(float);
    const dynamic = [...model.graph].filter(({ op }) => op.includes('Dynamic'));
    expect(dynamic.length).to.be.above(1);
    const { nodes } = await profile(model, image, QUICK);
    for (const { name, op } of dynamic) {
      const node = nodes.find((each) => each.name === name);
      expect(node).to.include({ op });
      expect(node).not.to.have.property('members');
      expect(node?.kernels).to.deep.equal(['@tfjs-optimize/wasm.Region', 'Identity']);
    }
    model.dispose();
  });

  it('knows the kernels of a plain call, in their order', async () => {
    for (const { model } of [await quantizeStatic(float, { data: image }), await quantizeDynamic(float)]) {
      const { kernels } = await planOfCall(model, image);
      expect(kernelsOf(model, image)).to.deep.equal(kernels.map(({ kernel }) => kernel));
      model.dispose();
    }
  });

  it('has every op alone where it runs alone', async () => {
    const { model } = await quantizeStatic(float, { data: image });
    await tf.setBackend('cpu');
    const one = nets.uniformTensor([1, 28, 28, 1], 1);
    const { nodes } = await profile(model, one, { ...QUICK, calls: 1 });
    expect(nodes.some(({ op }) => op === '@tfjs-optimize/runtime.Quantize')).to.equal(true);
    expect(nodes.every(({ members }) => members === undefined)).to.equal(true);
    one.dispose();
    model.dispose();
    await tf.setBackend('wasm');
  });
});
