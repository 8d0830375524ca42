export type { ScheduleJson } from '@tfjs-optimize/core';
export { distill } from './distill.js';
export {
  averaged,
  cosineDistance,
  meanSquaredDifference,
  softTargetLoss,
  type WeightedTensor,
} from './distances.js';
export { layerMap, type MatchOptions } from './match.js';
export type { CacheOptions, DistillOptions } from './options.js';
export { distillationPasses, distillPass, type DistillPassOptions, type MatchJson } from './pass.js';
export type { TeacherModel, Teachers, WeightedTeacher } from './teacher.js';
