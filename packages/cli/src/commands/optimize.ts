import { readFile } from 'node:fs/promises';
import {
  bytesText,
  fail,
  int8Ports,
  isOptimizeError,
  loadModel,
  makeReport,
  optimize,
  parseRecipe,
  reportText,
  restoreFacts,
  saveModel,
  stringifyRecipe,
  type AnyPass,
  type Model,
  type ModelInputs,
  type Note,
  type Optimized,
  type Progress,
  type Report,
  type SaveResult,
} from '@tfjs-optimize/core';
import { masksFact } from '@tfjs-optimize/pruning';
import { awareFact, rangesFact } from '@tfjs-optimize/quantization';
import { collectReport, type ReportRecord } from '@tfjs-optimize/benchmark';
import { namesOf, tracedNote } from '../benchmark/models.js';
import { refuseReportPlace, writeReport } from '../benchmark/output.js';
import {
  asTensors,
  partsOf,
  refuseWithoutReport,
  timingOf,
  watchOf,
  type ReportChoice,
} from '../benchmark/timing.js';
import { withTensors } from '../compare/fetch.js';
import { EXIT } from '../exit.js';
import { int8Kernels, type Int8Kernels } from '../int8-kernels.js';
import {
  DEFAULT_SEED,
  inputRemarks,
  inputsInWords,
  startBackend,
  tryInputs,
  type InputsInWords,
  type MeasuringOptions,
} from '../measuring.js';
import { liveInputs, checkLive, type LiveOptions } from '../live.js';
import { presetPass, quantizingPasses, recipePasses, type Quantizing } from '../presets.js';
import { plainJson } from '../plain-json.js';
import type { Outcome, Session } from '../session.js';
import { notesDocument, renderNotes } from '../terminal/notes.js';
import { refuseOutputPlace, refusePlaceBeside, refuseSameFile, writeWhole } from './places.js';

/** Options of `tfjs-optimize optimize`. */
export interface OptimizeOptions extends MeasuringOptions, LiveOptions, ReportChoice {
  readonly out: string;
  readonly preset: string;
  readonly quantize?: Quantizing;
  readonly recipe?: string;
  readonly saveRecipe?: string;
  readonly latency: boolean;
  readonly verbose?: boolean;
}

interface Watch {
  readonly signal: AbortSignal;
  readonly progress: (event: Progress) => void;
}

/** Loads a model, runs the passes, saves the result and reports before and after. */
export async function optimizeModel(
  location: string,
  given: OptimizeOptions,
  session: Session,
): Promise<Outcome> {
  const watch = { signal: session.signal, progress: session.progress.update.bind(session.progress) };
  const { passes, seed } = await passesFor(given);
  const options = { ...given, seed };
  await refusePlaces(location, options);
  checkLive(passes, options);
  const { name } = await startBackend(options);
  // The stock backend has no kernels for gradients of convolutions.
  const isHelped = name === 'wasm' && passes.some(({ trains }) => trains === true);
  if (isHelped) await import('@tfjs-optimize/wasm');
  const before = withFacts(await loadModel(location, watch));
  const optimized = await optimizeWith(before, passes, options, watch);
  try {
    const int8 = await int8Kernels([before, optimized.model], [name]);
    const { report, inputs, note } = await reportOn(before, optimized.model, options, watch);
    const [record] = await Promise.allSettled([
      recordOf({ location, before, optimized, inputs, int8 }, options, session),
    ]);
    // Who is told to stop has written nothing; any other failure of the report must not cost what passes made.
    if (record.status === 'rejected' && isCancelled(record.reason)) throw record.reason;
    const saved = await save(optimized.model, options, watch);
    if (options.saveRecipe !== undefined) {
      await writeWhole('--save-recipe', options.saveRecipe, stringifyRecipe(optimized.recipe), SAVED);
    }
    if (options.report !== undefined) await writeRecord(options.report, record);
    const notes = [
      ...(before.source.notes ?? []),
      ...note,
      ...optimized.notes,
      ...(isHelped ? [KERNELS] : []),
      ...int8.notes.map(seen),
    ];
    return {
      status: EXIT.ok,
      document: {
        model: location,
        out: options.out,
        changed: optimized.changed,
        saved: { bytes: saved.bytes, files: saved.files.map((file) => ({ ...file })) },
        inputs: inputs?.inputs ?? null,
        assumed: inputs?.assumed ?? [],
        report: plainJson(report),
        recipe: plainJson(optimized.recipe),
        ...(options.report === undefined ? {} : { files: [options.report] }),
        notes: notesDocument(notes),
      },
      text: () =>
        [
          reportText(report),
          ...(inputs === null ? [] : [`inputs: ${inputs.inputs}`]),
          ...(inputs?.assumed ?? []).map((text) => `assumed: ${text}`),
          '',
          ...withGap(renderNotes(notes, session.colours, options.verbose === true)),
          ...(optimized.changed
            ? []
            : ['No pass found anything to change: the result computes as the model did.']),
          `Saved to ${options.out}: ${bytesText(saved.bytes)} in ${saved.files.length} files.`,
          ...(options.report === undefined ? [] : [`Wrote ${options.report}`]),
        ].join('\n'),
    };
  } finally {
    before.dispose();
    optimized.model.dispose();
  }
}

