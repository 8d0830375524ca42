import {
  checkRegression,
  compare,
  measure,
  measureBaseline,
  ratioOfMedians,
  type Baseline,
  type BenchCase,
  type BenchContext,
  type BenchRow,
} from '@tfjs-optimize/benchmark';
import { backend, percentile, Random, traceLayersModel } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { spawn } from 'node:child_process';

/** Whether measurements can be trusted: what they say where the truth is known. */
export const cases: readonly BenchCase[] = [
  {
    id: 'benchmark/empty-function-overhead',
    what: 'microseconds a call that measuring an empty function reports',
    run: async ({ seed, signal }) => {
      const { latency, samples, callsPerSample } = await measure(() => undefined, [], {
        seed,
        ...(signal && { signal }),
      });
      return {
        id: 'benchmark/empty-function-overhead',
        value: 1000 * latency.p50,
        unit: 'us',
        low: 1000 * percentile(samples, 0.1),
        high: 1000 * latency.p90,
        n: latency.n,
        note: `a call, ${callsPerSample} calls a sample`,
        target: { atMost: 2 },
      };
    },
  },
  {
    id: 'benchmark/known-ratio',
    what: 'found over true ratio of 1.5 times as much arithmetic, while another process loads a core',
    run: ({ seed, signal }) =>
      besideLoad(async () => {
        const work = { more: turns(150_000), less: turns(100_000) };
        const options = { seed, differByDesign: true, ...(signal && { signal }) };
        const { against, measurements } = await compare(work, [], options);
        const [{ speedup }] = against as [(typeof against)[number]];
        return {
          id: 'benchmark/known-ratio',
          value: speedup.value / 1.5,
          unit: 'x',
          low: speedup.low / 1.5,
          high: speedup.high / 1.5,
          n: measurements[0]?.latency.n ?? 0,
          note: `${speedup.value.toFixed(3)} times as fast with 1.5 times less arithmetic`,
          target: { atLeast: 0.95, atMost: 1.05 },
        };
      }),
  },
  {
    id: 'benchmark/self-no-difference',
    what: 'of 100 comparisons of a function with itself, how many say that there is no difference',
    run: async ({ seed, signal, progress }) => {
      const comparisons = 400;
      const work = turns(20_000);
      const options = { warmUpMs: 20, runs: 30, minSampleMs: 0.2, ...(signal && { signal }) };
      let same = 0;
      for (let i = 0; i < comparisons; i++) {
        const { against } = await compare({ a: work, b: work }, [], { ...options, seed: seed + i });
        if (against[0]?.verdict === 'no difference') same++;
        if (i % 100 === 99) progress(`${i + 1} of ${comparisons}`);
      }
      return shareRow('benchmark/self-no-difference', same, comparisons, 'of 100', {
        note: `of ${comparisons} comparisons of 30 rounds, on this machine as it is`,
        target: { atLeast: 93 },
      });
    },
  },
  {
    id: 'benchmark/copies-no-difference',
    what: 'of 100 comparisons of two copies of a LeNet-5 in one process, how many say that there is no difference',
    run: copies,
  },
  {
    id: 'benchmark/bootstrap-coverage',
    what: 'how many of 100 simulated 95 % intervals hold the true ratio of medians',
    run: ({ seed }) => {
      const comparisons = 2000;
      const shares = [10, 30, 100].map((rounds) => covered(rounds, comparisons, Random.of(seed)));
      const worst = shares.reduce((a, b) => (Math.abs(b - 0.95) > Math.abs(a - 0.95) ? b : a));
      return Promise.resolve(
        shareRow('benchmark/bootstrap-coverage', worst * comparisons, comparisons, '%', {
          note: `worst of 10, 30 and 100 rounds: ${shares.map((share) => `${(100 * share).toFixed(1)} %`).join(', ')}`,
          target: { atLeast: 93, atMost: 97 },
        }),
      );
    },
  },
  {
    id: 'benchmark/baseline-unchanged',
    what: 'of 100 baselines of an unchanged LeNet-5, held against another, how many intervals hold 1',
    run: unchanged,
  },
];

