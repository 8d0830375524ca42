import {
  collectReport,
  regressionVerdict,
  type CollectOptions,
  type ReportRecord,
} from '@tfjs-optimize/benchmark';
import { backend, fail, type BackendName } from '@tfjs-optimize/core';
import { startBackends, trialsOf, type Started } from '../benchmark/backends.js';
import { tracedNote, withModels, type Loaded } from '../benchmark/models.js';
import { refuseReportPlace, writeReport } from '../benchmark/output.js';
import { comparisonText, slowdownOf } from '../benchmark/render-comparison.js';
import {
  asTensors,
  measuringOf,
  partsOf,
  refuseUnseen,
  sweepOf,
  timingOf,
  watchOf,
  type TimedOptions,
} from '../benchmark/timing.js';
import { EXIT } from '../exit.js';
import { int8Kernels, type Int8Kernels } from '../int8-kernels.js';
import { blamingInputs, DEFAULT_SEED, inputRemarks, inputsFor, inputsInWords } from '../measuring.js';
import { plainJson } from '../plain-json.js';
import type { Outcome, Session } from '../session.js';
import type { InputValues } from '../tensors/files.js';

/** Options of `tfjs-optimize compare`. */
export interface CompareOptions extends TimedOptions {
  readonly isolate?: boolean;
  /** Fresh processes of each model; implies `isolate`. */
  readonly processes?: number;
  readonly tolerance?: number;
  /** Outputs differ by design. */
  readonly differ?: boolean;
  readonly maxSlowdown?: number;
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
  return withModels(locations, watch, async (loaded) => {
    const { models, model } = loaded;
    const measuring = measuringOf(options);
    const values = await inputsFor(model, measuring);
    const ranOn = inputsInWords(model, values, measuring);
    const int8 = await int8Kernels(Object.values(models), backends.names);
    const notes = [
      ...tracedNote(models),
      ...backends.passedOver,
      ...int8.notes,
      ...backends.missing.map(({ name, reason }) => `${name} was not measured: ${reason}`),
    ];
    const [size, ...more] = options.batch ?? [];
    if (more.length > 0)
      notes.push(`compared at batch size ${size}; with the others each model was timed apart`);
    const remarks = [...inputRemarks(ranOn), ...notes];
    const reports: ReportRecord[] = [];
    for (const name of backends.names) {
      const work = (): Promise<ReportRecord> =>
        reportOn(name, loaded, values, { ...options, backends, int8, remarks }, session);
      reports.push(await blamingInputs(model, measuring, work));
    }
    if (options.report !== undefined)
      await writeReport('--report', options.report, reports[0] as ReportRecord);
    const { colours } = session;
    const slowdowns = reports.flatMap((report) => slowdownsIn(report, options.maxSlowdown));
    return {
      status: slowdowns.some(({ verdict }) => verdict === 'too slow') ? EXIT.differs : EXIT.ok,
      document: {
        models: locations,
        ranOn: { ...ranOn },
        reports: reports.map(plainJson),
        ...(options.maxSlowdown === undefined ? {} : { slowdowns }),
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
  refuseUnseen(options);
  const { report: file, overwrite = false } = options;
  if (file !== undefined) await refuseReportPlace('--report', file, overwrite);
}

async function reportOn(
  name: BackendName,
  { models, model }: Loaded,
  values: InputValues,
  options: CompareOptions & {
    readonly backends: Started;
    readonly int8: Int8Kernels;
    readonly remarks: readonly string[];
  },
  session: Session,
): Promise<ReportRecord> {
  const { backends, int8, remarks, tolerance, differ = false, processes, report } = options;
  const isolate = options.isolate === true || processes !== undefined;
  await backend.use(name);
  return asTensors(model, values, (inputs) =>
    collectReport(models, inputs, {
      timing: {
        ...timingOf(options),
        ...(tolerance === undefined ? {} : { tolerance }),
        differByDesign: differ,
        isolate,
        ...(isolate ? { backend: name, modules: int8.modules } : {}),
        ...(processes === undefined ? {} : { processes }),
      },
      ...sweepOf(options),
      ...(report === undefined ? TIMES_ALONE : partsOf(options, int8)),
      // The report is of the first backend; there the last model is tried on the others, too.
      ...(report === undefined || name !== backends.names[0] ? {} : trialsOf(backends, options)),
      remarks,
      seed: options.seed ?? DEFAULT_SEED,
      ...watchOf(session),
    }),
  );
}

/** Without a report nobody sees where the time goes. */
const TIMES_ALONE: CollectOptions = { profile: false, roofline: false, memory: false, weights: false };

/** Each model but the first held against `--max-slowdown`, in the form of the JSON document. */
function slowdownsIn({ comparison, machine }: ReportRecord, maxSlowdown: number | undefined) {
  if (maxSlowdown === undefined || comparison === undefined) return [];
  return comparison.against.map(({ name, speedup }) => {
    const { value, low, high } = slowdownOf(speedup);
    const verdict = regressionVerdict({ low, high }, maxSlowdown);
    return { name, backend: machine.backend, slowdown: { value, low, high }, maxSlowdown, verdict };
  });
}
