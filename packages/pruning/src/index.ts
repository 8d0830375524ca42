export {
  explainGroups,
  type ChannelGroup,
  type GroupPart,
  type GroupsExplained,
} from './channels/explain-groups.js';
export type { ChannelFigures } from './channels/figures.js';
export type { Normalizer, Reduction } from './channels/importance/combine.js';
export type { ImportanceName } from './channels/importance/importance.js';
export type { ChannelBudget, ChannelSettings, PruneChannelsOptions } from './channels/options.js';
export { pruneChannelsPass, type PruneChannelsPassOptions } from './channels/pass.js';
export { pruneChannels } from './channels/prune-channels.js';
export type { PrunedChannels, PrunedGroup } from './channels/result.js';
export type { ChannelSource } from './channels/source.js';
export { masked, prunedCount, type Mask, type Masks } from './masks/mask.js';
export { masksFact } from './masks/masks-fact.js';
export { pruningPasses } from './passes.js';
