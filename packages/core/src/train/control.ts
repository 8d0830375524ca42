import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Fact } from '../facts.js';
import { nearest } from '../nearest.js';
import type { Control } from './callbacks.js';
import type { Training } from './training.js';

/** What callbacks can do with a training. */
export function controlOf(training: Training): Control {
  const { course, trainer, best, kept } = training;
  const { weights } = trainer;
  return {
    given: training.model,
    trained: weights.trained,
    get facts() {
      return weights.facts.now;
    },
    stop: () => void (course.ended ??= 'callback'),
    model: () => weights.modelOf(),
    weight: (name) => weightOf(training, name),
    establish: (fact, value) => {
      checkFact(training, fact);
      weights.facts.establish(fact, value);
      weights.project();
    },
    tell: (name, value) => {
      checkName(trainer.names(), name);
      course.told = { ...course.told, [name]: value };
    },
    note: (note) => {
      if (course.notes.every(({ message }) => message !== note.message)) course.notes.push(note);
    },
    forgetBest: () => {
      best.forget();
      kept.keepBest(undefined);
    },
  };
}

function weightOf({ trainer: { weights } }: Training, name: string): tf.Tensor {
  const found = weights.trained.includes(name) ? weights.get(name) : undefined;
  if (found !== undefined) return found;
  const near = nearest(name, weights.trained);
  return fail('argument/invalid', {
    subject: 'control.weight',
    expected: 'the name of a trained weight',
    got: `'${name}'`,
    ...(near === undefined ? {} : { advice: `Did you mean '${near}'?` }),
  });
}

function checkFact<T>({ saving }: Training, fact: Fact<T>): void {
  if (fact.running !== undefined) {
    fail('argument/invalid', {
      subject: 'control.establish',
      expected: 'a fact without running averages, which are settled when training begins',
      got: `'${fact.name}'`,
      advice: 'Establish it on the model that is trained',
    });
  }
  if (saving === undefined || (fact.toJson !== undefined && fact.fromJson !== undefined)) return;
  fail('train/checkpoint', {
    subject: `fact '${fact.name}'`,
    expected: 'toJson and fromJson, by which checkpoints keep it',
    got: 'a fact that cannot be saved',
    advice: 'Train without checkpoints',
  });
}

function checkName(own: readonly string[], name: string): void {
  if (!own.includes(name)) return;
  fail('argument/invalid', {
    subject: 'control.tell',
    expected: 'a name that the training does not tell itself',
    got: `'${name}'`,
  });
}
