import {
  checkOptions,
  fail,
  optionKinds,
  type LayersOptions,
  type Model,
  type Note,
  type OptionKinds,
} from '@tfjs-optimize/core';
import { channelsOf, type Group } from '../channels/groups.js';
import { SETTINGS } from '../channels/options.js';
import { removeChannels } from '../channels/prune-channels.js';
import { checkCuttable, checkNames, comesOutOf } from '../channels/select-layers.js';
import type { ChannelFigures } from '../channels/figures.js';
import { chosenKernels } from '../kernels.js';
import { prunedCount } from '../masks/mask.js';
import { chooseL1 } from '../prune/unstructured.js';
import { prunedModel } from '../targets/model.js';
import type { ChannelChoice, PrunedKind } from './curves.js';

/** Layers that can be pruned, and what prunes them. */
export interface Trials {
  /** In the order of the model. */
  readonly layers: readonly TrialLayer[];
  /** Prunes layers by their shares; the model stays as it is. */
  prune(ratios: Readonly<Record<string, number>>, quickly?: boolean): Promise<Trial>;
}

/** A layer that can be pruned. */
export interface TrialLayer {
  readonly layer: string;
  readonly op: string;
  /** Weights or channels. */
  readonly size: number;
}

/** A pruned model. */
export interface Trial {
  readonly model: Model<'float'>;
  readonly notes: readonly Note[];
  /** The share of a layer that is gone. */
  readonly gone: (layer: string) => number;
  /** What it costs, and what the model cost before; of channels. */
  readonly figures?: { readonly before: ChannelFigures; readonly after: ChannelFigures };
}

/** Which layers are tried. */
export interface TriedLayers {
  /** Only these layers, by name; all that can be pruned unless told. */
  readonly layers?: readonly string[] | undefined;
  /** All but these. */
  readonly exclude?: readonly string[] | undefined;
}

const CHOICE: OptionKinds<ChannelChoice> = {
  importance: optionKinds.oneOf('l1', 'l2', 'lamp', 'batch-norm-scale', 'fpgm', 'random'),
  reduction: SETTINGS.reduction,
  normalizer: SETTINGS.normalizer,
  roundTo: SETTINGS.roundTo,
  seed: SETTINGS.seed,
};

/**
 * What prunes the layers of a model.
 * @throws `pruning/layer` for names that the model does not have, and where nothing is left; `pruning/group` for layers
 *   of which nothing can be cut; `argument/invalid` for a choice of channels where weights are pruned.
 */
export function trialsOf(
  model: Model<'float'>,
  kind: PrunedKind,
  among: TriedLayers & LayersOptions,
  choice: ChannelChoice | undefined,
  subject: string,
): Trials {
  if (kind === 'channels') return channelTrials(model, among, choice ?? {}, subject);
  if (choice === undefined) return weightTrials(model, among, subject);
  return fail('argument/invalid', {
    subject: `${subject}: choice`,
    expected: "kind: 'channels' with it",
    got: "kind: 'weights'",
  });
}

function weightTrials(model: Model<'float'>, among: TriedLayers, subject: string): Trials {
  const byLayer = new Map<string, { op: string; names: string[]; size: number }>();
  for (const { layer, name, weight, readers } of chosenKernels(model, among, subject).kernels) {
    const found = byLayer.get(layer) ?? { op: readers[0]?.op ?? '', names: [], size: 0 };
    found.names.push(name);
    found.size += weight.size;
    byLayer.set(layer, found);
  }
  return {
    layers: [...byLayer].map(([layer, { op, size }]) => ({ layer, op, size })),
    prune: (ratios) => {
      const amounts = Object.fromEntries(
        Object.entries(ratios).map(([layer, fraction]) => [layer, { fraction }] as const),
      );
      const selection = { layers: Object.keys(ratios) };
      const done = prunedModel(model, selection, chooseL1({ byLayer: amounts }, subject), subject);
      const gone = (layer: string): number => {
        const { names = [], size = 1 } = byLayer.get(layer) ?? {};
        const zeros = names.map((name) => {
          const mask = done.masks.get(name);
          return mask === undefined ? 0 : prunedCount(mask);
        });
        return zeros.reduce((a, b) => a + b, 0) / Math.max(1, size);
      };
      return Promise.resolve({ model: done.model, notes: done.notes, gone });
    },
  };
}

function channelTrials(
  model: Model<'float'>,
  { layers, exclude = [], inputShapes }: TriedLayers & LayersOptions,
  choice: ChannelChoice,
  subject: string,
): Trials {
  checkOptions<ChannelChoice>(choice, CHOICE, { where: `${subject}.choice` });
  const channels = channelsOf(model, layers);
  checkNames(channels, [...(layers ?? []), ...exclude], subject);
  checkCuttable(channels, layers ?? [], subject);
  const open = channels.groups.filter(
    (group) =>
      group.lock === undefined &&
      (layers === undefined || layers.some((name) => comesOutOf(group, name))) &&
      !exclude.some((name) => comesOutOf(group, name)),
  );
  if (open.length === 0) {
    fail('pruning/layer', {
      subject,
      expected: 'at least one layer with channels that can be removed',
      got: 'none',
      advice: 'explainGroups tells what can be removed',
    });
  }
  /** All that goes where a layer is named: what comes out of it may be several groups. */
  const groupsOf = (name: string): Group[] =>
    channels.groups.filter((group) => group.lock === undefined && comesOutOf(group, name));
  const sizeOf = (groups: readonly Group[]): number =>
    groups.reduce((sum, { units }) => sum + units.length, 0);
  return {
    // Groups are read from the outputs.
    layers: open.reverse().map(({ name, root }) => ({
      layer: name,
      op: model.graph.get(root.first.node)?.op ?? '',
      size: sizeOf(groupsOf(name)),
    })),
    prune: async (ratios, quickly = false) => {
      const quick = quickly && ({ importance: 'l1' } as const);
      const settings = { ...choice, ...quick, layers: ratios, inputShapes };
      const done = await removeChannels(model, settings, subject, layers ?? []);
      const removed = new Map(done.steps.flat().map((group) => [group.name, group.removed.length]));
      const gone = (layer: string): number => {
        const groups = groupsOf(layer);
        return (
          groups.reduce((sum, { name }) => sum + (removed.get(name) ?? 0), 0) / Math.max(1, sizeOf(groups))
        );
      };
      return {
        model: done.model,
        notes: done.notes,
        gone,
        figures: { before: done.before, after: done.after },
      };
    },
  };
}
