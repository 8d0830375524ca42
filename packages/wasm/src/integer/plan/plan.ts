import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { sizeOf } from '../../reference/values.js';
import { PLANNERS } from '../planners/index.js';
import type { Planned, Site } from '../site.js';
import type { Kind, Shape, Value } from '../value.js';
import { layOut } from './arena.js';
import type { Program } from './program.js';

const BYTES: Readonly<Record<Kind, number>> = { byte: 1, float32: 4, int32: 4 };

/** A value while plans are made: whose memory it lies in, which for a value of another shape is another's. */
interface Place extends Value {
  readonly owner: number;
}

/** A program for inputs of given shapes: steps, and memory that they share. */
export class Plan {
  private readonly values: Place[] = [];
  private readonly steps: (() => void)[] = [];
  /** Where values lie in the arena; none for inputs and outputs. */
  private readonly offsets = new Map<number, number>();
  private readonly bytes: number;

  private constructor(
    private readonly program: Program,
    inputs: readonly TensorInfo[],
    planned: readonly Planned[],
  ) {
    for (const [i, { shape, dtype }] of inputs.entries()) {
      this.values.push({ shape, kind: dtype === 'float32' ? 'float32' : 'int32', address: 0, owner: i });
    }
    for (const [i, { shape, kind = 'byte', isAlias }] of planned.entries()) {
      const own = program.inputs + i;
      const source = program.instructions[i]?.inputs[0] as number;
      const owner = isAlias ? (this.values[source] as Place).owner : own;
      this.values.push({ shape, kind, address: 0, owner });
    }
    for (const [i, one] of planned.entries()) {
      const from = (program.instructions[i]?.inputs ?? []).map((value) => this.values[value] as Place);
      if (!one.isAlias) this.steps.push(one.bind(from, this.values[program.inputs + i] as Place));
    }
    this.bytes = this.place();
  }

  /** The plan of a program for inputs, or undefined where an op cannot be planned. */
  static of(program: Program, sites: readonly Site[], inputs: readonly TensorInfo[]): Plan | undefined {
    const shapes: Shape[] = inputs.map(({ shape }) => shape);
    const planned: Planned[] = [];
    for (const [i, { op, inputs: read }] of program.instructions.entries()) {
      const planner = PLANNERS[op];
      const one = planner?.(
        sites[i] as Site,
        read.map((value) => shapes[value] as Shape),
      );
      if (one === undefined) return undefined;
      planned.push(one);
      shapes.push(one.shape);
    }
    return new Plan(program, inputs, planned);
  }

  run(engine: Engine, inputs: readonly TensorInfo[]): TensorInfo[] {
    const outputs = this.program.outputs.map((value) => {
      const { shape, kind } = this.values[value] as Place;
      return engine.output(shape, kind === 'int32' ? 'int32' : 'float32');
    });
    const arena = this.bytes > 0 ? engine.scratch.take('integer arena', this.bytes) : 0;
    for (const [value, place] of this.values.entries()) {
      const offset = this.offsets.get(place.owner);
      if (value < inputs.length) place.address = engine.address(inputs[value] as TensorInfo);
      else if (offset !== undefined) place.address = arena + offset;
    }
    for (const [i, value] of this.program.outputs.entries()) {
      (this.values[value] as Place).address = engine.address(outputs[i] as TensorInfo);
    }
    for (const step of this.steps) step();
    return outputs;
  }

  /** Gives every value that is neither input nor output its place in the arena. */
  private place(): number {
    const { program, values } = this;
    const outside = new Set([...Array(program.inputs).keys(), ...program.outputs]);
    const last = new Map<number, number>();
    for (const [step, { inputs }] of program.instructions.entries()) {
      for (const value of inputs) last.set((values[value] as Place).owner, step);
    }
    const owners = [...values.keys()].filter(
      (value) => values[value]?.owner === value && !outside.has(value),
    );
    const { offsets, bytes } = layOut(
      owners.map((value) => {
        const { shape, kind } = values[value] as Place;
        const from = value - program.inputs;
        return { bytes: sizeOf(shape) * BYTES[kind], from, to: last.get(value) ?? from };
      }),
    );
    for (const [i, value] of owners.entries()) this.offsets.set(value, offsets[i] as number);
    return owners.length === 0 ? 0 : bytes;
  }
}
