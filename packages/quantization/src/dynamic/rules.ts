import {
  attr,
  constant,
  decline,
  getAttr,
  op,
  replaceBy,
  Weight,
  type Attrs,
  type GraphView,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
  type ValueId,
} from '@tfjs-optimize/core';
import { opName } from '@tfjs-optimize/runtime';
import type { DynamicPlan } from './options.js';
import { otherReaders, PRODUCT_OPS, readProduct, type Product } from './product.js';
import { QuantizedWeights, type QuantizedWeight } from './weights.js';

/** Which nodes may be quantized, which of them the user named, and which weights must keep their zeros. */
export interface Chosen {
  readonly has: (node: Node, weight?: string) => boolean;
  readonly isNamed: (node: Node) => boolean;
  readonly keepsZeros: (weight: string) => boolean;
}

/** A product as dynamic quantization finds it, or why it stays as it is; undefined where it was not asked for. */
export function candidateOf(node: Node, plan: DynamicPlan, context: GraphView): Product | string | undefined {
  const product = readProduct(node, context);
  if (typeof product === 'string') return product;
  if (!plan.ops.includes(product.counts)) return undefined;
  const size = product.weight?.constant.shape.reduce((a, b) => a * b, 1);
  return size !== undefined && size < plan.leastElements
    ? `its weight has fewer than ${plan.leastElements} elements`
    : product;
}

/**
 * Replaces products of floats by products that put what comes into whole numbers when they run:
 *
 *     x · W ≈ (q(x) · q(W)) · s(x) · s(W)
 */
export function quantizeProducts(plan: DynamicPlan, chosen: Chosen): Rule {
  const weights = new QuantizedWeights(chosen.keepsZeros);
  return {
    name: 'quantize-products',
    identity: 'x · W ≈ (q(x) · q(W)) · s(x) · s(W)',
    pattern: op(PRODUCT_OPS, {
      as: 'product',
      // What the user leaves out needs no note.
      where: (node, view) => {
        const product = candidateOf(node, plan, view);
        if (product === undefined) return 'is not among the ops asked for';
        const weight = typeof product === 'string' ? undefined : product.weight?.constant.name;
        return chosen.has(node, weight) || 'was left out';
      },
    }),
    apply: (match, context) => {
      const node = match.node('product');
      const product = candidateOf(node, plan, context);
      if (typeof product !== 'object') return decline(product ?? 'is not among the ops asked for', node);
      if (product.weight !== undefined && !chosen.isNamed(node)) {
        const kept = otherReaders(product.weight, node, context).find((name) => !isProduct(name, context));
        if (kept !== undefined) {
          const group = 'has a weight that is read as floats, too: name it in include to have it twice';
          return decline(`has a weight that ${kept} reads as floats, too: name it in include`, node, group);
        }
      }
      return rebuilt(product, plan, weights, context);
    },
  };
}

/** Whether a node is a product, which has the weight quantized in its turn or has done so. */
function isProduct(name: string, context: RuleContext): boolean {
  const node = context.node(name);
  return node !== undefined && PRODUCT_OPS.includes(node.op);
}

const FLOAT: Attrs = { T: attr.type('float32') };

function rebuilt(
  product: Product,
  plan: DynamicPlan,
  weights: QuantizedWeights,
  context: RuleContext,
): Outcome {
  const { node, activation } = product;
  const x = product.isTransposed ? transposedLast(product.x, node.name, context) : product.x;
  const clamps = activation === undefined ? undefined : CLAMPS[activation];
  const attrs: Attrs = {
    ...product.attrs,
    ...(plan.mode !== 'row' && { mode: attr.string(plan.mode) }),
    ...(plan.activation !== 'uint8' && { activation: attr.string(plan.activation) }),
  };
  const name = opName(product.op);
  const quantized = product.weight && weights.of(product.weight, context);
  const inputs = inputsOf(product, x, quantized);
  const offsets = quantized?.offsets;
  if (offsets === undefined && (activation === undefined || clamps !== undefined)) {
    return replaceBy(name, inputs, { ...attrs, ...clamps });
  }
  const inner = context.make(name, inputs, attrs, `${node.name}/product`);
  const terms = offsets === undefined ? [inner] : [inner, moved(x, offsets, node.name, context)];
  if (activation === undefined) return replaceBy('AddV2', terms, FLOAT);
  const sum = offsets === undefined ? inner : context.make('AddV2', terms, FLOAT, `${node.name}/sum`);
  const slope = product.slopes === undefined ? [] : [product.slopes];
  return replaceBy(activation, [sum, ...slope], {
    ...FLOAT,
    ...(activation === 'LeakyRelu' && { alpha: attr.float(product.alpha) }),
  });
}

