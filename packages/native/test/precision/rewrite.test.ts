import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Model } from '@tfjs-optimize/core';
import { planOf, type PrecisionOptions } from '../../src/precision/plan.js';
import { StoredWeights } from '../../src/precision/stored-weights.js';
import { writeGraph } from '../../src/saved-model/graph.js';
import type { TfNode } from '../../src/saved-model/ops/graph-writer.js';
import { Variables } from '../../src/saved-model/variables.js';
import { modelOf, product } from './models.js';

/** Nodes by name, and the graph's own count of its casts. */
async function written(
  model: Model,
  options: PrecisionOptions,
  inVariables = false,
): Promise<{ nodes: ReadonlyMap<string, TfNode>; casts: number }> {
  const stored = new StoredWeights(model, await planOf(model, options));
  const variables = inVariables ? new Variables(model, stored, 'all') : undefined;
  const { nodes, casts } = writeGraph(model, stored, variables);
  return { nodes: new Map(nodes.map((node) => [node.name, node])), casts };
}

const castsOf = (nodes: ReadonlyMap<string, TfNode>): string[] =>
  [...nodes.values()]
    .filter(({ op }) => op === 'Cast')
    .map(({ name, inputs }) => `${inputs.join()} -> ${name}`);

/** Two products of one input, and their sum. */
const twice = (): Model =>
  modelOf((b, x) =>
    b.op('AddV2', [product(b, x, [16, 16], 'left'), product(b, x, [16, 16], 'right')], {}, 'sum'),
  );

describe('casts of graphs in 16 bits', () => {
  before(() => tf.setBackend('cpu'));

  it('stand where a value goes from one precision to the other, one for all who read it so', async () => {
    const { nodes, casts } = await written(twice(), { precision: 'float16' });
    expect(castsOf(nodes)).to.deep.equal([
      'x -> x/to_half',
      'left -> left/to_float',
      'right -> right/to_float',
    ]);
    expect(casts).to.equal(3);
    for (const side of ['left', 'right']) {
      expect(nodes.get(side)?.inputs).to.deep.equal(['x/to_half', `${side}/w`]);
      expect(nodes.get(side)?.attrs['T']).to.deep.equal({ kind: 'type', value: 'half' });
    }
    expect(nodes.get('sum')?.inputs).to.deep.equal(['left/to_float', 'right/to_float']);
  });

  it('do not stand between weights and nodes of 16 bits, as constants or as variables', async () => {
    const constants = await written(twice(), { precision: 'bfloat16' });
    expect(constants.nodes.get('left/w')?.attrs['dtype']).to.deep.equal({ kind: 'type', value: 'bfloat16' });
    const variables = await written(twice(), { precision: 'bfloat16' }, true);
    expect(castsOf(variables.nodes)).to.deep.equal(castsOf(constants.nodes));
    const read = variables.nodes.get(variables.nodes.get('left')?.inputs[1] ?? '');
    expect([read?.op, read?.attrs['dtype']?.value]).to.deep.equal(['ReadVariableOp', 'bfloat16']);
  });

  it('stand behind weights that nodes of both precisions read', async () => {
    const model = modelOf((b, x) => {
      const first = product(b, x, [16, 16], 'first');
      return b.op('Softmax', [b.op('AddV2', [first, 'first/w'], {}, 'sum')]);
    });
    const { nodes, casts } = await written(model, { precision: 'float16' });
    expect(nodes.get('first')?.inputs[1]).to.equal('first/w');
    expect(nodes.get('sum')?.inputs).to.deep.equal(['first/to_float', 'first/w/to_float']);
    expect(casts).to.equal(2);
  });

  it('of stored variables stand where they are restored, and of nothing else', async () => {
    const { nodes, casts } = await written(twice(), { precision: 'float16-storage' }, true);
    expect(casts).to.equal(0);
    const all = castsOf(nodes);
    expect(all.filter((cast) => cast.startsWith('save/'))).to.have.length(2);
    // And where they are saved again.
    expect(all.filter((cast) => cast.includes('/Read/'))).to.have.length(2);
    expect(all).to.have.length(4);
  });

  it('leave outputs that are read on as they are', async () => {
    const model = modelOf((b, x) => {
      const first = product(b, x, [16, 16], 'first');
      b.output(first, 'inner');
      return product(b, first, [16, 4], 'second');
    });
    const stored = new StoredWeights(model, await planOf(model, { precision: 'float16' }));
    const { outputs } = writeGraph(model, stored);
    expect(outputs.map(({ value, type }) => [value, type])).to.deep.equal([
      ['first/to_float', 'float'],
      ['second/to_float', 'float'],
    ]);
  });
});
