import {
  checkOptions,
  fail,
  optionKinds,
  valueText,
  type LayersOptions,
  type LossOption,
  type Model,
  type OptionKinds,
  type TrainingData,
  type WeightedLoss,
} from '@tfjs-optimize/core';
import type { ChannelFigures } from './figures.js';
import { IMPORTANCES, type ImportanceName } from './importance/importance.js';
import type { Normalizer, Reduction } from './importance/combine.js';

/** What a model may cost: a share of what it costs (up to 1), or an absolute number (above 1). */
export interface ChannelBudget {
  /** Multiply-accumulates of one example. */
  readonly macs?: number | undefined;
  /** Operations of one example. */
  readonly flops?: number | undefined;
  readonly parameters?: number | undefined;
  /** Bytes of the weights as they are stored. */
  readonly bytes?: number | undefined;
}

/** Options of {@link pruneChannels} that JSON can tell. */
export interface ChannelSettings {
  /** Share of the channels to remove, from 0 to below 1: of each group, or of all channels where `scope` is 'model'. */
  readonly ratio?: number | undefined;
  /** Shares by layer, in place of `ratio`; of coupled layers the smallest counts. Frozen layers that are named may be cut. */
  readonly layers?: Readonly<Record<string, number>> | undefined;
  /**
   * What the model may cost, in place of a ratio, which is then searched for. Groups get a step of `roundTo` back where
   * the budget allows it: their shares are equal but for that.
   */
  readonly budget?: ChannelBudget | undefined;
  /**
   * Output channels to remove by layer, counted from 0, in place of all of the above; at once, and just these: options
   * that choose among channels are refused beside it.
   */
  readonly remove?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Whether each group loses its share, or the least important channels of all groups go. `group` unless told. */
  readonly scope?: 'group' | 'model' | undefined;
  /** What tells which channels matter; `l2` unless told. */
  readonly importance?: ImportanceName | undefined;
  /** How coupled slices are combined; `mean` unless told. */
  readonly reduction?: Reduction | undefined;
  /** By what the importances of a group are divided; `mean` unless told (`lamp` for that importance). */
  readonly normalizer?: Normalizer | undefined;
  /** Channels that are left are a multiple of this, in groups of as many; 8 unless told, since kernels like multiples. */
  readonly roundTo?: number | undefined;
  /** At most this share of a group goes; 1 unless told, and one channel always stays. */
  readonly maxRatio?: number | undefined;
  /** Layers whose channels all stay. */
  readonly ignore?: readonly string[] | undefined;
  /** Steps in which the channels go; 1 unless told. */
  readonly iterations?: number | undefined;
  /** Examples of which gradients are computed at once, for `taylor`: fewer take less memory; 256 unless told. */
  readonly batchSize?: number | undefined;
  /** For `random`. */
  readonly seed?: number | undefined;
  /**
   * Shapes of inputs, by name, of which more than the first size is unknown; null leaves a size open. A layers model is
   * traced at them, and operations are counted at them.
   */
  readonly inputShapes?: LayersOptions['inputShapes'] | undefined;
}

/** Where a removal in steps has come to. */
export interface ChannelStep {
  /** The step that was just taken, from 1 on, and of how many (`iterations`). */
  readonly step: number;
  readonly steps: number;
  readonly isLast: boolean;
  /** What the model that was given costs, and what the one costs that is left by now. */
  readonly before: ChannelFigures;
  readonly after: ChannelFigures;
}