function inputsOf({ node, bias }: Product, x: ValueId, weight: QuantizedWeight | undefined): ValueId[] {
  if (weight === undefined) return [x, node.inputs[1] as ValueId];
  return [x, weight.values, weight.scales, ...(bias === undefined ? [] : [bias])];
}

/** What weights that lie about other numbers than 0 add: `x · (W + z) = x · W + (Σ x) · z`. */
function moved(x: ValueId, offsets: ValueId, name: string, context: RuleContext): ValueId {
  const axis = context.constant(Weight.of(Int32Array.of(-1), []), { name: `${name}/axis` });
  const sums = context.make('Sum', [x, axis], { ...FLOAT, keep_dims: attr.bool(true) }, `${name}/sums`);
  return context.make('Mul', [sums, offsets], FLOAT, `${name}/moved`);
}

/** The last two axes of a value of known rank change places. */
function transposedLast(x: ValueId, name: string, context: RuleContext): ValueId {
  const rank = context.type(x).shape?.length ?? 2;
  const order = Int32Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  const perm = context.constant(Weight.of(order, [rank]), { name: `${name}/perm` });
  return context.make('Transpose', [x, perm], FLOAT, `${name}/transposed`);
}

/** Activations that only clamp. */
const CLAMPS: Readonly<Record<string, Attrs>> = {
  Relu: { clamp_min: attr.float(0) },
  Relu6: { clamp_min: attr.float(0), clamp_max: attr.float(6) },
};

const WITH_WEIGHTS = (['DynamicMatMul', 'DynamicConv2D', 'DynamicDepthwiseConv2D'] as const).map(opName);
const BARE = op(WITH_WEIGHTS, {
  as: 'product',
  where: (node) => {
    if (node.inputs.length > 3) return 'has its bias already';
    return isClamped(node) ? 'has its activation already' : true;
  },
});

function isClamped(node: Node): boolean {
  return (
    getAttr(node, 'clamp_min', 'float') !== undefined || getAttr(node, 'clamp_max', 'float') !== undefined
  );
}

/** Takes an added constant, one number an output channel, into the product: `(x · W) + b`. */
export function takeBias(): Rule {
  const inputs = [BARE, constant('bias')];
  return {
    name: 'take-bias',
    identity: '(x · W) + b = product(x, W, b)',
    takes: 'bias',
    pattern: op(['BiasAdd', 'Add', 'AddV2'], { as: 'add', inputs, anyOrder: true }),
    apply: (match, context) => {
      const product = match.node('product');
      const channels = context.type(product.inputs[2] as ValueId).shape?.[0];
      const bias = match.weight('bias');
      if (bias.dtype !== 'float32' || bias.shape.length !== 1 || bias.size !== channels) {
        return decline(`adds values of shape [${bias.shape.join(',')}]`, match.node('add'));
      }
      return replaceBy(product.op, [...product.inputs, match.value('bias')], product.attrs);
    },
  };
}

/** Takes a Relu or Relu6 into the product, which clamps what it makes. */
export function takeClamp(): Rule {
  return {
    name: 'take-clamp',
    identity: 'clamp(x · W + b) = product(x, W, b, clamp)',
    takes: 'activation',
    pattern: op(Object.keys(CLAMPS), {
      as: 'activation',
      inputs: [
        op(WITH_WEIGHTS, {
          as: 'product',
          where: (node) => !isClamped(node) || 'has its activation already',
        }),
      ],
    }),
    apply: (match: Match) => {
      const product = match.node('product');
      return replaceBy(product.op, product.inputs, {
        ...product.attrs,
        ...CLAMPS[match.node('activation').op],
      });
    },
  };
}
