import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  attr,
  Graph,
  GraphBuilder,
  modelDigest,
  nodeHashes,
  structuralHash,
  Weight,
  weightHash,
  type Model,
  type Node,
} from '@tfjs-optimize/core';
import { Digest } from '../../src/graph/digest.js';

/** Two branches over one input, joined; names, order of nodes and of the sum's inputs vary. */
function net(
  options: { prefix?: string; swap?: boolean; factor?: number; axis?: number } = {},
): Model<'float'> {
  const { prefix = '', swap = false, factor = 2, axis = 1 } = options;
  const b = new GraphBuilder();
  const x = b.input(`${prefix}x`, [-1, 4]);
  const scale = (): string => b.op('Mul', [x, b.constant(`${prefix}k`, [factor])], {}, `${prefix}scale`);
  const relu = (): string => b.op('Relu', [x], { T: 'float32', _hint: 'a' }, `${prefix}relu`);
  const [first, second] = swap ? [relu(), scale()] : [scale(), relu()];
  const sum = b.op('AddV2', [first, second], {}, `${prefix}sum`);
  return b.output(b.op('Pack', [sum, x], { axis }, `${prefix}y`)).build();
}

const hash = (model: Model): string => structuralHash(model.graph, { weights: model.weights });

describe('structuralHash', () => {
  it('does not see names, order of nodes, order of summands and hints', () => {
    const wanted = hash(net());
    expect(wanted).to.match(/^[0-9a-f]{32}$/);
    expect(hash(net({ prefix: 'other/' }))).to.equal(wanted);
    expect(hash(net({ swap: true }))).to.equal(wanted);
  });

  it('sees attributes, weights, inputs and outputs', () => {
    const model = net();
    const { graph } = model;
    const hashes = [
      hash(model),
      hash(net({ axis: 0 })),
      hash(net({ factor: 3 })),
      structuralHash(new Graph(graph, graph.inputs, ['sum'])),
      structuralHash(new Graph(graph, graph.inputs, ['y', 'sum'])),
      structuralHash(new Graph(graph, graph.inputs, ['sum', 'y'])),
    ];
    expect(new Set(hashes).size).to.equal(hashes.length);
    expect(structuralHash(graph)).to.equal(structuralHash(net({ factor: 3 }).graph));
  });

  it('does not see dead nodes and defaults that are spelled out', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    b.op('Tanh', [x], {}, 'dead');
    const { graph } = b.output(b.op('LeakyRelu', [x], { alpha: 0.2 }, 'y')).build();
    const c = new GraphBuilder();
    const z = c.input('z', [2]);
    expect(structuralHash(graph)).to.equal(structuralHash(c.output(c.op('LeakyRelu', [z], {}, 'y')).graph()));
  });

  it('tells a difference from its order, and inputs from each other', () => {
    const make = (order: readonly string[]): string => {
      const b = new GraphBuilder();
      b.input('a', [2]);
      b.input('b', [2]);
      return structuralHash(b.output(b.op('Sub', order)).graph());
    };
    expect(make(['a', 'b'])).not.to.equal(make(['b', 'a']));
    expect(make(['a', 'a'])).not.to.equal(make(['a', 'b']));
  });

  it('sees what comes round a loop', () => {
    const loop = (body: string, swap: boolean): string => {
      const b = new GraphBuilder();
      const enter = (name: string): string => b.op('Enter', [b.input(name, [2])], { frame_name: 'f' });
      const ends = swap ? ['nextB', 'nextA'] : ['nextA', 'nextB'];
      const first = b.op('Merge', [enter('a'), ends[0] ?? ''], {}, 'mergeA');
      const second = b.op('Merge', [enter('b'), ends[1] ?? ''], {}, 'mergeB');
      b.op('NextIteration', [b.op(body, [first])], {}, 'nextA');
      b.op('NextIteration', [b.op('Tanh', [second])], {}, 'nextB');
      return structuralHash(
        b
          .output(b.op('Exit', [first]))
          .output(b.op('Exit', [second]))
          .graph(),
      );
    };
    const hashes = [loop('Relu', false), loop('Elu', false), loop('Relu', true)];
    expect(new Set(hashes).size).to.equal(3);
  });

  it('is the same for any order of nodes and any names (property)', () => {
    const ops = fc.array(fc.tuple(fc.constantFrom('Relu', 'Tanh', 'Add', 'Sub'), fc.nat(), fc.nat()), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(ops, fc.infiniteStream(fc.nat()), (made, random) => {
        const b = new GraphBuilder();
        const values = [b.input('x', [3]), b.constant('k', [1, 2, 3])];
        for (const [op, i, j] of made) {
          const [first, second] = [values[i % values.length] ?? 'x', values[j % values.length] ?? 'x'];
          values.push(b.op(op, op === 'Relu' || op === 'Tanh' ? [first] : [first, second]));
        }
        const { graph, weights } = b.output(values.at(-1) ?? 'x').build();
        const renamed = (name: string): string =>
          `${(Math.imul(name.length + 7, 31) >>> 0).toString(36)}/${name}`;
        const nodes = [...graph].map((node): Node => ({
          ...node,
          name: renamed(node.name),
          inputs: node.inputs.map(renamed),
        }));
        const keys = new Map(nodes.map((node) => [node, random.next().value]));
        nodes.sort((one, two) => (keys.get(one) ?? 0) - (keys.get(two) ?? 0));
        const other = new Graph(nodes, graph.inputs.map(renamed), graph.outputs.map(renamed));
        const otherWeights = weights.with(
          new Map([
            ['k', undefined],
            [renamed('k'), weights.need('k')],
          ]),
        );
        expect(structuralHash(other, { weights: otherWeights })).to.equal(structuralHash(graph, { weights }));
      }),
    );
  });
});

