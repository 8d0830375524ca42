import * as tf from '@tensorflow/tfjs';
import { engineOf, type Engine } from '../../engine/engine.js';
import { isEnabled } from '../../engine/settings.js';
import { warnOnce } from '../../engine/warn.js';
import type { Program } from '../plan/program.js';
import { Region } from '../plan/region.js';
import { interpret } from './interpret.js';

/** The op of a region in graphs that are about to run. No file has it. */
export const REGION_OP = '@tfjs-optimize/wasm.Region';

/** Regions by the text that stands in their nodes. */
const regions = new Map<string, Region>();
let made = 0;

/** Keeps a program for nodes of a text, until the tensor that stands for its weights is gone. */
export function keepRegion(program: Program): string {
  const key = `region ${made++}`;
  regions.set(key, new Region(program));
  return key;
}

/** How many regions are kept: none after the graphs they are in have been disposed of. */
export function regionsKept(): number {
  return regions.size;
}

/** Regions whose end is watched on an engine. */
const watched = new WeakMap<Region, Engine>();

/** Lets TensorFlow.js run regions. */
export function registerRegions(): void {
  tf.registerOp(REGION_OP, ({ inputs, attrs }) => {
    const [handle, ...moving] = inputs as [tf.Tensor, ...tf.Tensor[]];
    const key = String(attrs['region']);
    const region = regions.get(key);
    if (region === undefined) {
      throw new Error(
        `${REGION_OP}: expected a graph that is loaded, got one that was disposed of. Load it again.`,
      );
    }
    return run(key, region, handle, moving);
  });
}

function run(key: string, region: Region, handle: tf.Tensor, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const engine = tf.getBackend() === 'wasm' && isEnabled() ? engineOf(tf.backend()) : undefined;
  const outputs = engine?.attempt(() => {
    watch(engine, key, region, handle);
    return region.run(engine, inputs);
  });
  if (outputs !== undefined) {
    return outputs.map((info) => tf.engine().makeTensorFromTensorInfo(info));
  }
  warnOnce(`int8 ops run by their slow references here (backend ${tf.getBackend()}).`);
  return interpret(region.program, inputs);
}

function watch(engine: Engine, key: string, region: Region, { dataId }: tf.Tensor): void {
  if (watched.get(region) === engine) return;
  watched.set(region, engine);
  engine.lifetimes.whenGone(dataId, () => {
    region.release();
    regions.delete(key);
  });
}
