import type { ErrorCode } from '@tfjs-optimize/core';

/** Exit statuses of the command, as its help and its readme list them. */
export const EXIT = {
  ok: 0,
  differs: 1,
  usage: 2,
  input: 3,
  output: 4,
  backend: 5,
  work: 6,
  internal: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** One of the documented exit statuses. */
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** What each status means, in the order of the table. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'Done. For diff: the outputs agree within the tolerance.',
  differs: 'diff: the outputs differ. compare: a model is surely slower than --max-slowdown allows.',
  usage: 'The command was called wrongly: unknown option, missing argument, value of the wrong form.',
  input:
    'A model, recipe, report, baseline or input file cannot be read, contradicts itself or does not fit.',
  output: 'The result cannot be written: it exists already, no permission, disk full.',
  backend: 'The backend asked for is not installed, does not start or cannot do what was asked.',
  work: 'A step failed on this model: a pass, tracing, running it.',
  internal: 'A bug of this program.',
  interrupted: 'Cancelled by Ctrl-C; nothing was left behind.',
  terminated: 'Cancelled by SIGTERM; nothing was left behind.',
};

type Family<C extends string> = C extends `${infer Head}/${string}` ? Head : C;

const STATUS_OF_FAMILY: Readonly<Record<Family<ErrorCode>, ExitStatus>> = {
  aborted: EXIT.interrupted,
  argument: EXIT.usage,
  backend: EXIT.backend,
  baseline: EXIT.input,
  batch: EXIT.input,
  batcher: EXIT.work,
  compare: EXIT.work,
  context: EXIT.usage,
  data: EXIT.input,
  distillation: EXIT.work,
  fact: EXIT.work,
  fusion: EXIT.work,
  graph: EXIT.input,
  internal: EXIT.internal,
  io: EXIT.input,
  model: EXIT.work,
  models: EXIT.input,
  native: EXIT.work,
  packed: EXIT.input,
  pass: EXIT.work,
  pipeline: EXIT.work,
  quality: EXIT.input,
  pruning: EXIT.work,
  quantization: EXIT.work,
  recipe: EXIT.input,
  report: EXIT.input,
  trace: EXIT.work,
  train: EXIT.work,
};

const STATUS_OF_CODE: Readonly<Partial<Record<ErrorCode, ExitStatus>>> = {
  'compare/signature': EXIT.input,
  'model/input': EXIT.input,
  'io/exists': EXIT.output,
  'native/exists': EXIT.output,
  'native/missing': EXIT.backend,
  'io/permission': EXIT.output,
  'io/disk-full': EXIT.output,
};

/** The exit status for an error code. */
export function statusOf(code: ErrorCode): ExitStatus {
  return STATUS_OF_CODE[code] ?? STATUS_OF_FAMILY[code.split('/')[0] as Family<ErrorCode>];
}

/** The table of exit statuses as plain lines, for --help. */
export function exitTable(): string {
  const rows = Object.entries(EXIT).map(
    ([name, status]) => `  ${String(status).padEnd(5)}${EXIT_MEANINGS[name as keyof typeof EXIT]}`,
  );
  return ['Exit statuses:', ...rows].join('\n');
}