/** Two models of the same weights, which lie elsewhere in memory: made anew for each comparison. */
async function copies({ seed, signal, progress }: BenchContext): Promise<BenchRow> {
  const comparisons = 60;
  await backend.use('wasm');
  const digit = nets.uniformTensor([1, 28, 28, 1], seed);
  const options = { warmUpMs: 300, timeMs: 1000, ...(signal && { signal }) };
  const off: number[] = [];
  for (let i = 0; i < comparisons; i++) {
    const layers = nets.lenet({ seed });
    const [a, b] = [traceLayersModel(layers), traceLayersModel(layers)];
    const { against } = await compare({ a, b }, digit, { ...options, seed: seed + i });
    const [{ verdict, speedup }] = against as [(typeof against)[number]];
    if (verdict !== 'no difference') off.push(Math.abs(speedup.value - 1));
    [a, b, layers].forEach((each) => each.dispose());
    if (i % 20 === 19) progress(`${i + 1} of ${comparisons}`);
  }
  digit.dispose();
  const most = off.length === 0 ? 'none' : `by ${(100 * Math.max(...off)).toFixed(1)} % at most`;
  return shareRow('benchmark/copies-no-difference', comparisons - off.length, comparisons, 'of 100', {
    note: `of ${comparisons} comparisons; ${off.length} said otherwise, ${most}`,
  });
}

/** Sessions of an unchanged model, each held against each other one. */
async function unchanged({ seed, signal, progress }: BenchContext): Promise<BenchRow> {
  const sessions = 6;
  await backend.use('wasm');
  const layers = nets.lenet({ seed });
  const model = traceLayersModel(layers);
  const digit = nets.uniformTensor([1, 28, 28, 1], seed);
  const baselines: Baseline[] = [];
  for (let i = 0; i < sessions; i++) {
    progress(`session ${i + 1} of ${sessions}`);
    baselines.push(await measureBaseline(model, digit, { seed: seed + i, ...(signal && { signal }) }));
  }
  [model, layers, digit].forEach((each) => each.dispose());
  // The other way round says the same.
  const found = baselines.flatMap((now, i) =>
    baselines.slice(0, i).map((then) => checkRegression(then, now, 1.1)),
  );
  const holding = found.filter(({ slowdown: { low, high } }) => low <= 1 && 1 <= high).length;
  const reach = percentile(
    found.map(({ slowdown: { value, high } }) => high / value - 1),
    0.5,
  );
  const slower = found.filter(({ verdict }) => verdict === 'too slow').length;
  return shareRow('benchmark/baseline-unchanged', holding, found.length, 'of 100', {
    note: `of ${found.length} pairs of ${sessions} sessions; half of the intervals reach ±${(100 * reach).toFixed(1)} % or less; ${slower} taken for 10 % slower`,
  });
}

/** Counted work that no compiler can leave out: steps of a linear congruential generator. */
function turns(count: number): () => number {
  return () => {
    let state = 1;
    for (let i = 0; i < count; i++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return state;
  };
}

/** Does the work while another process keeps a core busy. */
async function besideLoad<T>(work: () => Promise<T>): Promise<T> {
  const load = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    return await work();
  } finally {
    load.kill('SIGKILL');
  }
}

/** Share of simulated comparisons of log-normal times, half their noise shared, whose interval holds the truth. */
function covered(rounds: number, comparisons: number, random: Random): number {
  let hits = 0;
  for (let i = 0; i < comparisons; i++) {
    const [a, b]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const shared = Math.exp(random.normal(0, 0.2));
      a.push(1.2 * shared * Math.exp(random.normal(0, 0.2)));
      b.push(shared * Math.exp(random.normal(0, 0.2)));
    }
    const { low, high } = ratioOfMedians(a, b, () => random.uniform());
    if (low <= 1.2 && 1.2 <= high) hits++;
  }
  return hits / comparisons;
}

/** A share in percent with its 95 % interval (Wilson 1927). */
function shareRow(
  id: string,
  hits: number,
  n: number,
  unit: string,
  rest: Pick<BenchRow, 'note' | 'target'>,
): BenchRow {
  const z = 1.96;
  const share = hits / n;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const reach = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return {
    id,
    value: 100 * share,
    unit,
    low: 100 * (centre - reach),
    high: 100 * (centre + reach),
    n,
    ...rest,
  };
}
