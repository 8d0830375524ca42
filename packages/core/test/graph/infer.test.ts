import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  annotate,
  GraphBuilder,
  inferShapes,
  loadModel,
  type Annotations,
  type InferredShapes,
  type Model,
} from '@tfjs-optimize/core';
import { needShared } from '@tfjs-optimize/testing';
import { addCase, type OpCase } from './op-case.js';
import { OP_CASES } from './op-cases.js';
import { eachSharedModel, sampleInputs, sampleShapes } from './shared-models.js';

/** Fails where a run showed something else than was inferred; counts what was left open. */
function expectAgreement(inferred: InferredShapes, run: Annotations): { open: number; all: number } {
  let open = 0;
  for (const [value, { shape, dtype }] of run) {
    const found = inferred.type(value);
    const sizes = found.shape?.map((size, i) => (size < 0 ? shape[i] : size));
    if (found.shape !== undefined) expect(sizes, value).to.deep.equal([...shape]);
    if (found.dtype !== undefined) expect(found.dtype, value).to.equal(dtype);
    if (found.shape === undefined || found.dtype === undefined || found.shape.includes(-1)) open++;
  }
  return { open, all: run.size };
}

/** Ones: they are valid indices, conditions and divisors. */
async function runOnOnes(model: Model, made: OpCase): Promise<Annotations> {
  const inputs = made.inputs.map(({ shape, dtype }) => tf.ones([...shape], dtype ?? 'float32'));
  try {
    return await annotate(model, inputs);
  } finally {
    tf.dispose(inputs);
    model.dispose();
  }
}

function build(made: OpCase, hide?: (size: number) => number): Model {
  const b = new GraphBuilder();
  const node = addCase(b, made, hide);
  for (let i = 0; i < (made.outputs ?? 1); i++) b.output(b.out(node, i));
  return b.build();
}

/** Stock TensorFlow.js fails on some empty slices; which sizes are 0 shows where all are known. */
function isEmpty(made: OpCase): boolean {
  const { graph, weights } = build(made);
  return inferShapes(graph, weights).shape('node')?.includes(0) === true;
}

/** Cases a family is tried on; set it to thousands to look for rare ones. */
const RUNS = Number(process.env['TFJS_OPTIMIZE_RUNS'] ?? 60);

describe('inferShapes', () => {
  before(() => tf.setBackend('cpu'));

  for (const [family, cases] of Object.entries(OP_CASES)) {
    it(`finds what a run shows: ${family} (property)`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (made) => {
          fc.pre(!isEmpty(made));
          const model = build(made);
          const inferred = inferShapes(model.graph, model.weights);
          expect(inferred.contradictions).to.deep.equal([]);
          const { open } = expectAgreement(inferred, await runOnOnes(model, made));
          expect(open, 'values whose shape was left open').to.equal(0);
        }),
        { numRuns: RUNS },
      );
    });

    it(`contradicts no run where sizes are unknown: ${family} (property)`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, fc.infiniteStream(fc.boolean()), async (made, hides) => {
          fc.pre(!isEmpty(made));
          const model = build(made, (size) => (hides.next().value === true ? -1 : size));
          const inferred = inferShapes(model.graph, model.weights);
          expect(inferred.contradictions).to.deep.equal([]);
          expectAgreement(inferred, await runOnOnes(model, made));
        }),
        { numRuns: RUNS / 2 },
      );
    });
  }

  it('follows shapes that the graph computes, unknown batch included', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4, 6]);
    const shape = b.op('Shape', [x]);
    const cut = { shrink_axis_mask: 1 };
    const batch = b.op('StridedSlice', [shape, b.ints([0]), b.ints([1]), b.ints([1])], cut);
    const height = b.op('StridedSlice', [shape, b.ints([1]), b.ints([2]), b.ints([1])], cut);
    const doubled = b.op('Mul', [height, b.ints(2)]);
    const target = b.op('Pack', [batch, doubled, b.ints(3)]);
    const y = b.op('Reshape', [x, target], {}, 'y');
    const flat = b.op('Reshape', [x, b.op('Pack', [batch, b.ints(-1)])], {}, 'flat');
    const { graph, weights } = b.output(y).output(flat).build();
    const found = inferShapes(graph, weights);
    expect(found.shape('y')).to.deep.equal([-1, 8, 3]);
    expect(found.type(target).values).to.deep.equal([undefined, 8, 3]);
    expect(found.shape('flat')).to.deep.equal([-1, -1]);
    const given = inferShapes(graph, weights, new Map([['x', [5, 4, 6]]]));
    expect([given.shape('y'), given.shape('flat')]).to.deep.equal([
      [5, 8, 3],
      [5, 24],
    ]);
  });

  it('finds the shape of a loop variable that keeps it, and leaves open what a loop changes', () => {
    const b = new GraphBuilder();
    const enter = (value: string, name: string): string =>
      b.op('Enter', [value], { frame_name: 'loop' }, name);
    const kept = b.op('Merge', [enter(b.input('a', [2, 3]), 'enterA'), 'nextA'], {}, 'mergeA');
    b.op('NextIteration', [b.op('Relu', [kept], {}, 'bodyA')], {}, 'nextA');
    const grown = b.op('Merge', [enter(b.input('b', [2, 3]), 'enterB'), 'nextB'], {}, 'mergeB');
    const body = b.op('ConcatV2', [grown, grown, b.ints(1)], { N: 2 }, 'bodyB');
    b.op('NextIteration', [body], {}, 'nextB');
    const { graph, weights } = b.output('bodyA').output('bodyB').build();
    const found = inferShapes(graph, weights);
    expect(found.shape('bodyA')).to.deep.equal([2, 3]);
    expect(found.shape('mergeB')).to.deep.equal([2, -1]);
    expect(found.dtype('bodyB')).to.equal('float32');
  });

  it('names nodes whose inputs do not fit, and goes on', () => {
    const b = new GraphBuilder();
    const sum = b.op('Add', [b.input('a', [2, 3]), b.input('b', [2, 4])], {}, 'sum');
    const { graph, weights } = b.output(b.op('Relu', [sum], {}, 'y')).build();
    const found = inferShapes(graph, weights);
    expect(found.contradictions.map(({ subject }) => subject)).to.deep.equal(['sum']);
    expect(found.shape('y')).to.equal(undefined);
  });

  it('knows nothing of unknown ops and of what follows them', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const { graph, weights } = b.output(b.op('Relu', [b.op('MyOp', [x], {}, 'mine')], {}, 'y')).build();
    const found = inferShapes(graph, weights);
    expect([found.shape('mine'), found.shape('y'), found.dtype('y')]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    expect(found.contradictions).to.deep.equal([]);
  });
});

describe('inferShapes and annotate on real models', () => {
  before(async function () {
    needShared(this, 'data', 'models');
    await tf.setBackend('cpu');
  });

  eachSharedModel((name, file) => {
    it(`agree on every value of ${name}`, async () => {
      const model = await loadModel(file);
      const shapes = sampleShapes(model, name);
      const before = tf.memory().numTensors;
      const inputs = sampleInputs(model, shapes);
      const run = await annotate(model, inputs);
      tf.dispose(inputs);
      model.dispose();
      expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
      const fixed = expectAgreement(inferShapes(model.graph, model.weights, shapes), run);
      expectAgreement(inferShapes(model.graph, model.weights), run);
      // The detector's tail depends on how many boxes it finds.
      if (!name.startsWith('handtrack')) expect(fixed.open).to.equal(0);
      for (const node of model.graph) expect(run.has(node.name), `${node.name} was run`).to.equal(true);
    }).timeout(60_000);
  });
});
