import { GraphBuilder, loadModel, type Model } from '@tfjs-optimize/core';

/**
 * Two nodes of one op on one input, a view, a node without a kernel and one with several:
 * y = relu6(a + b) with a = relu(x), b = relu(x) flattened and shaped back by x's own shape.
 */
export function twins(): Model<'float'> {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 4]);
  const first = b.op('Relu', [x], {}, 'first');
  const flat = b.op('Reshape', [b.op('Relu', [x], {}, 'second'), b.ints([-1])], {}, 'flat');
  const shape = b.op('Shape', [x], {}, 'shape');
  const back = b.op('Reshape', [flat, shape], {}, 'back');
  return b.output(b.op('Relu6', [b.op('AddV2', [first, back], {}, 'sum')], {}, 'y')).build();
}

/** Doubles the length of x three times. */
export function loop(): Model<'float'> {
  const b = new GraphBuilder();
  const frame = { frame_name: 'while' };
  const x = b.op('Enter', [b.input('x', [-1])], frame, 'enterX');
  const i = b.op('Enter', [b.ints(0)], frame, 'enterI');
  const limit = b.op('Enter', [b.ints(3)], { ...frame, is_constant: true }, 'limit');
  const one = b.op('Enter', [b.ints(1)], { ...frame, is_constant: true }, 'one');
  const axis = b.op('Enter', [b.ints(0)], { ...frame, is_constant: true }, 'axis');
  const xs = b.op('Merge', [x, 'nextX'], {}, 'mergeX');
  const is = b.op('Merge', [i, 'nextI'], {}, 'mergeI');
  const goOn = b.op('LoopCond', [b.op('Less', [is, limit], {}, 'less')], {}, 'goOn');
  const atX = b.op('Switch', [xs, goOn], {}, 'switchX');
  const atI = b.op('Switch', [is, goOn], {}, 'switchI');
  const body = b.op('Identity', [b.out(atX, 1)], {}, 'body');
  b.op('NextIteration', [b.op('ConcatV2', [body, body, axis], { N: 2 }, 'doubled')], {}, 'nextX');
  b.op('NextIteration', [b.op('AddV2', [b.out(atI, 1), one], {}, 'next')], {}, 'nextI');
  return b.output(b.op('Exit', [atX], {}, 'exit')).build();
}

/** Where the inputs are above 0, doubled: `Where` reads values and works in JavaScript. */
export function places(): Model<'float'> {
  const b = new GraphBuilder();
  const isPositive = b.op('Greater', [b.input('x', [-1]), b.constant('zero', 0)], {}, 'positive');
  const where = b.op('Where', [isPositive], {}, 'where');
  return b.output(b.op('AddV2', [where, where], {}, 'y')).build();
}

/** relu(x + x) inside a function where the sum of x is positive, else tanh(x) inside another; times x. */
export function functions(): Promise<Model> {
  const float = { type: 'DT_FLOAT' };
  const branch = (
    name: string,
    ...nodes: readonly (readonly [name: string, op: string, ...inputs: string[]])[]
  ) => ({
    signature: {
      name,
      inputArg: [{ name: 'a', ...float }],
      outputArg: [{ name: 'out', ...float }],
    },
    nodeDef: nodes.map(([node, op, ...input]) => ({ name: node, op, input, attr: { T: float } })),
    ret: { out: `${nodes.at(-1)?.[0] ?? ''}:y:0` },
  });
  const node = (name: string, op: string, input: string[], attr: object = {}) => ({
    name,
    op,
    input,
    attr: { T: float, ...attr },
  });
  const shape = { shape: { dim: [{ size: '-1' }] } };
  return loadModel({
    format: 'graph-model',
    modelTopology: {
      node: [
        node('x', 'Placeholder', [], { dtype: float, shape }),
        node('any', 'Placeholder', [], { dtype: { type: 'DT_BOOL' }, shape: { shape: {} } }),
        node('chosen', 'StatelessIf', ['any', 'x'], {
          then_branch: { func: { name: 'twice' } },
          else_branch: { func: { name: 'bent' } },
        }),
        node('y', 'Mul', ['chosen', 'x']),
      ],
      library: {
        function: [
          branch('twice', ['sum', 'AddV2', 'a', 'a'], ['cut', 'Relu', 'sum']),
          branch('bent', ['bend', 'Tanh', 'a']),
        ],
      },
    },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
  });
}