describe('nodeHashes', () => {
  it('are equal for equal values and distinct for random and stateful ones', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const k1 = b.constant('k1', [1, 2]);
    const k2 = b.constant('k2', [1, 2]);
    b.op('Mul', [x, k1], {}, 'a');
    b.op('Mul', [k2, x], {}, 'b');
    b.op('RandomUniform', [b.ints([2])], {}, 'r1');
    b.op('RandomUniform', [b.ints([2])], {}, 'r2');
    b.op('Relu', ['r1'], {}, 's1');
    b.op('Relu', ['r2'], {}, 's2');
    const { graph, weights } = b.output('a').build();
    const hashes = nodeHashes(graph, weights);
    expect(hashes.get('k1')).to.equal(hashes.get('k2'));
    expect(hashes.get('a')).to.equal(hashes.get('b'));
    expect(hashes.get('r1')).not.to.equal(hashes.get('r2'));
    expect(hashes.get('s1')).not.to.equal(hashes.get('s2'));
  });

  it('of weights see type, shape and encoding', () => {
    const bytes = new Uint8Array(8);
    const affine = { kind: 'affine', dtype: 'uint8', scale: 1, min: 0 } as const;
    const hashes = [
      Weight.stored('float32', [2], { kind: 'plain' }, bytes),
      Weight.stored('int32', [2], { kind: 'plain' }, bytes),
      Weight.stored('float32', [1, 2], { kind: 'plain' }, bytes),
      Weight.stored('float32', [8], affine, bytes),
      Weight.stored('float32', [8], { ...affine, scale: 2 }, bytes),
      Weight.stored('float32', [4], { kind: 'float16' }, bytes),
    ].map(weightHash);
    expect(new Set(hashes).size).to.equal(hashes.length);
  });
});

describe('modelDigest', () => {
  it('sees all that is saved, names included', () => {
    const model = net();
    const [node] = [...model.graph].slice(-1);
    if (node === undefined) throw new Error('internal: no node');
    const changed = { ...node, attrs: { axis: attr.int(0) } };
    const nodes = [...model.graph].map((each) => (each.name === node.name ? changed : each));
    const digests = [
      model,
      net({ prefix: 'p' }),
      net({ factor: 3 }),
      model.with({ graph: new Graph(nodes, model.graph.inputs, model.graph.outputs) }),
      model.with({ extras: { userDefinedMetadata: { author: 'me' } } }),
    ].map(modelDigest);
    expect(new Set(digests).size).to.equal(digests.length);
    expect(modelDigest(net())).to.equal(modelDigest(model));
  });
});

describe('Digest', () => {
  it('tells apart texts, their borders, lengths and every single bit (property)', () => {
    expect(new Digest().text('ab').text('c').hex()).not.to.equal(new Digest().text('a').text('bc').hex());
    expect(new Digest().bytes(new Uint8Array(3)).hex()).not.to.equal(
      new Digest().bytes(new Uint8Array(4)).hex(),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.nat(), (bytes, at) => {
        const flipped = bytes.slice();
        const index = Math.floor(at / 8) % bytes.length;
        flipped[index] = (flipped[index] ?? 0) ^ (1 << (at % 8));
        const [one, two] = [new Digest().bytes(bytes).hex(), new Digest().bytes(flipped).hex()];
        expect(one).not.to.equal(two);
        expect(new Digest().bytes(bytes).hex()).to.equal(one);
      }),
    );
  });

  it('does not depend on where bytes lie in memory', () => {
    const bytes = Uint8Array.from({ length: 45 }, (_, i) => i * 7);
    const shifted = new Uint8Array(64);
    shifted.set(bytes, 3);
    expect(new Digest().bytes(shifted.subarray(3, 48)).hex()).to.equal(new Digest().bytes(bytes).hex());
  });

  it('spreads small differences over all bits: among 100 000 numbers no two halves are alike', () => {
    const halves = new Set<string>();
    for (let i = 0; i < 100_000; i++) halves.add(new Digest().number(i).hex().slice(0, 16));
    // 64 bits: the chance of any collision among 1e5 is 1e10 / 2^65 = 3e-10.
    expect(halves.size).to.equal(100_000);
  });
});
