import { Command, Option, type OutputConfiguration } from 'commander';
import { diff, type DiffOptions } from './commands/diff.js';
import { inspect, type InspectOptions } from './commands/inspect.js';
import { optimizeModel, type OptimizeOptions } from './commands/optimize.js';
import { exitTable } from './exit.js';
import type { CommonOptions, Work } from './main.js';
import { notNegative, range, repeated, shapes, wholeNumber } from './options.js';
import { PRESET_NAMES } from './presets.js';
import { coloursFor, type Streams } from './terminal/streams.js';
import { VERSION } from './version.js';

/** Runs a command's work between set-up and printing. */
export type Runner = (name: string, options: CommonOptions, work: Work) => Promise<void>;

/** Backends that there are outside of browsers. */
const BACKENDS = ['auto', 'tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'];

const MODEL = 'model.json, the folder it is in, or a file:// or http(s):// URL of it';

/** The commands with their options, as commander reads them and prints them in the help. */
export function makeProgram(streams: Streams, run: Runner): Command {
  const program = new Command('tfjs-optimize')
    .description('Makes TensorFlow.js models small and fast.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help, or that of a command')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', `\n${exitTable()}`)
    .configureOutput(outputFor(streams))
    .exitOverride();

  measuring(common(program.command('optimize')))
    .summary('make a model smaller and faster and save it')
    .description(
      'Loads a model, runs the passes on it, saves the result as a graph model and reports before and after.',
    )
    .argument('<model>', MODEL)
    .requiredOption('-o, --out <folder>', 'folder for the result')
    .addOption(
      new Option('--preset <name>', 'passes to run: all that is always safe, or a single one')
        .choices(PRESET_NAMES)
        .default('inference'),
    )
    .addOption(new Option('--recipe <file>', 'passes to run, from a saved recipe').conflicts('preset'))
    .option('--save-recipe <file>', 'save what was run as a recipe')
    .option('--overwrite', 'replace what is in the output folder')
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
    .argument('<model>', MODEL)
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
    .argument('<a>', `the reference: ${MODEL}`)
    .argument('<b>', 'the model to compare with it')
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
  return program;
}

const OPTIMIZE_EXAMPLES = [
  'tfjs-optimize optimize my-model -o my-model-fast',
  'tfjs-optimize optimize https://example.com/model.json -o out --json > report.json',
  'tfjs-optimize optimize my-model -o out --recipe recipe.json --overwrite',
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

/** Options of commands that run a model. */
function measuring(command: Command): Command {
  return command
    .addOption(new Option('--backend <name>', 'what to run models on').choices(BACKENDS).default('auto'))
    .option(
      '--seed <number>',
      'seed of everything random (default: 1, or that of the recipe)',
      wholeNumber(0),
    )
    .option(
      '--input <file>',
      'values to run on: FILE or KEY=FILE, .npy or .json; repeat for more inputs',
      repeated,
    )
    .addOption(
      new Option('--batch <number>', 'batch size of random inputs (default: 1)')
        .argParser(wholeNumber(1))
        .conflicts('input'),
    )
    .addOption(
      new Option('--shape <key=sizes>', 'shape of a random input whose sizes are open; repeat for more')
        .argParser(shapes)
        .conflicts('input'),
    )
    .addOption(
      new Option('--range <low,high>', 'range of random float inputs (default: -1,1)')
        .argParser(range)
        .conflicts('input'),
    );
}

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
      write(text.replace(/^error:/, colours.red(colours.bold('error')) + ' usage ')),
  };
}
