import type { BenchCase } from '@tfjs-optimize/benchmark';
import { backend, GraphBuilder, interleave, spread, type Model } from '@tfjs-optimize/core';
import { opName, type RuntimeOp } from '@tfjs-optimize/runtime/format';
import { nets } from '@tfjs-optimize/testing';
import { setDeterministic } from '@tfjs-optimize/wasm';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PLANNERS } from '../src/integer/planners/index.js';
import type { Planner } from '../src/integer/site.js';
import { relaxedOnly } from './relaxed.js';

/** An op of a region whose rate is told: of x of a shape with weights of another. */
interface Rate {
  readonly id: string;
  readonly op: RuntimeOp & ('Conv2D' | 'DepthwiseConv2D' | 'MatMul');
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly strides?: readonly [number, number];
}

const RATES: readonly Rate[] = [
  { id: 'gemm-512', op: 'MatMul', x: [512, 512], w: [512, 512] },
  { id: 'gemm-128x768x3072', op: 'MatMul', x: [128, 768], w: [768, 3072] },
  { id: 'gemv-4096', op: 'MatMul', x: [1, 4096], w: [4096, 4096] },
  { id: 'conv-3x3', op: 'Conv2D', x: [1, 28, 28, 128], w: [3, 3, 128, 128] },
  { id: 'conv-first', op: 'Conv2D', x: [1, 224, 224, 3], w: [3, 3, 3, 32], strides: [2, 2] },
  { id: 'pointwise-narrow', op: 'Conv2D', x: [1, 56, 56, 144], w: [1, 1, 144, 24] },
  { id: 'pointwise-wide', op: 'Conv2D', x: [1, 56, 56, 24], w: [1, 1, 24, 144] },
  { id: 'depthwise', op: 'DepthwiseConv2D', x: [1, 56, 56, 144], w: [3, 3, 144, 1] },
];

/** A loop of nothing but dot products, and how many operations it does. */
interface Peak {
  run(): void;
  readonly operations: number;
}

async function peakOf(form: string): Promise<Peak> {
  const { href } = pathToFileURL(path.join(__dirname, 'integer-peak.mjs'));
  const module = (await import(href)) as { peakOf(form: string): Promise<Peak> };
  return module.peakOf(form);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Operations of one call, multiplications and additions counted apart. */
function operationsOf({ op, x, w, strides = [1, 1] }: Rate): number {
  if (op === 'MatMul') return 2 * (x[0] as number) * sizeOf(w);
  const pixels = Math.ceil((x[1] as number) / strides[0]) * Math.ceil((x[2] as number) / strides[1]);
  return 2 * pixels * sizeOf(w);
}

/** The op between the edges of a region. */
async function modelOf({ op, x, w, strides }: Rate, seed: number): Promise<Model> {
  const b = new GraphBuilder();
  const q = b.op(opName('Quantize'), [b.input('x', [...x])], { scale: 1 / 127 });
  const random = nets.uniformTensor([...w], seed);
  const whole = Int8Array.from(await random.data<'float32'>(), (value) => Math.round(value * 127));
  random.dispose();
  const weights = b.constant('w', new Uint8Array(whole.buffer), [...w], 'bool');
  const outputs = op === 'DepthwiseConv2D' ? (w[2] as number) : (w.at(-1) as number);
  const scales = b.constant('scales', new Float32Array(outputs).fill(1 / 127), [outputs]);
  const inner = op === 'DepthwiseConv2D' ? 9 : sizeOf(w) / outputs;
  const attrs = {
    ...{ x_scale: 1 / 127, y_scale: Math.sqrt(inner) / 127 },
    ...(op === 'MatMul' ? {} : { strides: [1, ...(strides ?? [1, 1]), 1], padding: 'SAME' }),
  };
  const y = b.op(opName(op), [q, weights, scales], attrs);
  b.output(b.op(opName('Dequantize'), [y], { scale: attrs.y_scale }), 'y');
  return b.build('integer');
}

/** Plans an op so that its step runs `times` times where it runs once: the edges of the region then hardly count. */
function repeating(planner: Planner, times: number): Planner {
  return (...given) => {
    const planned = planner(...given);
    return (
      planned && {
        ...planned,
        bind: (inputs, output) => {
          const step = planned.bind(inputs, output);
          return () => {
            for (let i = 0; i < times; i++) step();
          };
        },
      }
    );
  };
}

/** Milliseconds of which the edges of a region are a hundredth or less, and operations a millisecond that are expected. */
const LONG_MS = 80;
const EXPECTED_RATE = 100e6;

/** The rate of a kernel in plain form, or in the fastest that there is. */
function rateCase(rate: Rate, isPlain: boolean): BenchCase {
  const id = `integer/rate-${rate.id}`;
  const { op, x, w } = rate;
  const what = `${op} of ${x.join(' × ')} by ${w.join(' × ')}, beside a loop of nothing but dot products`;
  return {
    ...{ id, what },
    run: async ({ seed, quick, signal }) => {
      await backend.use('wasm');
      const planners = PLANNERS as Partial<Record<RuntimeOp, Planner>>;
      const planner = planners[op] as Planner;
      const tensor = nets.uniformTensor([...x], seed);
      const operations = operationsOf(rate);
      const times = Math.max(1, Math.ceil((LONG_MS * EXPECTED_RATE) / operations));
      const model = await modelOf(rate, seed);
      try {
        planners[op] = repeating(planner, times);
        setDeterministic(isPlain);
        const kernel = (): void => tf.dispose(model.run(tensor));
        kernel();
        const form = integerForm();
        if (form !== 'plain' && form !== 'relaxed')
          throw new Error(`${id}: expected integer kernels, got ${form}.`);
        const peak = await peakOf(form);
        const timeMs = quick ? 1000 : 4000;
        const samples = await interleave(
          { kernel, peak: peak.run },
          { seed, timeMs, ...(signal && { signal }) },
        );
        const { median, low, high } = spread(samples.kernel.samples);
        const rateOf = (ms: number): number => (operations * times) / ms / 1e6;
        const limit = peak.operations / spread(samples.peak.samples).median / 1e6;
        const share = (100 * rateOf(median)) / limit;
        return {
          ...{
            id,
            value: rateOf(median),
            low: rateOf(high),
            high: rateOf(low),
            n: samples.kernel.samples.length,
          },
          unit: 'GOP/s',
          note: `${share.toFixed(0)} % of ${limit.toFixed(0)} GOP/s in registers; ${form} form; ${what}`,
        };
      } finally {
        planners[op] = planner;
        setDeterministic(false);
        model.dispose();
        tensor.dispose();
      }
    },
  };
}

export const cases: readonly BenchCase[] = RATES.flatMap((rate) => [
  rateCase(rate, true),
  relaxedOnly(rateCase(rate, false)),
]);
