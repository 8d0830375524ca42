import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { ValueId } from '../graph/node.js';
import type { Model } from '../model.js';
import { nearest } from '../nearest.js';
import { shapeText } from '../text/shape.js';

/** What a loss is computed of. */
export interface LossInputs {
  /** In the order of the signature. */
  readonly outputs: readonly tf.Tensor[];
  /** Inner values by the names that the loss asked for with `watch`. */
  readonly values: ReadonlyMap<ValueId, tf.Tensor>;
  /** In the order of outputs. */
  readonly labels: readonly tf.Tensor[];
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** What else came with the batch. */
  readonly extras: Readonly<Record<string, tf.Tensor>>;
  /** Numbers of the examples in data that lie in memory. */
  readonly indices: Int32Array | undefined;
  /** Weights of the loss itself, by the names of `parameters`. */
  readonly parameters: ReadonlyMap<string, tf.Tensor>;
  /** Whether weights will be changed; false where a model is evaluated. */
  readonly training: boolean;
  /** Steps since the training began, and in all. */
  readonly step: number;
  readonly steps: number;
}

/** What is made smaller: a number for a batch, the mean over its examples as a rule. */
export interface Loss {
  readonly name: string;
  /** What it is computed with, in words: a training that is resumed must have the same. */
  readonly settings?: string;
  /** Inner values that it needs beside outputs. */
  readonly watch?: (model: Model) => readonly ValueId[];
  /** Weights of its own, which are trained along and not part of the model. */
  readonly parameters?: (model: Model) => Readonly<Record<string, tf.Tensor>>;
  /** Whether each output is held against labels of its own. */
  readonly needsLabels?: boolean;
  /** Whether integer labels are class numbers, which must be below the size of the output's last axis. */
  readonly takesClasses?: boolean;
  readonly compute: (given: LossInputs) => tf.Tensor;
}

/** A loss of several, with what it counts. */
export interface WeightedLoss {
  readonly loss: LossOption;
  /** What it is multiplied by, at each step if it is a schedule; 1 unless told. */
  readonly weight?: number | ((step: number, steps: number) => number);
}

/** A loss by name, as an object, or as a function of what it needs. */
export type LossOption = LossName | Loss | ((given: LossInputs) => tf.Tensor);

/** Losses by name. */
export type LossName = 'crossEntropy' | 'meanSquaredError' | 'meanAbsoluteError' | 'binaryCrossEntropy';

/** Refuses labels that are not as many as outputs. @param name of the loss. */
export function checkLabelCount(name: string, labels: number, outputs: number, subject = 'labels'): void {
  if (labels === outputs) return;
  fail('train/data', {
    subject,
    expected: `${outputs}, one for each output`,
    got: String(labels),
    advice: `The loss ${name} compares outputs with labels`,
  });
}

/** Least probability whose logarithm is taken, as in Keras. */
const LEAST = 1e-7;

/** A loss of each output against its labels, added up. */
function ofPairs(
  name: string,
  pair: (output: tf.Tensor, labels: tf.Tensor, logits: tf.Tensor | undefined) => tf.Scalar,
  watch?: (model: Model) => readonly (ValueId | undefined)[],
): Loss {
  return {
    name,
    needsLabels: true,
    ...(watch && { watch: (model: Model) => watch(model).filter((value) => value !== undefined) }),
    compute: ({ outputs, labels, values }) => {
      checkLabelCount(name, labels.length, outputs.length);
      const logits = [...values.values()];
      const all = outputs.map((output, i) => pair(output, labels[i] as tf.Tensor, logits[i]));
      return all.reduce((sum, each) => tf.add(sum, each));
    },
  };
}

/**
 * Mean cross-entropy of classes. Labels are class numbers (int32, one axis less than the output) or probabilities of
 * each class. Of a model that ends in a softmax the numbers before it are taken, which keeps digits; of any other
 * outputs are logits, unless `from` says that they are probabilities.
 */
export function crossEntropy({
  labelSmoothing = 0,
  from = 'logits',
}: { readonly labelSmoothing?: number; readonly from?: 'logits' | 'probabilities' } = {}): Loss {
  const watchLogits = (model: Model): readonly (ValueId | undefined)[] => {
    const found = model.signature.outputs.map(({ value }) => logitsOf(model, value));
    // All or none: their order is that of outputs.
    return found.every((value) => value !== undefined) ? found : [];
  };
  const pair = (output: tf.Tensor, labels: tf.Tensor, logits: tf.Tensor | undefined): tf.Scalar => {
    const scores = logits ?? output;
    const classes = scores.shape.at(-1) as number;
    const wanted = distribution(labels, scores, labelSmoothing, classes);
    const logs =
      from === 'probabilities' && logits === undefined
        ? tf.log(tf.clipByValue(output, LEAST, 1))
        : tf.logSoftmax(scores);
    const rows = scores.size / classes;
    return tf.div<tf.Scalar>(tf.neg(tf.sum(tf.mul(wanted, logs))), rows);
  };
  const settings = [
    ...(labelSmoothing === 0 ? [] : [`labelSmoothing ${labelSmoothing}`]),
    ...(from === 'logits' ? [] : [`from ${from}`]),
  ].join(', ');
  return {
    ...ofPairs('crossEntropy', pair, watchLogits),
    ...(settings !== '' && { settings }),
    takesClasses: true,
  };
}

