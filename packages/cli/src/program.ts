import { Command, Option, type OutputConfiguration } from 'commander';
import { holdAgainstBaseline, type BaselineOptions } from './commands/baseline.js';
import { benchmark, type BenchmarkOptions } from './commands/benchmark.js';
import { compareModels } from './commands/compare.js';
import { diff, type DiffOptions } from './commands/diff.js';
import { inspect, type InspectOptions } from './commands/inspect.js';
import { optimizeModel, type OptimizeOptions } from './commands/optimize.js';
import { report, type ReportOptions } from './commands/report.js';
import { WEIGHT_SCHEMES } from '@tfjs-optimize/quantization';
import { exitTable } from './exit.js';
import type { CommonOptions, Work } from './main.js';
import {
  above,
  listOf,
  notNegative,
  oneOf,
  place,
  places,
  range,
  repeated,
  shapes,
  wholeNumber,
} from './options.js';
import { PRESET_NAMES, readQuantizing } from './presets.js';
import { coloursFor, type Streams } from './terminal/streams.js';
import { USAGE_CODE } from './terminal/errors.js';
import { usageText } from './terminal/usage.js';
import { VERSION } from './version.js';

/** Runs a command's work between set-up and printing. */
export type Runner = (name: string, options: CommonOptions, work: Work) => Promise<void>;

/** Backends that there are outside of browsers. */
const BACKENDS = ['auto', 'tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm', 'cpu'];

const MODEL = 'model.json, the folder it is in, or a file:// or http(s):// URL of it';

/** The commands with their options, as commander reads them and prints them in the help. */
export function makeProgram(streams: Streams, run: Runner): Command {
  const program = new Command('tfjs-optimize')
    .description('Makes TensorFlow.js models small and fast.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help, or that of a command')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', `\n${exitTable()}`)
    .configureOutput(outputFor(streams))
    .exitOverride();

  const both = 'measure both models in full and write that as .html, .md or .json';
  reporting(measuring(common(program.command('optimize'))), both)
    .summary('make a model smaller and faster and save it')
    .description(
      'Loads a model, runs the passes on it, saves the result as a graph model and reports before and after.',
    )
    .argument('<model>', MODEL, place)
    .requiredOption('-o, --out <folder>', 'folder for the result', place)
    .addOption(
      new Option('--preset <name>', 'passes to run: all that is always safe, or a single one')
        .choices(PRESET_NAMES)
        .default('inference'),
    )
    .option(
      '--quantize <how>',
      `then store weights in few bits (${WEIGHT_SCHEMES.join(', ')}) or multiply in int8 (dynamic; static, which calibrates with --data); bfloat16, dynamic and static need @tfjs-optimize/runtime to load`,
      readQuantizing,
    )
    .addOption(
      new Option('--recipe <file>', 'passes to run, from a saved recipe')
        .argParser(place)
        .conflicts(['preset', 'quantize']),
    )
    .option('--data <file>', 'examples for passes that calibrate or train: FILE or KEY=FILE', repeated)
    .option('--labels <file>', 'their labels: class numbers or what outputs should be, .npy or .json', place)
    .option('--validation <file>', 'examples that training is measured on: FILE or KEY=FILE', repeated)
    .option('--validation-labels <file>', 'their labels', place)
    .option(
      '--teacher <model>',
      'a model to learn from; repeat for more (default: the model as it was given)',
      places,
    )
    .option('--save-recipe <file>', 'save what was run as a recipe', place)
    .option('--overwrite', 'replace what is in the output folder, and files that exist')
    .option('--no-latency', 'do not time the model before and after')
    .addHelpText('after', examples(OPTIMIZE_EXAMPLES))
    .action((model: string, options: OptimizeOptions & CommonOptions) =>
      run('optimize', options, (session) => optimizeModel(model, options, session)),
    );

  measuring(common(program.command('inspect')))
    .summary('show what a model is made of and what can be fused')
    .description(
      'Shows the layers, ops, sizes and FLOPs of a model, what can be fused, and why the rest cannot.',
    )
    .argument('<model>', MODEL, place)
    .addHelpText(
      'after',
      examples(['tfjs-optimize inspect my-model', 'tfjs-optimize inspect my-model/model.json --json']),
    )
    .action((model: string, options: InspectOptions & CommonOptions) =>
      run('inspect', options, (session) => inspect(model, options, session)),
    );

  measuring(common(program.command('diff')))
    .summary('compare the outputs of two models')
    .description(
      'Runs two models on the same inputs, compares their outputs, and finds the first node that differs.',
    )
    .argument('<a>', `the reference: ${MODEL}`, place)
    .argument('<b>', 'the model to compare with it', place)
    .option(
      '--tolerance <number>',
      'largest difference allowed, as a share of the largest output (at least 1)',
      notNegative,
      1e-4,
    )
    .addHelpText('after', examples(DIFF_EXAMPLES))
    .action((a: string, b: string, options: DiffOptions & CommonOptions) =>
      run('diff', options, (session) => diff(a, b, options, session)),
    );
  addBenchmarking(program, run);
  return program;
}

