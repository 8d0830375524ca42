export { accuracy, topK } from './accuracy.js';
export { agreement, type AgreementOptions } from './agreement.js';
export type { EvaluationData, LabelledBatch } from './batches.js';
export type { ClassOptions } from './classes.js';
export { confusionMatrix, f1, type ConfusionOptions, type F1Average, type F1Options } from './confusion.js';
export { evaluate, type EvaluateOptions } from './evaluate.js';
export type { Confusion, Metric, MetricResult, Scored, ScoredBatch, Tally } from './metric.js';
export { cosine, meanSquaredError } from './regression.js';
