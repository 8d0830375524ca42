import {
  checkOptions,
  fail,
  nearest,
  optionKinds,
  valueText,
  type JsonObject,
  type Model,
  type OptionKinds,
  type Pass,
  type PassFactories,
} from '@tfjs-optimize/core';
import { kernelLayers } from '../kernels.js';
import type { Amount, AmountByLayer } from '../methods/amount.js';
import {
  chooseBlocks,
  chooseNm,
  type BlockSparsityOptions,
  type NmOptions,
  type Pattern,
} from '../prune/semi-structured.js';
import {
  chooseLn,
  chooseRandomSlices,
  type LnOptions,
  type RandomStructuredOptions,
} from '../prune/structured.js';
import {
  amongNamed,
  chooseGlobal,
  chooseL1,
  chooseMagnitude,
  chooseRandom,
  chooseThreshold,
  type GlobalOptions,
} from '../prune/unstructured.js';
import { axisKind, NAMED_SELECTION, type NamedSelection } from '../prune/options.js';
import { prunedModel } from '../targets/model.js';
import type { Choose } from '../targets/part.js';
import { masksFact } from './masks-fact.js';
import { remove } from './remove.js';

/** Options of each pass that prunes by masks, in JSON. */
export interface MaskPassOptions {
  'pruning/l1-unstructured': NamedSelection & { readonly amount: Amount | AmountByLayer };
  'pruning/random-unstructured': NamedSelection & { readonly amount: Amount; readonly seed?: number };
  'pruning/global-unstructured': NamedSelection & { readonly amount: Amount } & Pick<
      GlobalOptions,
      'method' | 'seed'
    >;
  'pruning/threshold': NamedSelection & { readonly threshold: number };
  'pruning/magnitude': NamedSelection & { readonly sparsity: number };
  'pruning/ln-structured': NamedSelection & { readonly amount: Amount } & Pick<LnOptions, 'n' | 'axis'>;
  'pruning/random-structured': NamedSelection & { readonly amount: Amount } & Pick<
      RandomStructuredOptions,
      'axis' | 'seed'
    >;
  'pruning/n-of-m': NamedSelection & { readonly pattern: Pattern } & Pick<NmOptions, 'axis' | 'level'>;
  'pruning/blocks': NamedSelection & { readonly sparsity: number } & Pick<
      BlockSparsityOptions,
      'block' | 'pooling'
    >;
}

/** The name of a pass that prunes by masks. */
export type MaskPassName = keyof MaskPassOptions;

/** How a pass chooses; `seed` is that of the run. */
interface Method<N extends MaskPassName> {
  readonly kinds: OptionKinds<Omit<MaskPassOptions[N], keyof NamedSelection>>;
  readonly needed: readonly string[];
  readonly choose: (options: MaskPassOptions[N], seed: number, subject: string) => Choose;
  /** Which layers it prunes, where its other options tell that, too. */
  readonly among?: (options: MaskPassOptions[N], subject: string) => NamedSelection;
}

const { anything, oneOf, share, number } = optionKinds;
const seed = number('a whole number', Number.isSafeInteger);

