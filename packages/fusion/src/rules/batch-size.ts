import {
  attr,
  constant,
  decline,
  getAttr,
  op,
  replaceBy,
  type GraphView,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
  type Verdict,
  type Weight,
} from '@tfjs-optimize/core';
import { BATCH_NORM_OPS } from '../affine.js';

/** Ops of one value whose result has its shape, and ops of images. The first operand is what they work on. */
const ELEMENTWISE = ['BiasAdd', 'Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu', 'Tanh', 'Selu', 'Softplus'];
const IMAGES = ['Conv2D', '_FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative'];
const POOLS = ['MaxPool', 'AvgPool'];
const MATRICES = ['MatMul', '_FusedMatMul'];
const KEEPS_BATCH: readonly string[] = [...ELEMENTWISE, ...BATCH_NORM_OPS, ...IMAGES, ...POOLS, ...MATRICES];

/**
 * Asks for the batch size one op earlier:
 *
 *     shape(f(x))[0] = shape(x)[0]
 *
 * for convolutions, matrix products, pooling, batch norm and activations. Reshapes of a dynamic batch ask
 * their input for it, and what is asked has a second user, which keeps anything from being fused into it.
 */
export function batchSizeEarlier(): Rule {
  return {
    name: 'batch-size-earlier',
    identity: 'shape(f(x))[0] = shape(x)[0]',
    pattern: op('StridedSlice', {
      inputs: [
        op('Shape', {
          as: 'shape',
          inputs: [op(KEEPS_BATCH, { as: 'made', keep: true, where: keepsBatch })],
        }),
        constant('begin', isOnly(0)),
        constant('end', isOnly(1)),
        constant('stride', isOnly(1)),
      ],
      where: hasPlainBounds,
    }),
    apply,
  };
}

function isOnly(wanted: number): (weight: Weight) => Verdict {
  return (weight) => (weight.size === 1 && weight.numbers()[0] === wanted) || `is not [${wanted}]`;
}

function hasPlainBounds(node: Node): Verdict {
  const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask'];
  return masks.every((name) => (getAttr(node, name, 'int') ?? 0) === 0) || 'has masks';
}

function keepsBatch(node: Node, view: GraphView): Verdict {
  const [x] = node.inputs;
  if (x === undefined) return 'lacks inputs';
  if (ELEMENTWISE.includes(node.op) || (BATCH_NORM_OPS as readonly string[]).includes(node.op)) return true;
  if (getAttr(node, 'transpose_a', 'bool') === true) return 'reads its input transposed';
  const rank = view.type(x).shape?.length;
  return rank === (MATRICES.includes(node.op) ? 2 : 4) || 'has an input whose number of axes is not known';
}

function apply(match: Match, context: RuleContext): Outcome {
  const shape = match.node('shape');
  const x = match.node('made').inputs[0] as ValueId;
  if (context.weight(x) !== undefined) return decline('has a constant in front');
  const earlier = context.make('Shape', [x], { ...shape.attrs, T: attr.type('float32') }, shape.name);
  const bounds = ['begin', 'end', 'stride'].map((name) => match.value(name));
  return replaceBy('StridedSlice', [earlier, ...bounds], match.root.attrs);
}
