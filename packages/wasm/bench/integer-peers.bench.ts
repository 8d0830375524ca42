import type { BenchCase, BenchRow } from '@tfjs-optimize/benchmark';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { relaxedOnly } from './relaxed.js';

/** What `peers.mjs` prints of a form of a model: milliseconds in the middle of its rounds, and their ends. */
interface Measured {
  readonly rt: string;
  readonly variant: string;
  readonly ms?: number;
  readonly low?: number;
  readonly high?: number;
  readonly error?: string;
}

const KIT = 'TFJS_OPTIMIZE_PEERS';
const ROUNDS = 3;

/** Peers as `peers.mjs` names them. */
const PEERS = { litert: 'litert', onnxruntime: 'ort' };

/** Names of models here and in the kit. */
const MODELS = {
  'mobilenet-v2-224': 'mobilenet_v2',
  'resnet-18-224': 'resnet18',
  'bert-base-4x128': 'bert_base4',
};

const folder = (): string | undefined => process.env[KIT];

function missing(model: string): string | undefined {
  const kit = folder();
  if (kit === undefined) return `${KIT} names no folder of the peer kit (see packages/wasm/bench/peers.mjs)`;
  const models = process.env.PEER_MODELS ?? path.join(kit, '../models');
  return fs.existsSync(path.join(models, model)) ? undefined : `${path.join(models, model)} is not there`;
}

/** All int8 forms of a model, ours and those of a peer, by turns; each is measured in processes of its own. */
function measure(peer: string, model: string, rounds: number, signal?: AbortSignal): Promise<Measured[]> {
  const script = path.join(__dirname, 'peers.mjs');
  const args = [script, folder() as string, model, '--int8', '--json', '--peer', peer];
  const child = spawn(process.execPath, args, {
    ...{ env: { ...process.env, ROUNDS: String(rounds) }, stdio: ['ignore', 'pipe', 'inherit'] },
    ...(signal && { signal }),
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as Measured[]);
      else reject(new Error(`peers.mjs: expected it to measure ${model}, got exit status ${code}`));
    });
  });
}

type Ran = Required<Omit<Measured, 'error'>>;

function fastest(all: readonly Measured[]): Ran {
  const ran = all.filter((each): each is Ran => each.ms !== undefined);
  const [first] = ran.sort((a, b) => a.ms - b.ms);
  if (first !== undefined) return first;
  throw new Error(
    `expected a form that runs, got none. ${all.map(({ rt, error }) => `${rt}: ${error}`).join('; ')}`,
  );
}

const text = ({ rt, variant, ms, low, high }: Ran): string =>
  `${rt} ${variant} ${ms.toFixed(2)} ms (${low.toFixed(2)}-${high.toFixed(2)})`;

/** The best int8 of a peer over ours. */
function versus(peer: keyof typeof PEERS, name: keyof typeof MODELS): BenchCase {
  const id = `integer/vs-${peer}-${name}`;
  const model = MODELS[name];
  return {
    ...{
      id,
      what: `${model}: the best int8 of ${peer} over ours, processes of their own by turns, batch 1, one thread`,
    },
    missing: () => missing(model),
    run: async ({ quick, signal }): Promise<BenchRow> => {
      const rounds = quick ? 1 : ROUNDS;
      const all = await measure(PEERS[peer], model, rounds, signal);
      const ours = all.filter(({ rt }) => rt.startsWith('ours'));
      const [theirs, own] = [fastest(all.filter((each) => !ours.includes(each))), fastest(ours)];
      return {
        ...{ id, value: theirs.ms / own.ms, unit: 'x', n: rounds, target: { atLeast: 1 } },
        ...{ low: theirs.low / own.high, high: theirs.high / own.low },
        note: `${text(theirs)}, ${text(own)}`,
      };
    },
  };
}

export const cases: readonly BenchCase[] = (Object.keys(MODELS) as (keyof typeof MODELS)[]).flatMap((name) =>
  [versus('litert', name), versus('onnxruntime', name)].flatMap((one) => [one, relaxedOnly(one)]),
);