/** The value before a softmax that makes an output. */
export function logitsOf(model: Model, output: ValueId): ValueId | undefined {
  const node = model.graph.get(output);
  if (node === undefined) return undefined;
  if (node.op === 'Softmax') return node.inputs[0];
  return node.op === 'Identity' ? logitsOf(model, node.inputs[0] as ValueId) : undefined;
}

function distribution(labels: tf.Tensor, scores: tf.Tensor, smoothing: number, classes: number): tf.Tensor {
  const numbers = classNumbers(labels, scores);
  if (numbers === undefined && labels.shape.join() !== scores.shape.join()) {
    fail('train/data', {
      subject: 'labels',
      expected: `class numbers of shape ${shapeText(scores.shape.slice(0, -1))} or probabilities of shape ${shapeText(scores.shape)}`,
      got: shapeText(labels.shape),
    });
  }
  const wanted = numbers === undefined ? labels : oneHot(numbers, classes);
  return smoothing === 0 ? wanted : tf.add(tf.mul(wanted, 1 - smoothing), smoothing / classes);
}

/** Labels that are class numbers: an axis less than the output, or one of size 1 in its place, as Keras takes them. */
export function classNumbers(labels: tf.Tensor, output: tf.Tensor): tf.Tensor | undefined {
  const rows = output.shape.slice(0, -1);
  const isColumn = output.shape.at(-1) !== 1 && labels.shape.join() === [...rows, 1].join();
  if (!isColumn && labels.rank !== output.rank - 1) return undefined;
  return tf.cast(isColumn ? tf.reshape(labels, rows) : labels, 'int32');
}

/** That of TensorFlow.js takes no single class, and the wasm backend writes integers where floats are asked for. */
function oneHot(labels: tf.Tensor, classes: number): tf.Tensor {
  return tf.cast(tf.equal(tf.expandDims(labels, -1), tf.range(0, classes, 1, 'int32')), 'float32');
}

/** Mean of squared differences. */
const meanSquaredError = ofPairs('meanSquaredError', (output, labels) =>
  tf.mean<tf.Scalar>(tf.squaredDifference(output, sameShape(labels, output))),
);

const meanAbsoluteError = ofPairs('meanAbsoluteError', (output, labels) =>
  tf.mean<tf.Scalar>(tf.abs(tf.sub(output, sameShape(labels, output)))),
);

/** Mean cross-entropy of yes and no: outputs are probabilities, labels 0 and 1. */
const binaryCrossEntropy = ofPairs('binaryCrossEntropy', (output, labels) => {
  const wanted = sameShape(labels, output);
  const yes = tf.clipByValue(output, LEAST, 1 - LEAST);
  const likely = tf.add(tf.mul(wanted, tf.log(yes)), tf.mul(tf.sub(1, wanted), tf.log(tf.sub(1, yes))));
  return tf.neg(tf.mean<tf.Scalar>(likely));
});

function sameShape(labels: tf.Tensor, output: tf.Tensor): tf.Tensor {
  const floats = tf.cast(labels, 'float32');
  if (labels.shape.join() === output.shape.join()) return floats;
  if (labels.size === output.size) return tf.reshape(floats, output.shape);
  return fail('train/data', {
    subject: 'labels',
    expected: `shape ${shapeText(output.shape)}, as the output has`,
    got: shapeText(labels.shape),
  });
}

const LOSSES: Readonly<Record<LossName, Loss>> = {
  crossEntropy: crossEntropy(),
  meanSquaredError,
  meanAbsoluteError,
  binaryCrossEntropy,
};

/** A loss, and what it is multiplied by at a step. */
export interface Term {
  readonly loss: Loss;
  readonly weight: (step: number, steps: number) => number;
  /** That in words. */
  readonly factor: string;
}

/** The losses that an option stands for, with what each counts. */
export function lossesOf(option: LossOption | readonly WeightedLoss[]): Term[] {
  const list: readonly WeightedLoss[] = Array.isArray(option)
    ? (option as readonly WeightedLoss[])
    : [{ loss: option as LossOption }];
  const seen = new Map<string, number>();
  return list.map(({ loss: given, weight = 1 }) => {
    const loss = lossOf(given);
    const times = (seen.get(loss.name) ?? 0) + 1;
    seen.set(loss.name, times);
    const name = times === 1 ? loss.name : `${loss.name} ${times}`;
    checkFactor(name, weight);
    return {
      loss: { ...loss, name },
      weight: typeof weight === 'number' ? () => weight : weight,
      factor: typeof weight === 'number' ? String(weight) : 'a schedule',
    };
  });
}

function checkFactor(name: string, weight: unknown): void {
  if (typeof weight === 'function' || Number.isFinite(weight)) return;
  fail('argument/invalid', {
    subject: `weight of loss ${name}`,
    expected: 'a number or a schedule',
    got: typeof weight === 'number' ? String(weight) : typeof weight,
  });
}

function lossOf(option: LossOption): Loss {
  if (typeof option === 'function') return { name: option.name || 'loss', compute: option };
  if (typeof option === 'object' && option !== null && typeof option.compute === 'function') return option;
  if (Object.hasOwn(LOSSES, option as string)) return LOSSES[option as LossName];
  const near = nearest(String(option), Object.keys(LOSSES));
  return fail('argument/invalid', {
    subject: 'loss',
    expected: `one of ${Object.keys(LOSSES).join(', ')}, a function or {name, compute}`,
    got: typeof option === 'string' ? `'${option}'` : typeof option,
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}