const SAVED = 'The model was saved all the same';

const isCancelled = (error: unknown): boolean => isOptimizeError(error) && error.code === 'aborted';

/** Writes what `--report` draws; where measuring it failed, tells why. */
async function writeRecord(
  file: string,
  record: PromiseSettledResult<ReportRecord | undefined>,
): Promise<void> {
  if (record.status === 'fulfilled') {
    if (record.value !== undefined) await writeReport('--report', file, record.value, SAVED);
    return;
  }
  const cause: unknown = record.reason;
  fail(isOptimizeError(cause) ? cause.code : 'internal', {
    subject: `--report ${file}`,
    expected: 'both models to be measured',
    got: cause instanceof Error ? cause.message : String(cause),
    advice: SAVED,
    cause,
  });
}

function seen(message: string): Note {
  return { level: 'info', kind: 'saw', message };
}

const KERNELS = seen(
  'kernels of @tfjs-optimize/wasm trained it, and times are theirs: stock TensorFlow.js has none for gradients',
);

/**
 * What passes must keep that was saved with the model: masks, and what a training with fake quantization needs. Ranges
 * of a model that is no longer trained are of no use to another.
 */
function withFacts(model: Model): Model {
  const trained = restoreFacts(model, [masksFact, awareFact]);
  return trained.facts.has(awareFact) ? restoreFacts(trained, [rangesFact]) : trained;
}

/** Runs passes with what options give them. */
async function optimizeWith(
  model: Model,
  passes: readonly AnyPass[],
  options: OptimizeOptions & { readonly seed: number },
  watch: Watch,
): Promise<Optimized> {
  const live = await liveInputs(model, options, watch);
  try {
    return await optimize(model, passes, { seed: options.seed, inputs: live.inputs, ...watch });
  } finally {
    live.dispose();
  }
}

/** What can be refused before anything is loaded. */
async function refusePlaces(model: string, options: OptimizeOptions): Promise<void> {
  const { out, saveRecipe, report, overwrite = false } = options;
  if (report === undefined) refuseWithoutReport(measuringChoices(options));
  await refuseOutputPlace(out, overwrite);
  refuseSameFile({ '--save-recipe': saveRecipe, '--report': report });
  const beside = { model, out, overwrite };
  if (saveRecipe !== undefined) {
    await refusePlaceBeside({ option: '--save-recipe', file: saveRecipe, ...beside });
  }
  if (report === undefined) return;
  await refuseReportPlace('--report', report, overwrite);
  await refusePlaceBeside({ option: '--report', file: report, ...beside });
}

/** What was said of how the report is to measure, by the names of the options. */
function measuringChoices({
  runs,
  time,
  warmUp,
  weights,
  profile,
  memory,
}: ReportChoice): Record<string, unknown> {
  const unless = (isOn: boolean): true | undefined => (isOn ? undefined : true);
  return {
    ...{ '--runs': runs, '--time': time, '--warm-up': warmUp, '--weights': weights },
    ...{ '--no-profile': unless(profile), '--no-memory': unless(memory) },
  };
}

