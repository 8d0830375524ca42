import type { ReportRecord } from '../../record/report.js';
import { parseReport } from '../parse.js';
import { loadCharts } from './chart.js';
import { pageOf } from './page.js';
import { batchSection } from './sections/batches.js';
import { latencySection } from './sections/latency.js';
import { layersSection } from './sections/layers.js';
import { notesSection, recipeSection } from './sections/passes.js';
import { profileSection } from './sections/profile.js';
import { qualitySection } from './sections/quality.js';
import { rooflineSection } from './sections/roofline.js';
import { sensitivityCurvesSection } from './sections/sensitivity-curves.js';
import { sensitivitySection } from './sections/sensitivity.js';
import { sizeSection } from './sections/size.js';
import { backendSection, machineSection, memorySection } from './sections/small.js';
import { hero, summarySection } from './sections/summary.js';
import { tradeoffSection } from './sections/tradeoff.js';
import { histogramSection, sparsitySection } from './sections/weights.js';
import { trainingSection } from './sections/training.js';
import { viewOf, type MakeSection } from './view.js';

/** Sections in the order in which they are read. */
const SECTIONS: readonly MakeSection[] = [
  summarySection,
  latencySection,
  tradeoffSection,
  sizeSection,
  layersSection,
  profileSection,
  rooflineSection,
  batchSection,
  qualitySection,
  trainingSection,
  sensitivitySection,
  sensitivityCurvesSection,
  memorySection,
  backendSection,
  sparsitySection,
  histogramSection,
  recipeSection,
  notesSection,
  machineSection,
];

/**
 * A report as one HTML file that needs nothing else: no network, no server. Light and dark, on paper
 * and on phones; charts have names and numbers for those who do not see them. What the record does
 * not hold has no section. Names in a record are text, whatever they look like.
 * @throws `report/schema` for what is no report.
 */
export async function reportHtml(record: ReportRecord): Promise<string> {
  const view = viewOf(parseReport(record), await loadCharts());
  const sections = SECTIONS.map((make) => make(view)).filter((section) => section !== undefined);
  const { title, made } = view.record;
  return pageOf({ title, made, record: view.record, hero: hero(view) }, sections);
}
