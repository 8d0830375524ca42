import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import {
  benchTable,
  describeMachine,
  machineText,
  runCases,
  type BenchCase,
  type BenchRow,
} from '@tfjs-optimize/benchmark';

interface BenchFile {
  readonly cases: readonly BenchCase[];
}

/** The cases of every file, whose ids begin with their group: `fusion/mobilenet-v2-224`. */
function loadCases(files: readonly string[]): BenchCase[] {
  const load = createRequire(__filename);
  return files.flatMap((file) => (load(file) as BenchFile).cases);
}

/** True when a filter names the case itself or a group that it is in. */
function matches(id: string, filter: string): boolean {
  return id === filter || id.startsWith(`${filter}/`);
}

function choose(cases: readonly BenchCase[], filters: readonly string[]): readonly BenchCase[] {
  const unknown = filters.find((filter) => !cases.some(({ id }) => matches(id, filter)));
  if (unknown !== undefined) {
    const groups = [...new Set(cases.map(({ id }) => id.split('/')[0]))];
    const near = cases.filter(({ id }) => id.split('/')[0] === unknown.split('/')[0]).map(({ id }) => id);
    const cure = near.length === 0 ? `Groups: ${groups.join(', ')}.` : `Cases: ${near.join(', ')}.`;
    throw new Error(`npm run bench: expected a group or a case, got ${unknown}. ${cure}`);
  }
  return filters.length === 0 ? cases : cases.filter(({ id }) => filters.some((each) => matches(id, each)));
}

function plainRow({ id, value, unit, low, high, n, note }: BenchRow): Omit<BenchRow, 'target'> {
  return { id, value, unit, low, high, n, note };
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
  });
  const log = (message: string): boolean => process.stderr.write(`${message}\n`);
  console.log = (...words: readonly unknown[]) => log(words.join(' '));
  const files = JSON.parse(process.env['TFJS_OPTIMIZE_BENCH_FILES'] ?? '[]') as string[];
  const cases = choose(loadCases(files), positionals);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('Ctrl-C')));
  const result = await runCases(cases, { seed: Number(values.seed), signal: stop.signal, progress: log });
  if (values.json) {
    result.skipped.forEach(({ id, reason }) => log(`skipped ${id}: ${reason}`));
    process.stdout.write(`${JSON.stringify(result.rows.map(plainRow), null, 1)}\n`);
  } else {
    process.stdout.write(`${machineText(await describeMachine())}\n\n${benchTable(result)}\n`);
  }
  if (result.rows.length === 0) {
    throw new Error(
      'npm run bench: expected at least one case to run here, got none. See the reasons above.',
    );
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
