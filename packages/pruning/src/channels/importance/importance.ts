import { Random } from '@tfjs-optimize/core';
import type { Channels, Group } from '../groups.js';
import type { Member } from '../members.js';
import { normalize, reduceEntries, type Normalizer, type Reduction } from './combine.js';
import { distances } from './distances.js';
import { perUnit, requireFinite, slicesOf, sumOverSlices, WeightValues, type Sliced } from './slices.js';

/**
 * What tells that a channel matters.
 * - `l1`, `l2`: the sum of |w| or w² over its weights (Li et al. 2017)
 * - `lamp`: w² by the sum of all that are larger (Lee et al. 2021)
 * - `batch-norm-scale`: |γ| (Liu et al. 2017, network slimming)
 * - `fpgm`: its distance from all other channels (He et al. 2019, filter pruning via geometric median)
 * - `taylor`: the sum of |w · ∂loss/∂w|, what the loss changes to first order (Molchanov et al. 2019); needs data
 * - `random`: nothing, by seed
 */
export type ImportanceName = 'l1' | 'l2' | 'lamp' | 'batch-norm-scale' | 'fpgm' | 'taylor' | 'random';

export const IMPORTANCES: readonly ImportanceName[] = [
  'l1',
  'l2',
  'lamp',
  'batch-norm-scale',
  'fpgm',
  'taylor',
  'random',
];

/** How importance is computed. */
export interface ImportanceSettings {
  readonly importance: ImportanceName;
  readonly reduction: Reduction;
  readonly normalizer: Normalizer;
  readonly seed: number;
  /** ∂loss/∂w by weight, for `taylor`. */
  readonly gradients?: ReadonlyMap<string, Float32Array>;
}

/** The importance of each unit of a group; undefined where nothing of the group tells it. */
export type Importance = (group: Group) => Float64Array | undefined;

/**
 * Importance as settings say: by members, reduced to one number a unit, normalized within the group.
 * @throws `pruning/weight` from it for NaN and infinities in what belongs to a group.
 */
export function importanceOf(channels: Channels, settings: ImportanceSettings, subject: string): Importance {
  const values = new WeightValues(channels, subject);
  const random = Random.of(settings.seed);
  return (group) => {
    values.check(group);
    if (settings.importance === 'random') {
      const stream = random.fork(group.name);
      return Float64Array.from(group.units, () => stream.uniform());
    }
    const entries = countedMembers(group, settings.importance).map((member) => {
      const { shape } = channels.model.weights.need(member.weight);
      const weight = values.of(member.weight);
      const measured = measure(slicesOf(shape, member, weight), member, settings);
      return perUnit(group, member, requireFinite(measured, member.weight, subject));
    });
    if (entries.length === 0) return undefined;
    return normalize(reduceEntries(entries, settings.reduction), settings.normalizer);
  };
}

/** What counts: kernels on both sides and scales of norms. As in Torch-Pruning depthwise kernels and biases do not. */
const COUNTED: ReadonlySet<string> = new Set(['convolution', 'dense', 'embedding', 'norm']);

/** Members that count; of a group that has none of them, all. */
function countedMembers({ members, root }: Group, importance: ImportanceName): readonly Member[] {
  const isNorm = importance === 'batch-norm-scale';
  const counted = members.filter(({ first: { kind } }) => (isNorm ? kind === 'norm' : COUNTED.has(kind)));
  if (counted.length === 0) return isNorm ? [] : members;
  // The layer that names the group comes first.
  return [...counted.filter((member) => member === root), ...counted.filter((member) => member !== root)];
}

function measure(slices: Sliced, member: Member, settings: ImportanceSettings): Float64Array {
  switch (settings.importance) {
    case 'l1':
    case 'batch-norm-scale':
      return sumOverSlices(slices, 'absolute');
    case 'fpgm':
      return member.first.kind === 'norm' ? sumOverSlices(slices, 'absolute') : distances(slices);
    case 'taylor': {
      const gradient = settings.gradients?.get(member.weight);
      return gradient === undefined ? new Float64Array(slices.count) : sumOverSlices(slices, gradient);
    }
    default:
      return sumOverSlices(slices, 'square');
  }
}
