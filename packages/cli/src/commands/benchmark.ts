import { collectReport, traceEvents, type ReportRecord } from '@tfjs-optimize/benchmark';
import { fail } from '@tfjs-optimize/core';
import { startBackends, trialsOf } from '../benchmark/backends.js';
import { tracedNote, withModels } from '../benchmark/models.js';
import { refuseReportPlace, writeReport } from '../benchmark/output.js';
import { benchmarkText } from '../benchmark/render.js';
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
import { int8Kernels } from '../int8-kernels.js';
import { blamingInputs, DEFAULT_SEED, inputRemarks, inputsFor, inputsInWords } from '../measuring.js';
import { plainJson } from '../plain-json.js';
import type { Outcome, Session } from '../session.js';
import { refuseFilePlace, refuseSameFile, writeWhole } from './places.js';

/** Options of `tfjs-optimize benchmark`. */
export interface BenchmarkOptions extends TimedOptions {
  readonly trace?: string;
}

/** Measures one model: times, sizes, arithmetic, memory and where the time goes. */
export async function benchmark(
  location: string,
  options: BenchmarkOptions,
  session: Session,
): Promise<Outcome> {
  const { report: file, trace, seed = DEFAULT_SEED } = options;
  await refusePlaces(options);
  const watch = watchOf(session);
  const backends = await startBackends(options.backend, session.signal);
  return withModels([location], watch, async ({ models, name, model }) => {
    const measuring = measuringOf(options);
    const values = await inputsFor(model, measuring);
    const ranOn = inputsInWords(model, values, measuring);
    const int8 = await int8Kernels([model], backends.names);
    const notes = [...tracedNote(models), ...backends.passedOver, ...int8.notes];
    const record = await asTensors(model, values, (inputs) =>
      blamingInputs(model, measuring, () =>
        collectReport({ [name]: model }, inputs, {
          title: name,
          timing: timingOf(options),
          ...partsOf(options, int8),
          ...(file === undefined ? { weights: false } : {}),
          ...sweepOf(options),
          ...trialsOf(backends, options),
          notes: model.source.notes ?? [],
          remarks: [...inputRemarks(ranOn), ...notes],
          seed,
          ...watch,
        }),
      ),
    );
    if (file !== undefined) await writeReport('--report', file, record);
    if (trace !== undefined) await writeTrace(trace, record);
    return {
      status: EXIT.ok,
      document: {
        model: location,
        ranOn: { ...ranOn },
        report: plainJson(record),
        notes,
        files: filesOf(options),
      },
      text: () => benchmarkText(record, { ranOn, notes, files: filesOf(options), colours: session.colours }),
    };
  });
}

async function refusePlaces(options: BenchmarkOptions): Promise<void> {
  const { report, trace, profile, overwrite = false } = options;
  refuseSameFile({ '--report': report, '--trace': trace });
  refuseUnseen(options);
  if (report !== undefined) await refuseReportPlace('--report', report, overwrite);
  if (trace === undefined) return;
  await refuseFilePlace('--trace', trace, overwrite);
  if (profile) return;
  fail('argument/invalid', {
    subject: '--trace',
    expected: 'a profile to write',
    got: '--no-profile',
    advice: 'Leave one of the two out',
  });
}

async function writeTrace(file: string, { models, machine }: ReportRecord): Promise<void> {
  const profile = models[0]?.profile;
  if (profile === undefined) {
    fail('backend/no-timer', {
      subject: '--trace',
      expected: 'a backend that tells how long each kernel takes',
      got: machine.backend,
      advice: 'Use --backend wasm or cpu',
    });
  }
  await writeWhole('--trace', file, `${JSON.stringify(traceEvents(profile))}\n`);
}

const filesOf = ({ report, trace }: BenchmarkOptions): string[] =>
  [report, trace].filter((file) => file !== undefined);
