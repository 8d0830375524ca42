import {
  collectReport,
  regressionVerdict,
  type CollectOptions,
  type ReportRecord,
} from '@tfjs-optimize/benchmark';
import { backend, fail, type BackendName, type JsonObject } from '@tfjs-optimize/core';
import { startBackends, type BackendChoice } from '../benchmark/backends.js';
import { tracedNote, withModels, type NamedModels } from '../benchmark/models.js';
import { refuseReportPlace, writeReport } from '../benchmark/output.js';
import { comparisonText, slowdownOf } from '../benchmark/render-comparison.js';
import { asTensors, timingOf, watchOf, type TimingChoice } from '../benchmark/timing.js';
import { EXIT } from '../exit.js';
import { DEFAULT_SEED, inputsFor, inputsInWords, type MeasuringOptions } from '../measuring.js';
import type { Outcome, Session } from '../session.js';
import type { InputValues } from '../tensors/files.js';

/** Options of `tfjs-optimize compare`. */
export interface CompareOptions extends Omit<MeasuringOptions, 'backend'>, TimingChoice {
  readonly backend: readonly BackendChoice[];
  readonly isolate?: boolean;
  readonly tolerance?: number;
  /** Outputs differ by design. */
  readonly differ?: boolean;
  readonly maxSlowdown?: number;
  readonly report?: string;
  readonly overwrite?: boolean;
}

/** Times models against the first of them, by turns, after a check that all compute the same. */
export async function compareModels(
  locations: readonly string[],
  options: CompareOptions,
  session: Session,
): Promise<Outcome> {
  await refuseFirst(locations, options);
  const watch = watchOf(session);
  const backends = await startBackends(options.backend, session.signal);
  return withModels(locations, watch, async (models) => {
    const measuring: MeasuringOptions = { ...options, backend: 'auto' };
    const [model] = Object.values(models);
    if (model === undefined) return fail('internal', { subject: 'compare', expected: 'models', got: 'none' });
    const values = await inputsFor(model, measuring);
    const reports: ReportRecord[] = [];
    for (const name of backends.names) reports.push(await reportOn(name, models, values, options, session));
    if (options.report !== undefined)
      await writeReport('--report', options.report, reports[0] as ReportRecord);
    const ranOn = inputsInWords(model, values, measuring);
    const notes = [
      ...tracedNote(models),
      ...backends.missing.map(({ name, reason }) => `${name} was not measured: ${reason}`),
    ];
    const { colours } = session;
    return {
      status: reports.some((report) => isTooSlow(report, options.maxSlowdown)) ? EXIT.differs : EXIT.ok,
      document: {
        models: locations,
        ranOn: { ...ranOn },
        reports: reports.map((report) => JSON.parse(JSON.stringify(report)) as JsonObject),
        notes,
        ...(options.report === undefined ? {} : { files: [options.report] }),
      },
      text: () =>
        [
          reports.map((report) => comparisonText(report, options.maxSlowdown, colours)).join('\n\n'),
          `inputs: ${ranOn.inputs}`,
          ...ranOn.assumed.map((text) => `assumed: ${text}`),
          ...notes.map((text) => `note: ${text}`),
          ...(options.report === undefined ? [] : [`Wrote ${options.report}`]),
        ].join('\n'),
    };
  });
}

/** What can be refused before anything is loaded. */
async function refuseFirst(locations: readonly string[], options: CompareOptions): Promise<void> {
  if (locations.length < 2) {
    fail('argument/missing', {
      subject: 'compare',
      expected: 'at least two models',
      got: 'one',
      advice: 'Name another, or hold it against a file with --baseline or --save-baseline',
    });
  }
  const { report: file, overwrite = false, backend: choices } = options;
  if (file === undefined) return;
  if (choices.length > 1) {
    fail('argument/invalid', {
      subject: '--report',
      expected: 'one backend, which the report is of',
      got: choices.join(','),
      advice: 'Run compare once for each backend',
    });
  }
  await refuseReportPlace('--report', file, overwrite);
}

async function reportOn(
  name: BackendName,
  models: NamedModels,
  values: InputValues,
  options: CompareOptions,
  session: Session,
): Promise<ReportRecord> {
  await backend.use(name);
  const [model] = Object.values(models);
  if (model === undefined) return fail('internal', { subject: 'compare', expected: 'models', got: 'none' });
  return asTensors(model, values, (inputs) =>
    collectReport(models, inputs, {
      timing: {
        ...timingOf(options),
        ...(options.tolerance === undefined ? {} : { tolerance: options.tolerance }),
        differByDesign: options.differ === true,
        isolate: options.isolate === true,
        ...(options.isolate === true ? { backend: name } : {}),
      },
      ...(options.report === undefined ? TIMES_ALONE : {}),
      seed: options.seed ?? DEFAULT_SEED,
      ...watchOf(session),
    }),
  );
}

/** Without a report nobody sees where the time goes. */
const TIMES_ALONE: CollectOptions = { profile: false, roofline: false, memory: false, weights: false };

function isTooSlow({ comparison }: ReportRecord, maxSlowdown: number | undefined): boolean {
  if (maxSlowdown === undefined || comparison === undefined) return false;
  return comparison.against.some(
    ({ speedup }) => regressionVerdict(slowdownOf(speedup), maxSlowdown) === 'too slow',
  );
}
