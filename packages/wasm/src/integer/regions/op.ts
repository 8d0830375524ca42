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

/** Lets TensorFlow.js run regions: as a kernel, so that what times kernels sees them. */
export function registerRegions(): void {
  if (tf.getKernel(REGION_OP, 'wasm') !== undefined) tf.unregisterKernel(REGION_OP, 'wasm');
  tf.registerKernel({
    kernelName: REGION_OP,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      // TensorFlow.js gives kernels the very tensors that the op gave it.
      const [handle, ...moving] = Object.values(inputs) as [tf.Tensor, ...tf.Tensor[]];
      const key = String(attrs?.['region']);
      return run(key, regionOf(key, handle), handle, moving);
    },
  });
  tf.registerOp(REGION_OP, ({ inputs, attrs }) => {
    const [handle, ...moving] = inputs as [tf.Tensor, ...tf.Tensor[]];
    const key = String(attrs['region']);
    const { program } = regionOf(key, handle);
    // The backend may have changed since the graph was loaded.
    if (tf.getBackend() !== 'wasm')
      return oursOr(
        () => undefined,
        () => interpret(program, moving),
      );
    const named = Object.fromEntries(moving.map((x, i) => [`x${i}`, x]));
    return tf.engine().runKernel<tf.Tensor[]>(REGION_OP, { handle, ...named }, { region: key });
  });
}

function regionOf(key: string, handle: tf.Tensor): Region {
  const region = regions.get(key)?.deref();
  if (region !== undefined && !handle.isDisposed) return region;
  throw new ArgumentError(
    ...([REGION_OP, 'a graph that is loaded here', 'one that was disposed of or copied'] as const),
    'Load it again, and dispose of it when no run is left',
  );
}

function run(key: string, region: Region, handle: tf.Tensor, inputs: readonly tf.Tensor[]): tf.TensorInfo[] {
  const ours = (engine: Engine): tf.TensorInfo[] | undefined => {
    watch(engine, key, region, handle);
    return region.run(engine, inputs);
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
