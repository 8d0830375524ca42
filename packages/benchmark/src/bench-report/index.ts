export { benchReportHtml } from './html.js';
export { benchReportMarkdown } from './markdown.js';
export type { BenchReport } from './record.js';