/** Commands that time models. */
function addBenchmarking(program: Command, run: Runner): void {
  timing(onBackends(common(program.command('benchmark'))))
    .summary('measure how fast, large and memory-hungry a model is')
    .description(
      'Measures one model: time of a call with its spread, sizes, arithmetic, memory, and where the time goes.',
    )
    .argument('<model>', MODEL, place)
    .option('--trace <file>', 'write a profile that chrome://tracing and Perfetto open', place)
    .addHelpText('after', examples(BENCHMARK_EXAMPLES))
    .action((model: string, options: BenchmarkOptions & CommonOptions) =>
      run('benchmark', options, (session) => benchmark(model, options, session)),
    );

  timing(onBackends(common(program.command('compare'))))
    .summary('time models against each other, or against a file of before')
    .description(
      'Checks that models compute the same, then times them by turns and holds each against the first. With one model and a file it tells whether that has become slower since.',
    )
    .argument('<models...>', MODEL, places)
    .option('--isolate', 'run each model in fresh processes of its own')
    .option(
      '--processes <number>',
      'fresh processes of each model with --isolate (implied) and baselines (default: 5)',
      wholeNumber(2),
    )
    .option(
      '--tolerance <number>',
      'largest difference of outputs that counts as the same, as a share of the largest',
      notNegative,
    )
    .option('--differ', 'the outputs differ by design: tell by how much')
    .option(
      '--max-slowdown <ratio>',
      'end with status 1 when a model surely takes more than so many times as long (1.1 with --baseline)',
      above(0),
    )
    .option('--baseline <file>', 'hold one model against what --save-baseline wrote', place)
    .option('--other-machine', 'take a baseline of another processor')
    .option('--save-baseline <file>', 'save how long one model takes, for a later --baseline', place)
    .addHelpText('after', examples(COMPARE_EXAMPLES))
    .action((models: string[], options: BaselineOptions & CommonOptions) =>
      run('compare', options, (session) => {
        const isFile = options.baseline !== undefined || options.saveBaseline !== undefined;
        return isFile
          ? holdAgainstBaseline(models, options, session)
          : compareModels(models, options, session);
      }),
    );

  common(program.command('report'))
    .summary('draw a report that was saved as JSON')
    .description('Writes a report as HTML or Markdown, whichever the name of the result ends in.')
    .argument('<file>', 'report of --report FILE.json or document of --json; - for standard input')
    .requiredOption('-o, --out <file>', 'where to write it: .html, .md or .json', place)
    .option('--overwrite', 'replace the file if it exists')
    .addHelpText('after', examples(['tfjs-optimize report report.json -o report.html']))
    .action((file: string, options: ReportOptions & CommonOptions) =>
      run('report', options, () => report(file, options)),
    );
}

const BENCHMARK_EXAMPLES = [
  'tfjs-optimize benchmark my-model',
  'tfjs-optimize benchmark my-model --batch 1,8,64 --backend wasm,cpu',
  'tfjs-optimize benchmark my-model --report report.html',
];
const COMPARE_EXAMPLES = [
  'tfjs-optimize compare my-model my-model-fast --report report.html',
  'tfjs-optimize compare my-model --save-baseline baseline.json',
  'tfjs-optimize compare my-model --baseline baseline.json --max-slowdown 1.1',
];
const OPTIMIZE_EXAMPLES = [
  'tfjs-optimize optimize my-model -o my-model-fast',
  'tfjs-optimize optimize https://example.com/model.json -o out --json > report.json',
  'tfjs-optimize optimize my-model -o my-model-small --quantize int8',
  'tfjs-optimize optimize my-model -o my-model-int8 --quantize static --data images.npy',
  'tfjs-optimize optimize my-model -o out --recipe recipe.json --data images.npy --labels labels.npy',
  'tfjs-optimize optimize my-model -o my-model-fast --report report.html',
];
const DIFF_EXAMPLES = [
  'tfjs-optimize diff my-model my-model-fast',
  'tfjs-optimize diff my-model my-model-fast --input photo.npy',
  'tfjs-optimize diff a b --input tokens=tokens.json --input mask=mask.json',
];

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** Options of every command. */
function common(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on stdout and nothing else')
    .option('-q, --quiet', 'show no progress')
    .option('-v, --verbose', 'show all notes, what libraries print, and stacks of errors');
}

