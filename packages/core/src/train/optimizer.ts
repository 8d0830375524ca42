import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Schedule } from './schedule.js';

/** Optimizers by name, with the settings of TensorFlow.js. */
export type OptimizerName = 'sgd' | 'momentum' | 'adam' | 'adamax' | 'rmsprop' | 'adagrad' | 'adadelta';

/** Makes an optimizer of TensorFlow.js with a learning rate. */
const MAKERS: Readonly<Record<OptimizerName, (rate: number) => tf.Optimizer>> = {
  sgd: (rate: number) => tf.train.sgd(rate),
  /** With a momentum of 0.9. */
  momentum: (rate: number) => tf.train.momentum(rate, 0.9),
  adam: (rate: number) => tf.train.adam(rate),
  adamax: (rate: number) => tf.train.adamax(rate),
  rmsprop: (rate: number) => tf.train.rmsprop(rate),
  adagrad: (rate: number) => tf.train.adagrad(rate),
  adadelta: (rate: number) => tf.train.adadelta(rate),
};

/** Learning rates unless told: those at which the papers and Keras begin. */
const RATES: Readonly<Record<OptimizerName, number>> = {
  sgd: 0.01,
  momentum: 0.01,
  adam: 0.001,
  adamax: 0.002,
  rmsprop: 0.001,
  adagrad: 0.01,
  adadelta: 1,
};

/** An optimizer by name, or one of TensorFlow.js, which stays the caller's. */
export type OptimizerOption = OptimizerName | tf.Optimizer;

/** What an optimizer keeps from step to step, as tensors by place and whole numbers. */
export interface OptimizerState {
  readonly iterations: number;
  readonly tensors: ReadonlyMap<string, tf.Tensor>;
}

/** A variable of an optimizer that goes with one of the model. */
interface Slot {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

/** What TensorFlow.js does not document of its optimizers. */
interface Insides {
  iterations_?: number;
  learningRate?: number;
  setLearningRate?: (rate: number) => void;
}

/** An optimizer with a learning rate that follows a schedule and a state that can be saved. */
export class Stepper {
  private readonly optimizer: tf.Optimizer;
  private readonly owned: boolean;
  private readonly schedule: Schedule | undefined;

  constructor(option: OptimizerOption, rate: number | Schedule | undefined) {
    this.owned = typeof option === 'string';
    this.schedule = typeof rate === 'function' ? rate : undefined;
    const fixed = typeof rate === 'number' ? rate : undefined;
    if (typeof option !== 'string') {
      this.optimizer = option;
      if (fixed !== undefined) this.setRate(fixed);
      return;
    }
    const make = Object.hasOwn(MAKERS, option) ? MAKERS[option] : undefined;
    if (make === undefined) {
      const near = nearest(option, Object.keys(MAKERS));
      fail('argument/invalid', {
        subject: 'optimizer',
        expected: `one of ${Object.keys(MAKERS).join(', ')}, or an optimizer of TensorFlow.js`,
        got: `'${option as string}'`,
        ...(near === undefined ? {} : { advice: `Did you mean '${near}'?` }),
      });
    }
    this.optimizer = make(fixed ?? RATES[option]);
  }

  /** Takes the learning rate of a step from its schedule, if there is one. */
  follow(step: number, steps: number): void {
    if (this.schedule !== undefined) this.setRate(this.schedule(step, steps));
  }

  /** Goes one step along gradients. */
  apply(gradients: tf.NamedTensorMap): void {
    this.optimizer.applyGradients(gradients);
  }

  /** The learning rate of the step before. */
  get rate(): number | undefined {
    return this.insides.learningRate;
  }

  private get insides(): Insides {
    return this.optimizer as unknown as Insides;
  }

  private setRate(rate: number): void {
    if (!(rate >= 0 && rate < Infinity)) {
      fail('argument/invalid', {
        subject: 'learningRate',
        expected: 'a number of at least 0',
        got: String(rate),
        advice: 'Look at what its schedule gives at every step',
      });
    }
    const { insides } = this;
    if (typeof insides.setLearningRate === 'function') insides.setLearningRate(rate);
    else insides.learningRate = rate;
  }

  /** What it keeps from step to step; tensors stay its own. */
  state(): OptimizerState {
    const tensors = new Map<string, tf.Tensor>();
    for (const [key, value] of Object.entries(this.optimizer)) {
      if (value instanceof tf.Variable) tensors.set(key, value);
      else if (isSlots(value)) value.forEach(({ variable }, i) => tensors.set(`${key}/${i}`, variable));
    }
    return { iterations: this.insides.iterations_ ?? 0, tensors };
  }

  /**
   * Takes up a state of an optimizer of the same kind.
   * @param variables those of the model, in their order.
   */
  restore({ iterations, tensors }: OptimizerState, variables: readonly tf.Variable[]): void {
    const properties = this.optimizer as unknown as Record<string, unknown>;
    this.insides.iterations_ = iterations;
    for (const [key, tensor] of tensors) {
      const [, list, index] = /^(.+)\/(\d+)$/.exec(key) ?? [];
      if (list === undefined) {
        const scalar = properties[key];
        if (!(scalar instanceof tf.Variable)) this.refuseState(key);
        scalar.assign(tensor);
        continue;
      }
      const slots = properties[list];
      if (!Array.isArray(slots)) this.refuseState(key);
      const own = variables[Number(index)];
      if (own?.shape.join() !== tensor.shape.join()) this.refuseState(key);
      (slots as Slot[])[Number(index)] = {
        originalName: `${own.name}/${list}`,
        variable: tf.tidy(() => tf.variable(tensor, false)),
      };
    }
  }

  private refuseState(key: string): never {
    return fail('train/checkpoint', {
      subject: 'optimizer',
      expected: `one that keeps '${key}', as that of the checkpoint does`,
      got: this.optimizer.getClassName(),
      advice: 'Resume with the optimizer that the training began with',
    });
  }

  /** Its rate and other settings, for checkpoints. */
  described(): Record<string, number | string | boolean> {
    const settings = Object.entries(this.optimizer.getConfig()).flatMap(([name, value]) =>
      name !== 'learningRate' && (typeof value === 'number' || typeof value === 'boolean')
        ? [[`optimizer.${name}`, value] as const]
        : [],
    );
    const rate = this.schedule === undefined ? this.rate : 'of a schedule';
    return { ...(rate !== undefined && { learningRate: rate }), ...Object.fromEntries(settings) };
  }

  /** Its name, for checkpoints. */
  get name(): string {
    return this.optimizer.getClassName();
  }

  dispose(): void {
    if (!this.owned) return;
    // That of momentum forgets the number that holds its rate.
    const { c } = this.optimizer as unknown as { readonly c?: unknown };
    this.optimizer.dispose();
    if (c instanceof tf.Tensor && !c.isDisposed) c.dispose();
  }
}

function isSlots(value: unknown): value is readonly Slot[] {
  return Array.isArray(value) && value.length > 0 && value.every(isSlot);
}

function isSlot(value: unknown): value is Slot {
  return (
    typeof value === 'object' &&
    value !== null &&
    'variable' in value &&
    value.variable instanceof tf.Variable
  );
}
