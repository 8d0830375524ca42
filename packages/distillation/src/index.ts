export { distill, type DistillOptions, type Teachers } from './distill.js';
export {
  averaged,
  cosineDistance,
  meanSquaredDifference,
  softTargetLoss,
  type WeightedTensor,
} from './distances.js';
export { layerMap, type MatchOptions } from './match.js';
export { distillationPasses, distillPass, type DistillPassOptions } from './pass.js';
export type { TeacherModel, WeightedTeacher } from './teacher.js';