/** Options of {@link pruneChannels}. */
export interface PruneChannelsOptions extends ChannelSettings {
  /** Examples for `taylor`. */
  readonly data?: TrainingData | undefined;
  /** The loss whose change `taylor` estimates, a mean over examples; `crossEntropy` unless told. */
  readonly loss?: LossOption | readonly WeightedLoss[] | undefined;
  /** Called after each step; what it gives back (trained weights, the same structure) is pruned further. */
  readonly between?:
    ((model: Model<'float'>, step: ChannelStep) => Promise<Model<'float'>> | Model<'float'>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const { anything, list, code, whole, number, object, oneOf, group } = optionKinds;
const above0 = number('a number above 0', (value) => value > 0 && Number.isFinite(value));

export const SETTINGS: OptionKinds<ChannelSettings> = {
  ...{ ratio: anything, layers: object, remove: object, ignore: list, inputShapes: object },
  budget: group({ macs: above0, flops: above0, parameters: above0, bytes: above0 }),
  scope: oneOf('group', 'model'),
  importance: oneOf(...IMPORTANCES),
  reduction: oneOf('mean', 'sum', 'max', 'first'),
  normalizer: oneOf('mean', 'max', 'sum', 'lamp', 'none'),
  roundTo: whole,
  maxRatio: number('a share above 0, at most 1', (value) => value > 0 && value <= 1),
  iterations: whole,
  batchSize: whole,
  seed: number('a whole number', Number.isSafeInteger),
};

const OPTIONS: OptionKinds<PruneChannelsOptions> = {
  ...SETTINGS,
  ...{ data: anything, loss: anything, between: code, signal: anything },
};

/** The name of the pass, for errors, too. */
export const CHANNELS_PASS = 'pruning/channels';

/** Layers, nodes and weights that are to be cut by name, frozen ones, too. */
export function namedIn({ layers, remove }: ChannelSettings): string[] {
  return [...Object.keys(layers ?? {}), ...Object.keys(remove ?? {})];
}

/** Refuses options that contradict themselves, before any work. */
export function checkChannelOptions(options: PruneChannelsOptions, where = 'pruneChannels'): void {
  checkOptions(options, OPTIONS, { where });
  const { ratio, layers, budget, remove } = options;
  const ways = Object.entries({ 'ratio or layers': ratio ?? layers, budget, remove }).filter(
    ([, value]) => value !== undefined,
  );
  if (ways.length !== 1) {
    fail(ways.length === 0 ? 'argument/missing' : 'argument/invalid', {
      subject: where,
      expected: 'one of ratio (with layers), budget or remove',
      got: ways.length === 0 ? 'none of them' : ways.map(([name]) => name).join(' and '),
    });
  }
  if (remove !== undefined) checkRemoved(remove, options, where);
  if (layers !== undefined && options.scope === 'model') {
    fail('argument/invalid', {
      subject: `${where}.scope`,
      expected: "'group' beside layers, which tell shares of their own",
      got: "'model'",
      advice: 'Leave layers out by ignore instead',
    });
  }
  if (ratio !== undefined) checkRatio(ratio, `${where}.ratio`);
  for (const [layer, value] of Object.entries(layers ?? {})) checkRatio(value, `${where}.layers['${layer}']`);
  if (budget !== undefined && Object.values(budget).filter((value) => value !== undefined).length !== 1) {
    fail('argument/invalid', {
      subject: `${where}.budget`,
      expected: 'one of macs, flops, parameters or bytes',
      got: Object.keys(budget).join(' and ') || 'none of them',
    });
  }
  if (options.importance === 'taylor' && options.data === undefined) {
    fail('pruning/data', {
      subject: `${where}: importance 'taylor'`,
      expected: 'data and loss, from which gradients are computed',
      got: 'no data',
      advice: "Give data and loss, or take 'l2'",
    });
  }
}

/** What chooses among channels: named ones are chosen already. */
const CHOOSING = [
  ...(['ignore', 'maxRatio', 'roundTo', 'scope', 'importance', 'reduction', 'normalizer'] as const),
  ...(['seed', 'batchSize', 'data', 'loss'] as const),
] satisfies readonly (keyof PruneChannelsOptions)[];

/** Places are those of the model that is given: after a first step others would have them. */
function checkRemoved(
  remove: Readonly<Record<string, unknown>>,
  options: PruneChannelsOptions,
  where: string,
): void {
  const { iterations } = options;
  const idle = CHOOSING.find((name) => options[name] !== undefined);
  if (idle !== undefined) {
    fail('argument/invalid', {
      subject: `${where}.${idle}`,
      expected: 'none beside remove, which names the channels that go',
      got: valueText(options[idle]),
      advice: `Leave ${idle} out`,
    });
  }
  if (iterations !== undefined && iterations > 1) {
    fail('argument/invalid', {
      subject: `${where}.iterations`,
      expected: '1 beside remove, which names the channels that go at once',
      got: String(iterations),
      advice: 'Leave iterations out',
    });
  }
  for (const [layer, places] of Object.entries(remove)) {
    if (Array.isArray(places)) continue;
    fail('argument/invalid', {
      subject: `${where}.remove['${layer}']`,
      expected: 'a list of channels, counted from 0',
      got: valueText(places),
    });
  }
}

function checkRatio(ratio: unknown, subject: string): void {
  if (typeof ratio === 'number' && ratio >= 0 && ratio < 1) return;
  const isAll = ratio === 1;
  fail(isAll ? 'pruning/group' : 'pruning/amount', {
    subject,
    expected: 'a share of the channels from 0 to below 1',
    got: valueText(ratio),
    ...(isAll && { advice: 'A layer keeps at least one channel; remove the layer instead' }),
  });
}