/** Amounts, thresholds, sparsities and patterns are looked at by the methods themselves. */
const METHODS: { readonly [N in MaskPassName]: Method<N> } = {
  'pruning/l1-unstructured': {
    kinds: { amount: anything },
    needed: ['amount'],
    choose: ({ amount }, _, subject) => chooseL1(amount, subject),
    among: ({ amount, ...selection }, subject) => amongNamed(amount, selection, subject),
  },
  'pruning/random-unstructured': {
    kinds: { amount: anything, seed },
    needed: ['amount'],
    choose: (options, seedOfRun, subject) => chooseRandom(options.amount, options.seed ?? seedOfRun, subject),
  },
  'pruning/global-unstructured': {
    kinds: { amount: anything, method: oneOf('l1', 'random'), seed },
    needed: ['amount'],
    choose: ({ amount, method, seed: own }, seedOfRun, subject) =>
      chooseGlobal(amount, { method, seed: own ?? seedOfRun }, subject),
  },
  'pruning/threshold': {
    kinds: { threshold: anything },
    needed: ['threshold'],
    choose: ({ threshold }, _, subject) => chooseThreshold(threshold, subject),
  },
  'pruning/magnitude': {
    kinds: { sparsity: anything },
    needed: ['sparsity'],
    choose: ({ sparsity }, _, subject) => chooseMagnitude(sparsity, subject),
  },
  'pruning/ln-structured': {
    kinds: {
      amount: anything,
      n: { expected: "a number or 'fro'", fits: (n) => typeof n === 'number' || n === 'fro' },
      axis: axisKind,
    },
    needed: ['amount'],
    choose: (options, _, subject) => chooseLn(options.amount, options, subject),
  },
  'pruning/random-structured': {
    kinds: { amount: anything, axis: axisKind, seed },
    needed: ['amount'],
    choose: ({ amount, axis, seed: own }, seedOfRun, subject) =>
      chooseRandomSlices(amount, { axis, seed: own ?? seedOfRun }, subject),
  },
  'pruning/n-of-m': {
    kinds: { pattern: anything, axis: axisKind, level: share },
    needed: ['pattern'],
    choose: (options, _, subject) => chooseNm(options.pattern, options, subject),
  },
  'pruning/blocks': {
    kinds: { sparsity: anything, block: anything, pooling: oneOf('average', 'maximum', 'mean-square') },
    needed: ['sparsity'],
    choose: (options, _, subject) => chooseBlocks(options.sparsity, options, subject),
  },
};

/**
 * A pruning by masks as a step of a pipeline; inside `guard` it leaves out the layers that lose most.
 * @throws `argument/invalid`, and `pruning/amount` for amounts, before anything runs.
 */
export function maskPass<N extends MaskPassName>(name: N, options: MaskPassOptions[N]): Pass<'float'> {
  const method: Method<N> = methodNamed(name);
  const kinds = { ...NAMED_SELECTION, ...method.kinds } as OptionKinds<MaskPassOptions[N]>;
  checkOptions<MaskPassOptions[N]>(options, kinds, { where: name, needed: method.needed });
  method.choose(options, 0, name);
  const { layers, exclude, weights }: NamedSelection = method.among?.(options, name) ?? options;
  const selection = { layers, exclude, weights };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    name,
    options: given,
    takes: 'float',
    narrow: {
      candidates: (model) => kernelLayers(model, selection, name),
      without: (excluded) => maskPass(name, { ...options, exclude: [...(exclude ?? []), ...excluded] }),
    },
    run: (model: Model<'float'>, context) => {
      const done = prunedModel(model, selection, method.choose(options, context.seed, name), name);
      return Promise.resolve({ model: done.model, changed: done.model !== model, notes: done.notes });
    },
  };
}

function methodNamed<N extends MaskPassName>(name: N): Method<N> {
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  const names = Object.keys(METHODS);
  const given: unknown = name;
  const near = nearest(String(given), names);
  return fail('argument/invalid', {
    subject: 'maskPass: name',
    expected: `one of ${names.join(', ')}`,
    got: valueText(name),
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}

/** The name of the pass of {@link remove}. */
const REMOVE = 'pruning/remove';

/** `remove` as a step of a pipeline: ends the masks and keeps the zeros. */
export function removePass(): Pass {
  return {
    name: REMOVE,
    options: {},
    drops: [masksFact],
    run: (model) => {
      const next = remove(model);
      return Promise.resolve({ model: next, changed: next !== model, notes: [] });
    },
  };
}

/** The passes of masks, for recipes. */
export const maskPasses: PassFactories = {
  ...Object.fromEntries(
    (Object.keys(METHODS) as MaskPassName[]).map((name) => [
      name,
      (options: JsonObject) => maskPass(name, options as unknown as MaskPassOptions[typeof name]),
    ]),
  ),
  [REMOVE]: (options) => {
    checkOptions<object>(options, {}, { where: REMOVE });
    return removePass();
  },
};