interface Pair {
  readonly location: string;
  readonly before: Model;
  readonly optimized: Optimized;
  readonly inputs: InputsInWords | null;
  readonly int8: Int8Kernels;
}

/** All that `--report` draws, measured before anything is written; undefined where nobody asked for it. */
async function recordOf(
  { location, before, optimized, inputs, int8 }: Pair,
  options: OptimizeOptions & { readonly seed: number },
  session: Session,
): Promise<ReportRecord | undefined> {
  if (options.report === undefined) return undefined;
  const { inputs: values, why } = await tryInputs(before, options);
  if (values === undefined || inputs === null) {
    fail('model/run', { subject: '--report', expected: 'a model that runs here', got: why ?? 'another' });
  }
  const [name = 'before', after = 'after'] = namesOf([location, options.out]);
  return asTensors(before, values, (tensors) =>
    collectReport({ [name]: before, [after]: optimized.model }, tensors, {
      title: `${name}, optimized`,
      // What a pass changes by design is what the report is to tell.
      timing: { ...timingOf(options), differByDesign: true },
      ...partsOf(options, int8),
      recipe: optimized.recipe,
      notes: [...(before.source.notes ?? []), ...optimized.notes],
      remarks: [...inputRemarks(inputs), ...tracedNote({ [name]: before })],
      seed: options.seed,
      ...watchOf(session),
    }),
  );
}

/** Lines with an empty one behind them; nothing for no lines. */
function withGap(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}

/** The report, on inputs where the model runs, otherwise of sizes alone with a note that says why. */
async function reportOn(
  before: Model,
  after: Model,
  options: OptimizeOptions & { readonly seed: number },
  watch: Watch,
): Promise<{
  readonly report: Report;
  readonly inputs: InputsInWords | null;
  readonly note: readonly Note[];
}> {
  const sizesAlone = async (message: string) => ({
    report: await makeReport(before, after, watch),
    inputs: null,
    note: [{ level: 'warning', kind: 'saw', message } as const],
  });
  if (int8Ports(after).inputs.size > int8Ports(before).inputs.size) {
    return sizesAlone(
      'the result takes int8 values, so both are compared by size alone: diff compares them by outputs',
    );
  }
  const trial = await tryInputs(before, options);
  if (trial.inputs === undefined) {
    return sizesAlone(
      `the model was not run, so its work, outputs and time are not in the report: ${trial.why}`,
    );
  }
  const { seed } = options;
  const latency = options.latency ? TIMING : false;
  const measure = (sample: ModelInputs): Promise<Report> =>
    makeReport(before, after, { sample, seed, latency, ...watch });
  const report = await withTensors(trial.inputs, measure);
  return { report, inputs: inputsInWords(before, trial.inputs, options), note: [] };
}

/** Shorter than a benchmark: enough to see a difference of a tenth, soon over for small models. */
const TIMING = { warmUpMs: 750, timeMs: 750, minRounds: 5 };

/** The passes of the recipe or the preset, and the seed: that of a recipe unless the user gave one. */
async function passesFor(options: OptimizeOptions): Promise<{ passes: readonly AnyPass[]; seed: number }> {
  if (options.recipe === undefined) {
    const pass = presetPass(options.preset);
    const { quantize, seed = DEFAULT_SEED } = options;
    return {
      passes: [
        ...(pass === undefined ? [] : [pass]),
        ...(quantize === undefined ? [] : quantizingPasses(quantize)),
      ],
      seed,
    };
  }
  const recipe = parseRecipe(await readRecipe(options.recipe), `--recipe ${options.recipe}`);
  return { passes: recipePasses(recipe), seed: options.seed ?? recipe.seed };
}

async function readRecipe(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    return fail('io/not-found', {
      subject: `--recipe ${file}`,
      expected: 'a file that can be read',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Saving, where a place that does not exist means that nothing can be made there. */
async function save(model: Model, options: OptimizeOptions, watch: Watch): Promise<SaveResult> {
  try {
    return await saveModel(model, options.out, { ...watch, overwrite: options.overwrite });
  } catch (cause) {
    if (!isOptimizeError(cause) || cause.code !== 'io/not-found') throw cause;
    return fail('io/permission', {
      subject: options.out,
      expected: 'a folder that can be made',
      got: cause.message,
      cause,
    });
  }
}
