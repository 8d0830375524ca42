import {
  checkOptions,
  optionKinds,
  type JsonObject,
  type OptionKinds,
  type Pass,
  type PassFactories,
} from '@tfjs-optimize/core';
import { kernelLayers } from '../kernels.js';
import type { Amount } from '../methods/amount.js';
import { NAMED_SELECTION, type NamedSelection } from '../prune/options.js';
import type { Pattern } from '../prune/semi-structured.js';
import { chooseByInputs, prunedByInputs, WANDA_READING, type WandaOptions } from '../prune/wanda.js';
import type { ExampleData } from '../targets/examples.js';

/** Options of {@link wandaPass}: those of `wanda` that are JSON, and the name of its data. */
export interface WandaPassOptions extends NamedSelection, Pick<WandaOptions, 'batchSize' | 'limit' | 'seed'> {
  readonly amount: Amount | Pattern;
  /** The name under which data are given to the run of passes: `data` unless told. */
  readonly data?: string | undefined;
}

const NAME = 'pruning/wanda';
const KINDS: OptionKinds<WandaPassOptions> = {
  ...NAMED_SELECTION,
  ...WANDA_READING,
  amount: optionKinds.anything,
  data: { ...optionKinds.text, expected: 'a name under which it is given to the run' },
};

/**
 * `wanda` as a step of a pipeline; inside `guard` it leaves out the layers that lose most. The seed is that of the run
 * unless told.
 * @throws `argument/invalid`, and `pruning/amount` for amounts, before anything runs.
 */
export function wandaPass(options: WandaPassOptions): Pass {
  checkOptions<WandaPassOptions>(options, KINDS, { where: NAME, needed: ['amount'] });
  const { amount, data = 'data', layers, exclude, weights, batchSize, limit, seed } = options;
  chooseByInputs(amount, NAME);
  const selection = { layers, exclude, weights };
  const given: object = Object.fromEntries(
    Object.entries({ ...options, data }).filter(([, value]) => value !== undefined),
  );
  return {
    name: NAME,
    options: given as JsonObject,
    takes: 'float',
    asks: [data],
    narrow: {
      candidates: (model) => kernelLayers(model, selection, NAME),
      without: (excluded) => wandaPass({ ...options, exclude: [...(exclude ?? []), ...excluded] }),
    },
    run: async (model, { inputs, seed: seedOfRun, signal, progress }) => {
      const live = { data: inputs.need<ExampleData>(data), signal, progress };
      const reading = { batchSize, limit, seed: seed ?? seedOfRun };
      const done = await prunedByInputs(model, amount, { ...selection, ...reading, ...live }, NAME);
      return { model: done.model, changed: done.model !== model, notes: done.notes };
    },
  };
}

/** The pass for recipes. */
export const wandaPasses: PassFactories = {
  [NAME]: (options) => wandaPass(options as unknown as WandaPassOptions),
};
