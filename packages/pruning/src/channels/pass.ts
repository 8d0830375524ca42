import {
  checkOptions,
  type JsonObject,
  type LossName,
  type Model,
  type Pass,
  type PassFactories,
  type TrainingData,
} from '@tfjs-optimize/core';
import { CHANNELS_PASS, checkChannelOptions, namedIn, SETTINGS, type ChannelSettings } from './options.js';
import { lostFacts } from './facts.js';
import { channelsOf } from './groups.js';
import { removeChannels } from './prune-channels.js';

/** Options of {@link pruneChannelsPass}: those of `pruneChannels` that are JSON, and names of live inputs. */
export interface PruneChannelsPassOptions extends ChannelSettings {
  /** The name of the input that holds examples for `taylor`; 'data' unless told. */
  readonly data?: string | undefined;
  /** The loss for `taylor`, by name. */
  readonly loss?: LossName | undefined;
}

/** `pruneChannels` as a step of a pipeline. Inside `guard` it leaves the groups whole that lose most. */
export function pruneChannelsPass(options: PruneChannelsPassOptions): Pass {
  const { data = 'data', loss, ...settings } = options;
  // Examples come with the run: here it only matters that they will.
  const isTaylor = settings.importance === 'taylor';
  checkChannelOptions({ ...settings, ...(isTaylor && { data: () => [] }) }, CHANNELS_PASS);
  const { remove } = options;
  const removed = Object.entries(remove ?? {});
  const given: object = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  return {
    name: CHANNELS_PASS,
    options: given as JsonObject,
    takes: 'float',
    asks: isTaylor ? [data] : [],
    trains: isTaylor,
    check: (model) =>
      lostFacts(model.facts).map((subject) => ({
        subject,
        message:
          'it was found with the channels that are to go; put this pass before the one that establishes it',
      })),
    narrow: {
      candidates: (model) => (remove === undefined ? openGroups(model, options) : Object.keys(remove)),
      without: (excluded) =>
        pruneChannelsPass(
          remove === undefined
            ? { ...options, ignore: [...(options.ignore ?? []), ...excluded] }
            : {
                ...options,
                remove: Object.fromEntries(removed.filter(([name]) => !excluded.includes(name))),
              },
        ),
    },
    run: async (model, context) => {
      const live = isTaylor ? { data: context.inputs.need<TrainingData>(data), loss } : {};
      const all = { seed: context.seed, ...settings, ...live, signal: context.signal };
      const result = await removeChannels(model as Model<'float'>, all, CHANNELS_PASS);
      return { model: result.model, changed: result.model !== model, notes: result.notes };
    },
  };
}

/** Names of groups of which channels may go. */
function openGroups(model: Model, options: PruneChannelsPassOptions): string[] {
  const { groups } = channelsOf(model, namedIn(options));
  return groups.filter(({ lock }) => lock === undefined).map(({ name }) => name);
}

/** The pass for recipes. */
export const channelsPasses: PassFactories = {
  [CHANNELS_PASS]: (options) => {
    const { data, loss, ...settings } = options;
    checkOptions(settings, SETTINGS, { where: CHANNELS_PASS });
    return pruneChannelsPass({ ...settings, data, loss } as unknown as PruneChannelsPassOptions);
  },
};
