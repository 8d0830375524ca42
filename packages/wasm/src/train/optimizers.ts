import * as tf from '@tensorflow/tfjs';
import { engineOf } from '../engine/engine.js';
import { isEnabled } from '../engine/settings.js';
import { adamStep, descentStep } from '../kernels/train/steps.js';

/** Gradients as an optimizer is given them. */
type Gradients = tf.NamedTensorMap | readonly NamedTensor[];

interface NamedTensor {
  readonly name: string;
  readonly tensor: tf.Tensor | null;
}

interface Moment {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

/** What a step of Adam needs of an optimizer of TensorFlow.js, beyond what it documents. */
interface Adam {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly accBeta1: tf.Variable;
  readonly accBeta2: tf.Variable;
  readonly accumulatedFirstMoment: Moment[];
  readonly accumulatedSecondMoment: Moment[];
  incrementIterations(): void;
}

interface Descent {
  /** The learning rate, negative: what TensorFlow.js multiplies gradients by. */
  readonly c: tf.Tensor;
  incrementIterations(): void;
}

/** Marks what this package, of whatever copy, has put in the place of methods. */
const OURS = Symbol.for('@tfjs-optimize/wasm');

/** Puts steps of one pass over memory in the place of those of tf.train.adam and tf.train.sgd, once. */
export function fuseOptimizers(): void {
  replace(tf.AdamOptimizer, isAdam, adam);
  replace(tf.SGDOptimizer, isDescent, descend);
}

function replace<T>(
  { prototype }: { readonly prototype: tf.Optimizer },
  fits: (optimizer: object) => optimizer is T & object,
  step: (optimizer: T, gradients: readonly Gradient[]) => void,
): void {
  const methods = prototype as unknown as { applyGradients: ApplyGradients };
  const stock = methods.applyGradients;
  if (OURS in stock) return;
  function applyGradients(this: object, given: Gradients): void {
    const gradients = runs() && fits(this) ? gradientsOf(given) : undefined;
    if (gradients === undefined) stock.call(this, given);
    else step(this as T, gradients);
  }
  methods.applyGradients = Object.assign(applyGradients, { [OURS]: true });
}

type ApplyGradients = (this: object, gradients: Gradients) => void;

/** A variable and its gradient; none where it has no part in the loss. */
interface Gradient {
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor | null | undefined;
}

/** Undefined where a gradient is not of the kind or size of its variable, or the variable is not there. */
function gradientsOf(given: Gradients): readonly Gradient[] | undefined {
  const registered = tf.engine().registeredVariables as Readonly<Record<string, tf.Variable | undefined>>;
  const entries = Array.isArray(given)
    ? (given as readonly NamedTensor[]).map(({ name, tensor }) => [name, tensor] as const)
    : Object.entries(given as tf.NamedTensorMap);
  const gradients = entries.map(([name, gradient]): Candidate => ({ variable: registered[name], gradient }));
  return gradients.every(isStep) ? gradients : undefined;
}

interface Candidate {
  readonly variable: tf.Variable | undefined;
  readonly gradient: tf.Tensor | null | undefined;
}

function isStep(each: Candidate): each is Candidate & Gradient {
  const { variable, gradient } = each;
  if (variable === undefined || variable.dtype !== 'float32') return false;
  return absent(gradient) || (gradient.dtype === 'float32' && gradient.size === variable.size);
}

function absent(gradient: tf.Tensor | null | undefined): gradient is null | undefined {
  return gradient === null || gradient === undefined;
}

function runs(): boolean {
  return isEnabled() && tf.getBackend() === 'wasm' && engineOf(tf.backend()) !== undefined;
}

function isAdam(optimizer: object): optimizer is Adam {
  const { learningRate, beta1, beta2, epsilon, accBeta1, accBeta2, ...rest } = optimizer as Partial<Adam>;
  return (
    [learningRate, beta1, beta2, epsilon].every((each) => typeof each === 'number') &&
    [accBeta1, accBeta2].every((each) => each instanceof tf.Variable) &&
    Array.isArray(rest.accumulatedFirstMoment) &&
    Array.isArray(rest.accumulatedSecondMoment)
  );
}

function isDescent(optimizer: object): optimizer is Descent {
  return (optimizer as Partial<Descent>).c instanceof tf.Tensor;
}

function adam(optimizer: Adam, gradients: readonly Gradient[]): void {
  const { beta1, beta2, epsilon, learningRate: rate, accBeta1, accBeta2 } = optimizer;
  tf.tidy(() => {
    const correctionOf = (power: tf.Variable): number => 1 - (power.dataSync()[0] as number);
    const [correction1, correction2] = [correctionOf(accBeta1), correctionOf(accBeta2)];
    const attrs = { beta1, beta2, correction1, correction2, epsilon, rate };
    gradients.forEach(({ variable, gradient }, i) => {
      const first = momentOf(optimizer.accumulatedFirstMoment, i, variable, 'm');
      const second = momentOf(optimizer.accumulatedSecondMoment, i, variable, 'v');
      if (absent(gradient)) return;
      const [value, newFirst, newSecond] = tf
        .engine()
        .runKernel<tf.Tensor[]>(adamStep.name, { value: variable, gradient, first, second }, attrs);
      first.assign(newFirst as tf.Tensor);
      second.assign(newSecond as tf.Tensor);
      variable.assign(value as tf.Tensor);
    });
    accBeta1.assign(tf.mul(accBeta1, beta1));
    accBeta2.assign(tf.mul(accBeta2, beta2));
  });
  optimizer.incrementIterations();
}

/** The moment of the i-th variable, zeros at its first step; named as TensorFlow.js names it when it is saved. */
function momentOf(moments: Moment[], i: number, variable: tf.Variable, suffix: string): tf.Variable {
  moments[i] ??= {
    originalName: `${variable.name}/${suffix}`,
    variable: tf.tidy(() => tf.variable(tf.zerosLike(variable), false)),
  };
  return moments[i].variable;
}

function descend(optimizer: Descent, gradients: readonly Gradient[]): void {
  const rate = -(optimizer.c.dataSync()[0] as number);
  for (const { variable, gradient } of gradients) {
    if (absent(gradient)) continue;
    tf.tidy(() => {
      const inputs = { value: variable, gradient };
      variable.assign(tf.engine().runKernel<tf.Tensor>(descentStep.name, inputs, { rate }));
    });
  }
  optimizer.incrementIterations();
}