/** Options of commands that run a model on one backend, with one batch size. */
function measuring(command: Command): Command {
  return running(command)
    .addOption(new Option('--backend <name>', 'what to run models on').choices(BACKENDS).default('auto'))
    .option('--batch <number>', 'batch size of random inputs (default: 1)', wholeNumber(1));
}

/** Options of commands that may run on several backends, with several batch sizes. */
function onBackends(command: Command): Command {
  return running(command)
    .addOption(
      new Option('--backend <names>', `what to run models on, one or several of ${BACKENDS.join(', ')}`)
        .argParser(listOf(oneOf(BACKENDS)))
        .default(['auto'], 'auto'),
    )
    .option(
      '--batch <numbers>',
      'batch size of random inputs; several, as in 1,8,64, are tried in turn',
      listOf(wholeNumber(1)),
    );
}

/** Options of commands that time models. */
function timing(command: Command): Command {
  return reporting(command, 'write all that was measured as .html, .md or .json').option(
    '--overwrite',
    'replace files that exist',
  );
}

/** Options of commands that measure in full: how long, what of it, and where that is written. */
function reporting(command: Command, report: string): Command {
  return command
    .option('--report <file>', report, place)
    .option('--runs <number>', 'samples to take of each model', wholeNumber(1))
    .option('--time <ms>', 'milliseconds to take samples for, of each model (default: 2000)', wholeNumber(1))
    .option('--warm-up <ms>', 'milliseconds to run each model before (default: 1500)', wholeNumber(0))
    .option(
      '--weights <names>',
      'weights or layers whose values the report draws, as in conv1,fc/kernel (default: the 6 largest)',
      listOf(place),
    )
    .option('--no-profile', 'do not time nodes')
    .option('--no-memory', 'do not measure memory in a process of its own');
}

/** What models are run on. */
function running(command: Command): Command {
  return command
    .option(
      '--seed <number>',
      'seed of everything random (default: 1; optimize takes that of a recipe)',
      wholeNumber(0),
    )
    .option(
      '--input <file>',
      'values to run on: FILE or KEY=FILE, .npy or .json; repeat for more inputs (default: random)',
      repeated,
    )
    .option('--shape <key=sizes>', 'shape of a random input whose sizes are open; repeat for more', shapes)
    .option('--range <low,high>', 'range of random float inputs (default: -1,1)', range)
    .hook('preAction', settleInputs);
}

/** `--input random` says what goes without saying; options of random inputs say nothing of given ones. */
function settleInputs(command: Command): void {
  const { input } = command.opts<{ input?: readonly string[] }>();
  if (input === undefined) return;
  if (input.every((each) => each === RANDOM)) {
    command.setOptionValue('input', undefined);
    return;
  }
  if (input.includes(RANDOM)) {
    command.error(
      `error: option '--input <file>' argument '${input.join(' ')}' is invalid. It must be files, or ${RANDOM} alone.`,
    );
  }
  const isGiven = (name: string): boolean => command.getOptionValue(name) !== undefined;
  const flagsOf = (name: string): string =>
    command.options.find((option) => option.attributeName() === name)?.flags ?? name;
  const other = ['batch', 'shape', 'range'].find(isGiven);
  if (other === undefined) return;
  const flags = [flagsOf(other), flagsOf('input')].map((each) => `'${each}'`);
  command.error(`error: option ${flags.join(' cannot be used with option ')}`);
}

/** What `--input` says instead of a file; one of that name is `./random`. */
const RANDOM = 'random';

function outputFor(streams: Streams): OutputConfiguration {
  const colours = coloursFor(streams.stderr, streams.env);
  return {
    writeOut: (text) => void streams.stdout.write(text),
    writeErr: (text) => void streams.stderr.write(text),
    getOutHelpWidth: () => streams.stdout.columns ?? 100,
    getErrHelpWidth: () => streams.stderr.columns ?? 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    outputError: (text, write) =>
      write(`${colours.red(colours.bold('error'))} ${colours.dim(USAGE_CODE)}  ${usageText(text)}\n`),
  };
}
