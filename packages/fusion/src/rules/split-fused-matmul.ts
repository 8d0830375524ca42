import {
  attr,
  decline,
  getAttr,
  op,
  replaceBy,
  type Attrs,
  type GraphView,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
  type Verdict,
} from '@tfjs-optimize/core';

const FLOAT: Attrs = { T: attr.type('float32') };
const ACTIVATIONS = ['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu', 'Prelu'];

/**
 * A fused matrix product that the wasm backend computes wrongly is taken apart:
 *
 *     fused(a, b, c, f) = f(a·b + c)
 *
 * That backend adds the bias inside the loop over blocks of 48 terms, with a wrong index after the
 * first row, whenever an operand is transposed or there is more than one matrix. Where the right
 * operand is constant, `transpose-weights` keeps the fusion and turns the operand instead.
 */
export function splitFusedMatMul(): Rule {
  return {
    name: 'split-fused-matmul',
    identity: 'fused(a, b, c, f) = f(a·b + c)',
    pattern: op('_FusedMatMul', { as: 'product', where: isMiscomputed }),
    apply,
  };
}

function isMiscomputed(node: Node, view: GraphView): Verdict {
  if (getAttr(node, 'transpose_a', 'bool') === true) return true;
  const [a, b] = node.inputs as [ValueId, ValueId];
  if (getAttr(node, 'transpose_b', 'bool') === true && view.weight(b) === undefined) return true;
  const batched = [a, b].some((value) => {
    const shape = view.type(value).shape;
    return shape !== undefined && shape.slice(0, -2).some((size) => size !== 1);
  });
  return batched || 'is one product of plain operands';
}

function apply(match: Match, context: RuleContext): Outcome {
  const node = match.node('product');
  const [first, activation, ...others] = getAttr(node, 'fused_ops', 'strings') ?? [];
  const known = activation === undefined || ACTIVATIONS.includes(activation);
  if (first !== 'BiasAdd' || !known || others.length > 0) return decline('has fused ops that are not known');
  const [a, b, bias, slope] = node.inputs as [ValueId, ValueId, ValueId, ValueId | undefined];
  const product = context.make('BatchMatMulV2', [a, b], productAttrs(node), `${node.name}/product`);
  if (activation === undefined) return replaceBy('AddV2', [product, bias], FLOAT);
  const sum = context.make('AddV2', [product, bias], FLOAT, `${node.name}/sum`);
  const alpha = getAttr(node, 'leakyrelu_alpha', 'float') ?? 0.2;
  const attrs = activation === 'LeakyRelu' ? { ...FLOAT, alpha: attr.float(alpha) } : FLOAT;
  return replaceBy(activation, activation === 'Prelu' ? [sum, slope as ValueId] : [sum], attrs);
}

function productAttrs(node: Node): Attrs {
  return {
    ...FLOAT,
    adj_x: attr.bool(getAttr(node, 'transpose_a', 'bool') ?? false),
    adj_y: attr.bool(getAttr(node, 'transpose_b', 'bool') ?? false),
  };
}
