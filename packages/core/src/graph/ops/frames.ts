import { getAttr, type Node } from '../node.js';
import { atRunTime, one, partialRule, passed, staticRule } from '../shapes/basic.js';
import { ANY } from './dims.js';
import type { FrameOp } from './names.js';
import type { OpFamily, TensorType } from './row.js';
import { ignored, need, never, noWork, opt, rest, tensor, workAtRunTime } from './spec.js';
import type { OpView } from './view.js';

/* Control flow: frames of while loops (TensorFlow 1) and calls of functions (TensorFlow 2). */

const steering = {
  category: 'control flow',
  outputs: 1,
  attrs: {},
  traits: ['control', 'async'],
  work: noWork,
  fold: never('steers which nodes run'),
} as const;

/** In a loop a value may have another shape at each turn; only the type is sure. */
const merged = partialRule('that of the inputs where they agree', 'in loops', (view) => [mergedType(view)]);

function mergedType(view: OpView): TensorType {
  const dtype = view.inputs.find((input) => input.dtype !== undefined)?.dtype;
  const shapes = view.inputs.map((input) => input.shape);
  const [first] = shapes;
  if (first === undefined || shapes.some((shape) => shape?.length !== first.length)) {
    return { shape: undefined, dtype };
  }
  return {
    shape: first.map((size, i) => (shapes.every((shape) => shape?.[i] === size) ? size : ANY)),
    dtype,
  };
}

/** Elements are not handed on: a frame may be left with other ones than it was entered with. */
const typeOnly = staticRule('that of the first input', (view) => one(view.shape(0), view.dtype(0)));

const call = {
  category: 'control flow',
  traits: ['control', 'async', 'stateful'],
  fold: never('calls a function'),
  shape: atRunTime('shapes of function results depend on the branch or the number of turns'),
  work: workAtRunTime('the functions it calls'),
} as const;

const outputsOf = (node: Node): number | undefined =>
  getAttr(node, 'Tout', 'types')?.length ?? getAttr(node, 'T', 'types')?.length;

const branch = {
  ...call,
  inputs: [tensor('cond'), rest('args')],
  attrs: { then_branch: need('raw'), else_branch: need('raw') },
  outputs: outputsOf,
} as const;

const loop = {
  ...call,
  inputs: [rest('args')],
  attrs: { cond: need('raw'), body: need('raw') },
  outputs: (node: Node): number => node.inputs.length,
} as const;

export const frames = {
  Enter: {
    ...steering,
    inputs: [tensor('tensor')],
    attrs: { frame_name: need('string'), is_constant: opt('bool'), parallel_iterations: ignored('int') },
    shape: typeOnly,
  },
  Exit: { ...steering, inputs: [tensor('tensor')], shape: typeOnly },
  LoopCond: { ...steering, inputs: [tensor('pred')], shape: passed },
  Merge: {
    ...steering,
    inputs: [rest('tensors')],
    shape: merged,
    notes: 'Stock TensorFlow.js makes the first of the two outputs of TensorFlow.',
  },
  NextIteration: { ...steering, inputs: [tensor('tensor')], shape: typeOnly },
  Switch: {
    ...steering,
    inputs: [tensor('data'), tensor('pred')],
    outputs: 2,
    shape: staticRule('that of the first input, twice', (view) => {
      const type = { shape: view.shape(0), dtype: view.dtype(0) };
      return [type, type];
    }),
    notes: 'One of the outputs (0: false, 1: true) has no value in each run.',
  },
  If: { ...branch, notes: 'Its function is looked up in the library of the graph.' },
  StatelessIf: { ...branch, traits: ['control', 'async'] },
  While: loop,
  StatelessWhile: { ...loop, traits: ['control', 'async'] },
} as const satisfies OpFamily<FrameOp>;
