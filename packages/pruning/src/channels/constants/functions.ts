import { getAttr, type Node } from '@tfjs-optimize/core';

/** What an op makes of single numbers; NaN where one that is needed is not known. */
export type Formula = (...numbers: number[]) => number;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const elu = (x: number): number => (x >= 0 ? x : Math.expm1(x));
const relu = (x: number): number => Math.max(x, 0);
const relu6 = (x: number): number => Math.min(Math.max(x, 0), 6);
const leaky = (x: number, slope: number): number => (x >= 0 ? x : x * slope);
const sum = (...xs: number[]): number => xs.reduce((a, b) => a + b, 0);
/** Zero times anything is zero. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
/** Scale and rate of Klambauer et al. 2017. */
const [SELU_SCALE, SELU_ALPHA] = [1.0507009873554805, 1.6732632423543772];

const FORMULAS: Readonly<Record<string, Formula>> = {
  ...{ Abs: Math.abs, Neg: (x) => -x, Square: (x) => x * x, Sqrt: Math.sqrt, Rsqrt: (x) => 1 / Math.sqrt(x) },
  ...{ Reciprocal: (x) => 1 / x, Exp: Math.exp, Expm1: Math.expm1, Log: Math.log, Log1p: Math.log1p },
  ...{ Sin: Math.sin, Cos: Math.cos, Tan: Math.tan, Sinh: Math.sinh, Cosh: Math.cosh, Tanh: Math.tanh },
  ...{ Atan: Math.atan, Asinh: Math.asinh, Sign: Math.sign, Floor: Math.floor, Ceil: Math.ceil },
  ...{ Relu: relu, Relu6: relu6, Elu: elu, Sigmoid: sigmoid, Softplus: (x) => Math.log1p(Math.exp(x)) },
  Selu: (x) => SELU_SCALE * (x >= 0 ? x : SELU_ALPHA * Math.expm1(x)),
  Erf: erf,
  ...{ Prelu: leaky, Add: sum, AddV2: sum, AddN: sum, BiasAdd: sum, Sub: (a, b) => a - b, Mul: times },
  ...{ RealDiv: (a, b) => a / b, Div: (a, b) => a / b, DivNoNan: (a, b) => (b === 0 ? 0 : a / b) },
  ...{ Maximum: Math.max, Minimum: Math.min, Pow: Math.pow, SquaredDifference: (a, b) => (a - b) ** 2 },
  ClipByValue: (x, low, high) => Math.min(Math.max(x, low), high),
};

/** What an elementwise op computes; undefined for one that is not known here. */
export function formulaOf(node: Node): Formula | undefined {
  if (node.op === 'LeakyRelu') {
    const slope = getAttr(node, 'alpha', 'float') ?? 0.2;
    return (x) => leaky(x, slope);
  }
  return Object.hasOwn(FORMULAS, node.op) ? FORMULAS[node.op] : undefined;
}

/** Bias and activation that a fused op adds; undefined where it does something that is not known here. */
export function epilogueOf(node: Node): Formula | undefined {
  const ops = getAttr(node, 'fused_ops', 'strings') ?? [];
  const [first, second] = ops[0] === 'BiasAdd' ? ops : [undefined, ops[0]];
  if (ops.length > (first === undefined ? 1 : 2)) return undefined;
  const biased: Formula = (x, bias) => (first === undefined ? x : x + bias);
  if (second === undefined) return biased;
  if (second === 'LeakyRelu') {
    const slope = getAttr(node, 'leakyrelu_alpha', 'float') ?? 0.2;
    return (x, bias) => leaky(biased(x, bias), slope);
  }
  const activation = Object.hasOwn(FORMULAS, second) ? FORMULAS[second] : undefined;
  return activation && ((x, bias, slope) => activation(biased(x, bias), slope));
}

/** By 7.1.26 of Abramowitz and Stegun 1964, as the kernels of TensorFlow.js. */
function erf(x: number): number {
  if (x === 0) return 0;
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce(
    (all, coefficient) => (all + coefficient) * t,
    0,
  );
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}
