import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { IntegerOp } from '@tfjs-optimize/runtime/reference';
import type { Engine } from '../engine/engine.js';
import { constantOf, givesFloats, isConstant, takesFloats } from './constants.js';
import { Region } from './plan/region.js';
import type { Instruction, Program } from './plan/program.js';

/** Regions of one op by the data of its constants, then by its attributes and shapes. */
type Kept = Map<string, Region>;

/** Regions that are kept of the same weights: more where scales or biases are computed anew for each call. */
const MOST_REGIONS = 16;

const NO_CONSTANT = {};
const keptOf = new WeakMap<Engine, WeakMap<object, Kept>>();

/** Runs one op of a graph by itself: int32 tensors of int8 values become bytes and what it computes becomes such a tensor. */
export function runSingle(
  engine: Engine,
  op: IntegerOp,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo | undefined {
  const names = op.inputs.filter((name) => inputs[name] !== undefined);
  const moving = names.filter((name) => !isConstant(name)).map((name) => inputs[name] as TensorInfo);
  const dtype = takesFloats(op.name) ? 'float32' : 'int32';
  if (moving.some((input) => input.dtype !== dtype)) return undefined;
  const region = regionOf(engine, op, names, inputs, attrs);
  return region?.run(engine, moving)?.[0];
}

function regionOf(
  engine: Engine,
  op: IntegerOp,
  names: readonly string[],
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): Region | undefined {
  const constants = names.filter(isConstant).map((name) => inputs[name] as TensorInfo);
  const owner = constants[0]?.dataId ?? NO_CONSTANT;
  const kept = keptFor(engine, owner);
  const known = constants.map(({ dataId, shape }) => [idOf(dataId), shape]);
  const key = JSON.stringify([op.name, attrs, known], (_, value: unknown) => exactly(value));
  let region = kept.get(key);
  if (region === undefined) {
    const program = programOf(op, names, inputs, attrs);
    if (program === undefined) return undefined;
    region = new Region(program);
    const [oldest] = kept;
    if (kept.size >= MOST_REGIONS && oldest !== undefined) {
      kept.delete(oldest[0]);
      oldest[1].release();
    }
    kept.set(key, region);
  }
  return region;
}

function keptFor(engine: Engine, owner: object): Kept {
  const all = keptOf.get(engine) ?? new WeakMap<object, Kept>();
  keptOf.set(engine, all);
  const found = all.get(owner);
  if (found !== undefined) return found;
  const kept: Kept = new Map();
  all.set(owner, kept);
  engine.lifetimes.whenGone(owner, () => {
    for (const region of kept.values()) region.release();
    all.delete(owner);
  });
  return kept;
}

/** Numbers for what constants are made of, since objects are no keys of text. */
const ids = new WeakMap<object, number>();
let nextId = 0;

function idOf(dataId: object): number {
  const id = ids.get(dataId) ?? nextId++;
  ids.set(dataId, id);
  return id;
}

/** JSON has no infinities and only one 0. */
function exactly(value: unknown): unknown {
  return typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;
}

function programOf(
  op: IntegerOp,
  names: readonly string[],
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): Program | undefined {
  const constants: Record<string, NonNullable<ReturnType<typeof constantOf>>> = {};
  for (const name of names.filter(isConstant)) {
    const constant = constantOf(op.name, name, inputs[name] as TensorInfo);
    if (constant === undefined) return undefined;
    constants[name] = constant;
  }
  const moving = names.filter((name) => !isConstant(name));
  const instructions: Instruction[] = [];
  const read = moving.map((_, i) => {
    if (takesFloats(op.name)) return i;
    instructions.push({ op: 'Narrow', attrs: {}, inputs: [i], constants: {} });
    return moving.length + instructions.length - 1;
  });
  instructions.push({ op: op.name, attrs, inputs: read, constants });
  if (!givesFloats(op.name)) {
    const last = moving.length + instructions.length - 1;
    instructions.push({ op: 'Spread', attrs: {}, inputs: [last], constants: {} });
  }
  return {
    inputs: moving.length,
    instructions,
    outputs: [moving.length + instructions.length - 1],
  };
}
