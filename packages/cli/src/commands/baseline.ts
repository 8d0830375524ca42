import {
  checkRegression,
  describeMachine,
  machineText,
  measureBaseline,
  requireComparable,
  type Baseline,
  type Regression,
} from '@tfjs-optimize/benchmark';
import { fail, millisecondsText } from '@tfjs-optimize/core';
import { startBackends } from '../benchmark/backends.js';
import { readBaseline } from '../benchmark/baseline-file.js';
import { tracedNote, withModels } from '../benchmark/models.js';
import { regressionText } from '../benchmark/render-comparison.js';
import { asTensors, measuringOf, timingOf, watchOf } from '../benchmark/timing.js';
import { EXIT } from '../exit.js';
import { int8Kernels } from '../int8-kernels.js';
import { blamingInputs, DEFAULT_SEED, inputsFor, inputsInWords } from '../measuring.js';
import { plainJson } from '../plain-json.js';
import type { Outcome, Session } from '../session.js';
import type { CompareOptions } from './compare.js';
import { valueText } from '../terminal/numbers.js';
import { refuseFilePlace, writeWhole } from './places.js';

/** Options of `tfjs-optimize compare` with one model and a file. */
export interface BaselineOptions extends CompareOptions {
  readonly baseline?: string;
  readonly saveBaseline?: string;
  /** Takes a baseline of another processor. */
  readonly otherMachine?: boolean;
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
  const { otherMachine = false, processes, seed = DEFAULT_SEED } = options;
  refuseOptions(locations, options);
  if (target !== undefined) await refuseFilePlace('--save-baseline', target, overwrite);
  const before = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  const watch = watchOf(session);
  const { names } = await startBackends(options.backend, session.signal);
  return withModels(locations, watch, async ({ models, name, model }) => {
    const measuring = measuringOf(options);
    const values = await inputsFor(model, measuring);
    if (before !== undefined) {
      const inputs = [...values].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
      requireComparable(before, { machine: await describeMachine(), inputs }, { otherMachine });
    }
    const int8 = await int8Kernels([model], names);
    const now = await blamingInputs(model, measuring, () =>
      asTensors(model, values, (inputs) =>
        measureBaseline(model, inputs, {
          name,
          ...timingOf(options),
          ...(names[0] === undefined ? {} : { backend: names[0] }),
          ...(processes === undefined ? {} : { processes }),
          modules: int8.modules,
          seed,
          ...watch,
        }),
      ),
    );
    const regression = before && checkRegression(before, now, maxSlowdown, { otherMachine });
    if (target !== undefined)
      await writeWhole('--save-baseline', target, `${JSON.stringify(now, null, 2)}\n`);
    const ranOn = inputsInWords(model, values, measuring);
    const notes = [...tracedNote(models), ...int8.notes];
    return {
      status: regression?.verdict === 'too slow' ? EXIT.differs : EXIT.ok,
      document: {
        models: locations,
        ranOn: { ...ranOn },
        baseline: plainJson(now),
        ...(regression === undefined ? {} : { regression: plainJson(regression) }),
        notes,
        ...(target === undefined ? {} : { files: [target] }),
      },
      text: () =>
        [
          ...resultLines(name, now, regression, session),
          `machine: ${machineText(now.model.machine)}`,
          `inputs: ${ranOn.inputs}`,
          ...ranOn.assumed.map((text) => `assumed: ${text}`),
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
  const { batch = [] } = options;
  if (batch.length > 1) wrong(option, 'one batch size', batch.join(','));
  if (options.report !== undefined) wrong(option, 'no --report, which is of several models', options.report);
}

function resultLines(
  name: string,
  now: Baseline,
  regression: Regression | undefined,
  { colours }: Session,
): string[] {
  const { model, reference, ratios } = now;
  const [ms, referenceMs] = [model.latency.p50, reference.latency.p50];
  const times = `${millisecondsText(ms)} on ${model.machine.backend}, ${valueText(ms / referenceMs)} times the reference work of ${millisecondsText(referenceMs)}, in ${ratios.length} processes each`;
  if (regression === undefined) return [`${colours.bold(name)}: ${times}.`];
  return [...regressionText(name, regression, colours), `now: ${times}`];
}
