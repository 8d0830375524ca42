import { getAttr, type Node } from '@tfjs-optimize/core';

/** A function of one or two numbers. */
export type Scalar = (a: number, b: number) => number;

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The error function to 1e-7 and better (Abramowitz and Stegun 7.1.5 and 7.1.14 would do; this is a series). */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 5.9) return Math.sign(x);
  // erf z = 2/√π · e^(−z²) · Σ 2^n z^(2n+1) / (2n+1)!!: all terms positive, so nothing cancels.
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

function gelu(approximate: boolean): Scalar {
  if (!approximate) return (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));
  return (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** Functions of one value, by op. */
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Atan: Math.atan,
  Atanh: Math.atanh,
  Asinh: Math.asinh,
  Acosh: Math.acosh,
  Asin: Math.asin,
  Acos: Math.acos,
  Ceil: Math.ceil,
  Cos: Math.cos,
  Cosh: Math.cosh,
  Elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  Erf: erf,
  Exp: Math.exp,
  Expm1: Math.expm1,
  Floor: Math.floor,
  Identity: (x) => x,
  Log: Math.log,
  Log1p: Math.log1p,
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(x, 0),
  Relu6: (x) => Math.min(Math.max(x, 0), 6),
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Selu: (x) => SELU_SCALE * (x >= 0 ? x : SELU_ALPHA * Math.expm1(x)),
  Sigmoid: sigmoid,
  Sign: Math.sign,
  Sin: Math.sin,
  Sinh: Math.sinh,
  Softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  Sqrt: Math.sqrt,
  Square: (x) => x * x,
  Tan: Math.tan,
  Tanh: Math.tanh,
};

/** Functions of two values, by op. */
const BINARY: Readonly<Record<string, Scalar>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  BiasAdd: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  RealDiv: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min,
  Pow: Math.pow,
  SquaredDifference: (a, b) => (a - b) ** 2,
  Prelu: (x, alpha) => (x >= 0 ? x : alpha * x),
};

/** What a node computes element by element: a function and how many of its inputs it takes; undefined for other ops. */
export function functionOf(node: Node): { readonly apply: Scalar; readonly arity: 1 | 2 } | undefined {
  const { op } = node;
  if (Object.hasOwn(UNARY, op)) return { apply: UNARY[op] as Scalar, arity: 1 };
  if (Object.hasOwn(BINARY, op)) return { apply: BINARY[op] as Scalar, arity: 2 };
  if (op === 'LeakyRelu') {
    const alpha = getAttr(node, 'alpha', 'float') ?? 0.2;
    return { apply: (x) => (x >= 0 ? x : alpha * x), arity: 1 };
  }
  if (op === 'TfjsOptimizeGelu') {
    return { apply: gelu(getAttr(node, 'approximate', 'bool') ?? false), arity: 1 };
  }
  return undefined;
}
