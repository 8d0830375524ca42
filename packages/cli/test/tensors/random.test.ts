import { expect } from 'chai';
import { Graph, makeNode, Model, Weights, type DType } from '@tfjs-optimize/core';
import { INT8_PORTS_KEY } from '@tfjs-optimize/quantization';
import { expectCode } from '@tfjs-optimize/testing';
import { assumedSizes, drawnFrom, randomInputs } from '../../src/tensors/random.js';

function modelWith(
  inputs: readonly { key: string; dtype: DType; shape?: readonly number[] | undefined }[],
): Model {
  const nodes = inputs.map(({ key }) => makeNode({ name: key, op: 'Placeholder' }));
  const ports = inputs.map(({ key, dtype, shape }) => ({ key, value: key, dtype, shape }));
  const graph = new Graph(
    nodes,
    inputs.map(({ key }) => key),
    [],
  );
  return new Model({
    graph,
    weights: new Weights(),
    signature: { inputs: ports, outputs: [] },
    stage: 'float',
  });
}

const options = { seed: 7, batch: 2, shapes: new Map<string, readonly number[]>() };
const untold = { seed: 7, shapes: options.shapes };

describe('randomInputs', () => {
  it('fills the open batch and is the same for a seed', () => {
    const model = modelWith([{ key: 'x', dtype: 'float32', shape: [-1, 3] }]);
    const x = randomInputs(model, options).get('x');
    expect(x?.shape).to.deep.equal([2, 3]);
    expect(randomInputs(model, options).get('x')).to.deep.equal(x);
    expect(randomInputs(model, { ...options, seed: 8 }).get('x')?.values).not.to.deep.equal(x?.values);
  });

  it('keeps floats in the range asked for and integers small enough for every table', () => {
    const model = modelWith([
      { key: 'x', dtype: 'float32', shape: [500] },
      { key: 'tokens', dtype: 'int32', shape: [500] },
      { key: 'flags', dtype: 'bool', shape: [500] },
    ]);
    const inputs = randomInputs(model, { ...untold, range: [2, 5] });
    const numbers = (key: string): number[] => [...(inputs.get(key)?.values ?? [])].map(Number);
    expect(Math.min(...numbers('x'))).to.be.within(2, 2.1);
    expect(Math.max(...numbers('x'))).to.be.within(4.9, 5);
    expect(new Set(numbers('tokens'))).to.deep.equal(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(new Set(numbers('flags'))).to.deep.equal(new Set([0, 1]));
  });

  it('fills in sizes that the model leaves open, and takes those that it is told', () => {
    const shapeOf = (shape: readonly number[], told?: readonly number[]) =>
      randomInputs(modelWith([{ key: 'x', dtype: 'float32', shape }]), {
        ...options,
        shapes: new Map(told === undefined ? [] : [['x', told]]),
      }).get('x')?.shape;
    expect(shapeOf([-1, -1, -1, 3]), 'an image').to.deep.equal([2, 224, 224, 3]);
    expect(shapeOf([-1, -1, 64]), 'a sequence').to.deep.equal([2, 16, 64]);
    expect(shapeOf([-1, -1, 64], [2, 5, 64])).to.deep.equal([2, 5, 64]);
    expect(() => shapeOf([-1, -1, 64], [1, 5, 64]), 'two batch sizes').to.throw('--batch 2');
  });

  it('draws pixels for images of integers, and says what it draws', () => {
    const model = modelWith([
      { key: 'photo', dtype: 'int32', shape: [1, 30, 30, 3] },
      { key: 'tokens', dtype: 'int32', shape: [1, 5] },
      { key: 'x', dtype: 'float32', shape: [1] },
      { key: 'y', dtype: 'float32', shape: [1] },
    ]);
    const pixels = [...(randomInputs(model, untold).get('photo')?.values ?? [])].map(Number);
    // 2700 draws: each of the 256 values is missed with probability (255/256)^2700 < 3e-5.
    expect(Math.min(...pixels)).to.equal(0);
    expect(Math.max(...pixels)).to.equal(255);
    expect(drawnFrom(model, { range: [0, 1] })).to.deep.equal([
      'integers from 0 to 255 as pixels',
      'integers from 0 to 9, which every table of tokens or classes has',
      'floats in [0, 1)',
    ]);
  });

  it('draws int8 values where the model takes them', () => {
    const plain = modelWith([
      { key: 'photo', dtype: 'int32', shape: [1, 30, 30, 3] },
      { key: 'tokens', dtype: 'int32', shape: [1, 5] },
    ]);
    const ports = { inputs: { photo: { scale: 0.5, zeroPoint: 0 } }, outputs: {} };
    const model = plain.with({ extras: { userDefinedMetadata: { [INT8_PORTS_KEY]: ports } } });
    const values = [...(randomInputs(model, untold).get('photo')?.values ?? [])].map(Number);
    // As above: each of the 256 values is missed with probability below 3e-5.
    expect([Math.min(...values), Math.max(...values)]).to.deep.equal([-128, 127]);
    expect(drawnFrom(model, {})).to.deep.equal([
      'integers from -128 to 127 as int8 values',
      'integers from 0 to 9, which every table of tokens or classes has',
    ]);
  });

  it('says which sizes were assumed, and how to give them', () => {
    const { inputs } = modelWith([
      { key: 'photo', dtype: 'float32', shape: [-1, -1, -1, 3] },
      { key: 'tokens', dtype: 'int32', shape: [-1, -1] },
      { key: 'mask', dtype: 'float32', shape: [-1, 4] },
    ]).signature;
    const photo =
      'size 224, as images often have, for the open axes 1 and 2 of photo; --shape photo=1,224,224,3 sets it';
    const tokens = 'size 16, as a guess, for the open axis 1 of tokens; --shape tokens=1,16 sets it';
    expect(assumedSizes(inputs, untold)).to.deep.equal(['batch size 1; --batch sets it', photo, tokens]);
    const shapes = new Map([['photo', [5, 64, 64, 3]]]);
    expect(assumedSizes(inputs, { seed: 7, batch: 5, shapes })).to.deep.equal([
      tokens.replace('1,16', '5,16'),
    ]);
    expect(assumedSizes(inputs.slice(2), { ...untold, batch: 1 })).to.deep.equal([]);
  });

  it('refuses a batch size that no input can have', async () => {
    const model = modelWith([{ key: 'x', dtype: 'float32', shape: [1, -1, 3] }]);
    const error = await expectCode('argument/invalid', () => randomInputs(model, { ...untold, batch: 3 }));
    expect(error.message).to.include('--batch 3').and.include('x [1, ?, 3]');
    expect(randomInputs(model, { ...untold, batch: 1 }).get('x')?.shape).to.deep.equal([1, 16, 3]);
  });

  it('asks for a shape where the file does not tell the rank', async () => {
    const error = await expectCode('argument/missing', () =>
      randomInputs(modelWith([{ key: 'x', dtype: 'float32' }]), untold),
    );
    expect(error.message).to.include('--shape x=1,8');
  });

  it('asks for values where random ones make no sense', async () => {
    await expectCode('argument/missing', () =>
      randomInputs(modelWith([{ key: 's', dtype: 'string', shape: [1] }]), untold),
    );
  });

  it('refuses a shape for an input that does not exist', async () => {
    const model = modelWith([{ key: 'x', dtype: 'float32', shape: [1] }]);
    await expectCode('argument/invalid', () =>
      randomInputs(model, { ...options, shapes: new Map([['y', [1]]]) }),
    );
  });
});
