import { checkOptions, fail, nearest, optionKinds, valueText, type OptionKinds } from '@tfjs-optimize/core';
import type { Pooling } from '../methods/blocks.js';
import type { Norm } from '../methods/structured.js';
import type { Axis } from '../prune/options.js';
import type { Pattern } from '../prune/semi-structured.js';
import {
  sparsities,
  type ConstantOptions,
  type IterativeOptions,
  type OneShotOptions,
  type RampOptions,
} from '../schedules/sparsities.js';
import type { SparsitySchedule } from '../schedules/schedule.js';
import { maskBy, type TrainingMethod } from './method.js';

/** A schedule as JSON: the name of one of {@link sparsities} with what it takes, as its `options` are. */
export type SparsityJson =
  | ({ readonly kind: 'constant' } & ConstantOptions)
  | ({ readonly kind: 'polynomial'; readonly power?: number } & RampOptions)
  | ({ readonly kind: 'cosine' } & RampOptions)
  | ({ readonly kind: 'oneShot' } & OneShotOptions)
  | ({ readonly kind: 'iterative' } & IterativeOptions);

/** A method as JSON: the name of one of {@link maskBy} with what it takes. */
export type MethodJson =
  | { readonly kind: 'magnitude' | 'l1' | 'global' }
  | { readonly kind: 'random'; readonly seed?: number }
  | { readonly kind: 'nOfM'; readonly pattern: Pattern; readonly axis?: 'output' | 'input' | number }
  | {
      readonly kind: 'blocks';
      readonly block?: readonly [rows: number, columns: number];
      readonly pooling?: Pooling;
    }
  | { readonly kind: 'channels'; readonly n?: Norm; readonly axis?: Axis };

/**
 * A schedule of a recipe.
 * @param where what it is, in messages.
 * @throws `argument/invalid`, `pruning/schedule`.
 */
export function sparsityOf(where: string, json: SparsityJson): SparsitySchedule {
  checkKind(where, json, Object.keys(sparsities));
  switch (json.kind) {
    case 'constant':
      return sparsities.constant(withoutKind(json));
    case 'polynomial':
      return sparsities.polynomial(withoutKind(json));
    case 'cosine':
      return sparsities.cosine(withoutKind(json));
    case 'oneShot':
      return sparsities.oneShot(withoutKind(json));
    case 'iterative':
      return sparsities.iterative(withoutKind(json));
  }
}

const { anything, number } = optionKinds;

/** What each method takes; patterns, blocks, norms and axes are looked at by the methods themselves. */
const TAKES: { readonly [K in MethodJson['kind']]: OptionKinds } = {
  magnitude: {},
  l1: {},
  global: {},
  random: { seed: number('a whole number', Number.isSafeInteger) },
  nOfM: { pattern: anything, axis: anything },
  blocks: { block: anything, pooling: anything },
  channels: { n: anything, axis: anything },
};

/**
 * A method of a recipe.
 * @param where what it is, in messages.
 * @param seed of the run, for chance.
 * @throws `argument/invalid`, `pruning/amount` for a pattern that is none.
 */
export function methodOf(where: string, json: MethodJson, seed: number): TrainingMethod {
  checkKind(where, json, Object.keys(maskBy));
  checkOptions(json, { kind: anything, ...TAKES[json.kind] }, { where });
  switch (json.kind) {
    case 'random':
      return maskBy.random(json.seed ?? seed);
    case 'nOfM':
      return maskBy.nOfM(json.pattern, withoutKind(json));
    case 'blocks':
      return maskBy.blocks(withoutKind(json));
    case 'channels':
      return maskBy.channels(withoutKind(json));
    default:
      return maskBy[json.kind]();
  }
}

function withoutKind<T extends { readonly kind: string }>({ kind: _, ...rest }: T): Omit<T, 'kind'> {
  return rest;
}

function checkKind(where: string, json: unknown, known: readonly string[]): void {
  if (!optionKinds.object.fits(json)) {
    fail('argument/invalid', {
      subject: where,
      expected: `an object whose kind is one of ${known.join(', ')}`,
      got: valueText(json),
    });
  }
  const { kind } = json as { readonly kind?: unknown };
  if (known.includes(kind as string)) return;
  const near = typeof kind === 'string' ? nearest(kind, known) : undefined;
  fail('argument/invalid', {
    subject: `${where}.kind`,
    expected: `one of ${known.join(', ')}`,
    got: kind === undefined ? 'nothing' : valueText(kind),
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}
