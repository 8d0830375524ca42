import * as tf from '@tensorflow/tfjs';
import { ArgumentError } from '../../arguments.js';
import type { Engine } from '../../engine/engine.js';
import { oursOr } from '../ours.js';
import type { Program } from '../plan/program.js';
import { Region } from '../plan/region.js';
import { interpret } from './interpret.js';

/** The op of a region in graphs that are about to run. No file has it: such graphs refuse to be written. */
export const REGION_OP = '@tfjs-optimize/wasm.Region';

/** Regions by the text that stands in their nodes. Graphs hold them: one that was never run may go without a word. */
const regions = new Map<string, WeakRef<Region>>();
const abandoned = new FinalizationRegistry<string>((key) => regions.delete(key));
/** Of this process alone, should another one get such a graph all the same. */
const own = Math.random().toString(36).slice(2);
let made = 0;

/**
 * Keeps a program for nodes of a text, until the tensor that stands for its weights is gone, or the graph that holds the
 * region.
 */
export function keepRegion(program: Program): { readonly key: string; readonly region: Region } {
  const key = `region ${own} ${made++}`;
  const region = new Region(program);
  regions.set(key, new WeakRef(region));
  abandoned.register(region, key);
  return { key, region };
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
    const region = regions.get(key)?.deref();
    if (region === undefined || handle.isDisposed) {
      throw new ArgumentError(
        ...([REGION_OP, 'a graph that is loaded here', 'one that was disposed of or copied'] as const),
        'Load it again, and dispose of it when no run is left',
      );
    }
    return run(key, region, handle, moving);
  });
}

function run(key: string, region: Region, handle: tf.Tensor, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const ours = (engine: Engine): tf.Tensor[] | undefined => {
    watch(engine, key, region, handle);
    const infos = region.run(engine, inputs);
    return infos?.map((info) => tf.engine().makeTensorFromTensorInfo(info));
  };
  return oursOr(ours, () => interpret(region.program, inputs));
}

function watch(engine: Engine, key: string, region: Region, { dataId }: tf.Tensor): void {
  if (watched.get(region) === engine) return;
  watched.set(region, engine);
  engine.lifetimes.whenGone(dataId, () => {
    region.release();
    regions.delete(key);
  });
}
