import type { ValueId } from '@tfjs-optimize/core';
import type { Lowering, NodeLowering } from './lowering.js';

/**
 * y = (x - mean) · scale / √(variance + epsilon) + offset. TensorFlow's op takes four axes and, unless it is told,
 * normalizes by the batch; that of TensorFlow.js takes any number and always uses what was measured.
 */
const batchNorm: Lowering = (node) => {
  const epsilon = node.number('epsilon', 0.001);
  const isVector = [1, 2, 3, 4].every((at) => node.rank(at) === 1);
  if (node.rank(0) === 4 && isVector) {
    return node.last('FusedBatchNormV3', node.all(), {
      epsilon: { kind: 'float', value: epsilon },
      is_training: { kind: 'bool', value: false },
    });
  }
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((at) => node.input(at)) as [
    ValueId,
    ValueId,
    ValueId,
    ValueId,
    ValueId,
  ];
  const deviation = inverseDeviation(node, variance, epsilon);
  const factor = node.op('Mul', [deviation, scale], {}, 'factor');
  const centred = node.op('Sub', [x, mean], {}, 'centred');
  return node.last('AddV2', [node.op('Mul', [centred, factor], {}, 'scaled'), offset]);
};

function inverseDeviation(node: NodeLowering, variance: ValueId, epsilon: number): ValueId {
  return node.op('Rsqrt', [
    node.op('AddV2', [variance, node.scalar(epsilon, 'float', 'epsilon')], {}, 'raised'),
  ]);
}

/** Layer normalization over the last axis (Ba, Kiros and Hinton 2016). */
const layerNorm: Lowering = (node) => {
  const axis = node.ints([-1], 'axis');
  const keep = { keep_dims: { kind: 'bool', value: true } } as const;
  const mean = node.op('Mean', [node.input(0), axis], keep, 'mean');
  const centred = node.op('Sub', [node.input(0), mean], {}, 'centred');
  const variance = node.op('Mean', [node.op('Square', [centred]), axis], keep, 'variance');
  const deviation = inverseDeviation(node, variance, node.number('epsilon', 0.001));
  const factor = node.op('Mul', [deviation, node.input(1)], {}, 'factor');
  return node.last('AddV2', [node.op('Mul', [centred, factor], {}, 'scaled'), node.input(2)]);
};

export const normalization: Readonly<Record<string, Lowering>> = {
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  TfjsOptimizeLayerNorm: layerNorm,
};
