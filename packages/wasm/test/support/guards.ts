import { expect } from 'chai';
import type { TensorInfo } from '@tensorflow/tfjs';
import { Engine } from '../../src/engine/engine.js';
import { allocate, Scratch } from '../../src/engine/scratch.js';
import type { StockModule } from '../../src/engine/stock.js';
import { Plan } from '../../src/integer/plan/plan.js';
import { sizeOf } from '../../src/reference/values.js';

/** Bytes before and behind each piece of memory, and what they hold: so does what is taken anew. */
const GUARD = 64;
const FILL = 0xa5;

/** Pieces that hold values of a plan. */
const ARENA = 'integer arena';
const OUTPUT = 'output ';

interface Piece {
  readonly block: number;
  readonly room: number;
  bytes: number;
}

/** Addresses from the first one to before the second. */
type Range = readonly [from: number, to: number];

/** Memory for a call in pieces that end where what was asked for ends, each between guards. */
class GuardedScratch extends Scratch {
  private readonly pieces = new Map<string, Piece>();

  constructor(
    private readonly module: StockModule,
    private readonly memory: WebAssembly.Memory,
  ) {
    super(module);
  }

  override take(slot: string, bytes: number): number {
    let piece = this.pieces.get(slot);
    if (piece === undefined || piece.room < bytes) {
      if (piece !== undefined) this.module._free(piece.block);
      piece = { block: allocate(this.module, bytes + 2 * GUARD), room: bytes, bytes };
      this.pieces.set(slot, piece);
    }
    piece.bytes = bytes;
    this.at(piece.block, piece.room + 2 * GUARD).fill(FILL);
    return piece.block + GUARD;
  }

  override clear(): void {
    for (const { block } of this.pieces.values()) this.module._free(block);
    this.pieces.clear();
  }

  /** Where pieces that hold no values of a plan lie, with their guards. */
  blocks(): Range[] {
    const all = [...this.pieces].filter(([slot]) => slot !== ARENA && !slot.startsWith(OUTPUT));
    return all.map(([, { block, room }]) => [block, block + room + 2 * GUARD]);
  }

  expectGuards(what: string): void {
    for (const [slot, { block, room, bytes }] of this.pieces) {
      const before = this.at(block, GUARD);
      const behind = this.at(block + GUARD + bytes, room - bytes + GUARD);
      const isWhole = before.every((byte) => byte === FILL) && behind.every((byte) => byte === FILL);
      if (!isWhole) expect.fail(`${what}: expected nothing to be written around '${slot}', ${bytes} bytes`);
    }
  }

  at(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}

/**
 * Does something while steps of plans of integer ops are watched: each may write its own value and memory for a call, and
 * no other byte of all memory. Every plan runs twice, in memory that holds something else each time, and must give the
 * same.
 * @returns how many steps were watched.
 */
export function guarded(engine: Engine, work: () => void): number {
  const scratch = new GuardedScratch(engine.backend.wasm, engine.memory);
  const own = engine.scratch;
  const { run } = Plan.prototype;
  const { output, address } = Engine.prototype;
  let outputs = new Map<object, { readonly address: number; readonly bytes: number }>();
  let steps = 0;
  Object.assign(engine, {
    scratch,
    output: (...[shape, dtype]: Parameters<Engine['output']>): TensorInfo => {
      const info = output.call(engine, shape, dtype);
      const bytes = 4 * sizeOf(shape);
      outputs.set(info.dataId, { address: scratch.take(`${OUTPUT}${outputs.size}`, bytes), bytes });
      return info;
    },
    address: (info: TensorInfo) => outputs.get(info.dataId)?.address ?? address.call(engine, info),
  });
  Plan.prototype.run = function (given, inputs) {
    outputs = new Map();
    const first = run.call(this, given, inputs);
    const wanted = [...outputs.values()].map((one) => scratch.at(one.address, one.bytes).slice());
    for (const { dataId } of first) given.backend.disposeData(dataId);
    outputs = new Map();
    const undo = watchSteps(this, scratch);
    try {
      const second = run.call(this, given, inputs);
      steps += this['steps'].length;
      const got = [...outputs.values()].map((one) => scratch.at(one.address, one.bytes).slice());
      expect(got, 'what a plan gives the second time').to.deep.equal(wanted);
      const moved = second.map((info, i) => [address.call(given, info), got[i] as Uint8Array] as const);
      for (const [to, bytes] of moved) scratch.at(to, bytes.length).set(bytes);
      return second;
    } finally {
      undo();
      outputs = new Map();
    }
  };
  try {
    work();
  } finally {
    Plan.prototype.run = run;
    Object.assign(engine, { scratch: own });
    for (const name of ['output', 'address'] as const) Reflect.deleteProperty(engine, name);
    scratch.clear();
  }
  return steps;
}

/** Lets every step of a plan fail that writes where it may not. @returns what undoes it. */
function watchSteps(plan: Plan, scratch: GuardedScratch): () => void {
  const { program, values, steps } = {
    program: plan['program'],
    values: plan['values'],
    steps: plan['steps'],
  };
  const own = [...steps];
  const made = [...values.keys()].filter((i) => i >= program.inputs && values[i]?.owner === i);
  let before: Buffer | undefined;
  for (const [i, step] of own.entries()) {
    const value = made[i] as number;
    const name = `step ${i}, ${program.instructions[value - program.inputs]?.op}`;
    steps[i] = () => {
      const memory = (): Buffer => Buffer.from(scratch.at(0, 0).buffer);
      before ??= Buffer.from(memory());
      step();
      scratch.expectGuards(name);
      const { address, shape, kind } = values[value] as (typeof values)[number];
      const to = address + sizeOf(shape) * (kind === 'byte' ? 1 : 4);
      expectSame(name, before, memory(), [[address, to], ...scratch.blocks()]);
    };
  }
  return () => steps.splice(0, steps.length, ...own);
}

/** Memory must be as it was but for some places, which are brought up to date. */
function expectSame(what: string, before: Buffer, after: Buffer, free: readonly Range[]): void {
  expect(after.length, `${what}: size of memory`).to.equal(before.length);
  let at = 0;
  const sorted = [...free].sort(([a], [b]) => a - b);
  for (const [from, to] of [...sorted, [after.length, after.length] as const]) {
    const start = Math.min(at, from);
    if (!before.subarray(start, from).equals(after.subarray(start, from))) {
      const wrong = after.subarray(start, from).findIndex((byte, i) => byte !== before[start + i]);
      expect.fail(`${what}: expected nothing to be written at ${start + wrong}, got ${after[start + wrong]}`);
    }
    before.set(after.subarray(from, to), from);
    at = Math.max(at, to);
  }
}
