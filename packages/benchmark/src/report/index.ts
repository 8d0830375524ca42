export { collectReport, type CollectOptions, type QualityOptions } from './collect.js';
export { reportHtml } from './html/index.js';
export { reportMarkdown } from './markdown.js';
export { paretoFront, type Place } from './pareto.js';
export { parseReport } from './parse.js';
export { reportSchema } from './schema.js';
export type { SensitivityGiven } from './sensitivity.js';
