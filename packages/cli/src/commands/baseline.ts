import { checkRegression, measureBaseline, type Baseline, type Regression } from '@tfjs-optimize/benchmark';
import { fail, millisecondsText, type JsonObject } from '@tfjs-optimize/core';
import { startBackends } from '../benchmark/backends.js';
import { readBaseline } from '../benchmark/baseline-file.js';
import { tracedNote, withModels } from '../benchmark/models.js';
import { regressionText } from '../benchmark/render-comparison.js';
import { asTensors, timingOf, watchOf } from '../benchmark/timing.js';
import { EXIT } from '../exit.js';
import { blamingBatch, DEFAULT_SEED, inputsFor, inputsInWords, type MeasuringOptions } from '../measuring.js';
import type { Outcome, Session } from '../session.js';
import type { CompareOptions } from './compare.js';
import { refuseFilePlace, writeWhole } from './places.js';

/** Options of `tfjs-optimize compare` with one model and a file. */
export interface BaselineOptions extends CompareOptions {
  readonly baseline?: string;
  readonly saveBaseline?: string;
}

/** How much longer a call may take unless told. */
export const DEFAULT_MAX_SLOWDOWN = 1.1;

/** Holds a model against a file of before, or makes that file, or both. */
export async function holdAgainstBaseline(
  locations: readonly string[],
  options: BaselineOptions,
  session: Session,
): Promise<Outcome> {
  const { saveBaseline: target, overwrite = false, maxSlowdown = DEFAULT_MAX_SLOWDOWN } = options;
  refuseOptions(locations, options);
  if (target !== undefined) await refuseFilePlace('--save-baseline', target, overwrite);
  const before = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  const watch = watchOf(session);
  await startBackends(options.backend, session.signal);
  return withModels(locations, watch, async (models) => {
    const [[name, model] = []] = Object.entries(models);
    if (name === undefined || model === undefined) {
      return fail('internal', { subject: 'compare', expected: 'a model', got: 'none' });
    }
    const measuring: MeasuringOptions = { ...options, backend: 'auto' };
    const values = await inputsFor(model, measuring);
    const { seed = DEFAULT_SEED } = options;
    const now = await blamingBatch(model, measuring, () =>
      asTensors(model, values, (inputs) =>
        measureBaseline(model, inputs, { name, ...timingOf(options), seed, ...watch }),
      ),
    );
    const regression = before && checkRegression(before, now, maxSlowdown);
    if (target !== undefined)
      await writeWhole('--save-baseline', target, `${JSON.stringify(now, null, 2)}\n`);
    const ranOn = inputsInWords(model, values, measuring);
    const notes = tracedNote(models);
    return {
      status: regression?.verdict === 'too slow' ? EXIT.differs : EXIT.ok,
      document: {
        models: locations,
        ranOn: { ...ranOn },
        baseline: json(now),
        ...(regression === undefined ? {} : { regression: json(regression) }),
        notes,
        ...(target === undefined ? {} : { files: [target] }),
      },
      text: () =>
        [
          ...resultLines(name, now, regression, session),
          `inputs: ${ranOn.inputs}`,
          ...notes.map((text) => `note: ${text}`),
          ...(target === undefined ? [] : [`Wrote ${target}`]),
        ].join('\n'),
    };
  });
}

function refuseOptions(locations: readonly string[], options: BaselineOptions): void {
  const wrong = (subject: string, expected: string, got: string): never =>
    fail('argument/invalid', { subject, expected, got });
  const option = options.baseline === undefined ? '--save-baseline' : '--baseline';
  if (locations.length !== 1) wrong(option, 'one model', `${locations.length}`);
  if (options.backend.length !== 1) wrong(option, 'one backend', options.backend.join(','));
  if (options.report !== undefined) wrong(option, 'no --report, which is of several models', options.report);
}

function resultLines(
  name: string,
  now: Baseline,
  regression: Regression | undefined,
  { colours }: Session,
): string[] {
  const { model, reference, relative } = now;
  const times = `${millisecondsText(model.latency.p50)} on ${now.machine.backend}, ${relative.value.toFixed(2)} times the reference work of ${millisecondsText(reference.latency.p50)}`;
  if (regression === undefined) return [`${colours.bold(name)}: ${times}.`];
  return [...regressionText(name, regression, colours), `now: ${times}`];
}

const json = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;
