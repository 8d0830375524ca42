import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { Region } from '../../src/integer/plan/region.js';
import type { Instruction, ProgramOp } from '../../src/integer/plan/program.js';
import { useEngine } from '../support/tester.js';
import { Draws, engineInUse } from '../support/integers.js';

/** Runs an op that moves values by itself: what comes and goes are int32 tensors. */
function moved(op: ProgramOp, attrs: object, tensors: readonly tf.Tensor[]): tf.Tensor | undefined {
  const count = tensors.length;
  const instructions: Instruction[] = tensors.map((_, i) => ({
    op: 'Narrow',
    attrs: {},
    inputs: [i],
    constants: {},
  }));
  instructions.push({ op, attrs, inputs: tensors.map((_, i) => count + i), constants: {} });
  instructions.push({ op: 'Spread', attrs: {}, inputs: [2 * count], constants: {} });
  const region = new Region({ inputs: count, instructions, outputs: [2 * count + 1] });
  try {
    const [result] = region.run(engineInUse(), tensors) ?? [];
    return result && tf.engine().makeTensorFromTensorInfo(result);
  } finally {
    region.release();
  }
}

function expectSame(op: ProgramOp, attrs: object, tensors: readonly tf.Tensor[], wanted: tf.Tensor): void {
  const got = moved(op, attrs, tensors);
  expect(got?.shape, `${op} ${JSON.stringify(attrs)}`).to.deep.equal(wanted.shape);
  expect([...(got?.dataSync() ?? [])], `${op} ${JSON.stringify(attrs)}`).to.deep.equal([
    ...wanted.dataSync(),
  ]);
  tf.dispose([got, wanted, ...tensors]);
}

const draws = new Draws(1);
const values = (...shape: number[]): tf.Tensor => tf.tensor([...draws.values(shape).data], shape, 'int32');

describe('moves of bytes', () => {
  before(useEngine);

  it('Concat: along every axis, runs below, at and above a vector', () => {
    for (const [axis, shapes] of [
      [0, [[5], [1], [40]]],
      [
        -1,
        [
          [2, 3, 15],
          [2, 3, 16],
          [2, 3, 100],
        ],
      ],
      [
        1,
        [
          [2, 1, 7],
          [2, 4, 7],
        ],
      ],
      [
        0,
        [
          [1, 3, 3],
          [2, 3, 3],
        ],
      ],
      [
        2,
        [
          [2, 2, 0],
          [2, 2, 3],
        ],
      ],
    ] as const) {
      const parts = shapes.map((shape) => values(...shape));
      expectSame('Concat', { axis }, parts, tf.concat(parts, axis));
    }
  });

  it('Pad: around every axis, by any value', () => {
    for (const [shape, paddings] of [
      [[5], [[2, 3]]],
      [
        [2, 4, 5, 17],
        [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 0],
        ],
      ],
      [
        [2, 3],
        [
          [1, 0],
          [0, 4],
        ],
      ],
      [
        [3, 3],
        [
          [0, 0],
          [0, 0],
        ],
      ],
    ] as [number[], [number, number][]][]) {
      for (const zero of [-128, -3, 127]) {
        const x = values(...shape);
        expectSame('Pad', { paddings, zero }, [x], tf.pad(x, paddings, zero));
      }
    }
  });

  it('Transpose: every order of axes', () => {
    const orders = (rest: number[]): number[][] =>
      rest.length === 0
        ? [[]]
        : rest.flatMap((axis) => orders(rest.filter((x) => x !== axis)).map((tail) => [axis, ...tail]));
    for (const perm of orders([0, 1, 2, 3])) {
      const x = values(2, 3, 5, 17);
      expectSame('Transpose', { perm }, [x], tf.transpose(x, perm));
    }
    const long = values(3, 4, 70);
    expectSame('Transpose', { perm: [1, 0, 2] }, [long], tf.transpose(long, [1, 0, 2]));
  });

  it('Slice: parts of every axis', () => {
    for (const [shape, begin, size] of [
      [[9], [2], [5]],
      [
        [3, 4, 20],
        [1, 0, 3],
        [2, 4, -1],
      ],
      [
        [3, 4, 20],
        [0, 1, 0],
        [3, 2, 20],
      ],
      [
        [2, 2],
        [1, 1],
        [0, 1],
      ],
    ] as [number[], number[], number[]][]) {
      const x = values(...shape);
      expectSame('Slice', { begin, size }, [x], tf.slice(x, begin, size));
    }
  });

  it('leave to others what they are not made for', () => {
    const x = values(2, 3);
    for (const [op, attrs] of [
      ['Pad', { paddings: [[0, 0]], zero: 0 }],
      [
        'Pad',
        {
          paddings: [
            [0, 0],
            [0, 0],
          ],
          zero: 200,
        },
      ],
      ['Transpose', { perm: [0, 0] }],
      ['Slice', { begin: [0, 2], size: [1, 2] }],
      ['Concat', { axis: 2 }],
    ] as [ProgramOp, object][])
      expect(moved(op, attrs, [x]), op).to.equal(undefined);
    x.dispose();
  });
});
