import type { BenchCase, BenchRow } from '@tfjs-optimize/benchmark';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';

/** Names the folder of the peer kit, whose models and packages lie beside it. */
const KIT = 'TFJS_OPTIMIZE_PEERS';
const THREADS = 2;
const ROUNDS = 5;

/** Models here and in the kit. */
const MODELS = {
  'mobilenet-v2-224': 'mobilenet_v2',
  'resnet-18-224': 'resnet18',
  'bert-base-4x128': 'bert_base4',
};

/** What a measurement in a process of its own prints, in milliseconds; `cos` is that with the kit's reference. */
interface Measured {
  readonly ms?: number;
  readonly cos?: number;
  readonly error?: string;
}
type Ran = Required<Omit<Measured, 'error'>>;

const kit = (): string | undefined => process.env[KIT];

function missing(model: string): string | undefined {
  const folder = kit();
  if (folder === undefined) return `${KIT} does not name the folder of the peer kit`;
  const models = process.env['PEER_MODELS'] ?? path.join(folder, '../models');
  const file = path.join(models, model, `${model}.f32.onnx`);
  if (!fs.existsSync(file)) return `${file} is not there`;
  try {
    createRequire(__filename).resolve('@tensorflow/tfjs-node');
    return undefined;
  } catch {
    return '@tensorflow/tfjs-node is not installed';
  }
}

/** Each in a process of its own: threads of onnxruntime go on spinning after a run, and would be in the way. */
function measure(args: readonly string[], cwd: string, signal?: AbortSignal): Promise<Ran> {
  const child = spawn(process.execPath, args, {
    ...{ cwd, stdio: ['ignore', 'pipe', 'inherit'] },
    ...(signal && { signal }),
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const last = text.trim().split('\n').at(-1);
      const { ms, cos, error } = (last?.startsWith('{') === true ? JSON.parse(last) : {}) as Measured;
      if (ms !== undefined && cos !== undefined) resolve({ ms, cos });
      else reject(new Error(`${args.join(' ')}: expected a measurement, got ${error ?? `status ${code}`}`));
    });
  });
}

const SOURCE = ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'];

interface Side {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly cos: number;
}

function sideOf(all: readonly Ran[]): Side {
  const times = all.map(({ ms }) => ms).sort((a, b) => a - b) as [number, ...number[]];
  return {
    median: times[times.length >> 1] ?? times[0],
    low: times[0],
    high: times.at(-1) ?? times[0],
    cos: Math.min(...all.map(({ cos }) => cos)),
  };
}

const text = (name: string, { median, low, high, cos }: Side): string =>
  `${name} ${median.toFixed(2)} ms (${low.toFixed(2)}-${high.toFixed(2)}), cosine ${cos}`;

function versus(name: keyof typeof MODELS): BenchCase {
  const id = `native/vs-onnxruntime-${name}`;
  const model = MODELS[name];
  return {
    id,
    what: `${model}: onnxruntime-node over a session of TensorFlow, processes of their own by turns, batch 1, ${THREADS} threads`,
    missing: () => missing(model),
    run: async ({ quick, signal, progress }): Promise<BenchRow> => {
      const folder = path.resolve(kit() ?? '');
      const child = [...SOURCE, path.join(__dirname, 'session-child.ts'), folder, model, String(THREADS)];
      const onnx = [path.join(folder, 'bench_ort.mjs'), `node${THREADS}`, model, 'f32'];
      // The packages of the kit lie beside it.
      const beside = fs.realpathSync(path.join(folder, '..'));
      const [theirs, ours]: [Ran[], Ran[]] = [[], []];
      const rounds = quick ? 1 : ROUNDS;
      for (let round = 0; round < rounds; round++) {
        progress(`round ${round + 1} of ${rounds}`);
        theirs.push(await measure(onnx, beside, signal));
        ours.push(await measure(child, path.join(__dirname, '../../..'), signal));
      }
      const [a, b] = [sideOf(theirs), sideOf(ours)];
      return {
        ...{ id, value: a.median / b.median, unit: 'x', n: rounds, target: { atLeast: 1 } },
        ...{ low: a.low / b.high, high: a.high / b.low },
        note: `${text('onnxruntime-node', a)}; ${text('session', b)}`,
      };
    },
  };
}

export const cases: readonly BenchCase[] = (Object.keys(MODELS) as (keyof typeof MODELS)[]).map(versus);
