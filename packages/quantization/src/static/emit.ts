import {
  attr,
  makeNode,
  splitValue,
  type Attr,
  type Attrs,
  type Model,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';
import { opName, type RuntimeOp } from '@tfjs-optimize/runtime/format';
import type { QParams } from '../numerics/qparams.js';
import { SHAPE_READERS, type Choice } from './choose.js';
import { FloatCopies, type Converted } from './emitted.js';
import type { Parameters } from './parameters.js';
import { nodesOf, type Reading } from './read.js';
import { integerNode } from './unit-nodes.js';
import type { Unit } from './units.js';
import { shortFloat32, type WeightScales } from './weights.js';

/** What integer models are made of. */
export interface EmitOptions extends WeightScales {
  readonly io: 'float' | 'int8';
}

/** Writes the integer model: units in place of their nodes, conversions where float and int8 meet. */
export class Emitter {
  readonly out: FloatCopies;
  private readonly inUnits = new Map<string, Unit>();
  private readonly lasts = new Map<string, Unit>();
  private readonly conversions = new Map<string, ValueId>();
  private readonly outputs: ReadonlySet<string>;

  constructor(
    readonly model: Model,
    readonly reading: Reading,
    private readonly choice: Choice,
    readonly parameters: Parameters,
    readonly options: EmitOptions,
  ) {
    this.out = new FloatCopies(model);
    this.outputs = new Set(model.graph.outputs.map((value) => splitValue(value)[0]));
    for (const unit of choice.units) {
      this.lasts.set(unit.node.name, unit);
      for (const node of nodesOf(unit)) this.inUnits.set(node.name, unit);
    }
  }

  run(): Converted {
    for (const node of this.model.graph) {
      const unit = this.lasts.get(node.name);
      if (unit !== undefined) this.addUnit(unit);
      else if (node.op === 'Placeholder' && this.isInteger(node.name)) this.addInput(node);
      else if (node.op === 'Const' || !this.inUnits.has(node.name)) this.addFloat(node);
    }
    return this.out.finish(this.model.graph.outputs.map((value) => this.outputOf(value)));
  }

  /** Whether a value of the given model is int8 where it is made. */
  isInteger(value: ValueId): boolean {
    return this.choice.makers.has(value) || this.choice.inputs.has(value);
  }

  private outputOf(value: ValueId): ValueId {
    if (!this.isConvertedOutput(value)) return this.here(value);
    return this.isInteger(value) ? this.asFloat(value) : this.asInt8(value, this.parameters.of(value));
  }

  /** Whether an output of the model is made as what it is not handed out as. */
  isConvertedOutput(value: ValueId): boolean {
    if (this.isInteger(value)) return this.options.io === 'float';
    return this.options.io === 'int8' && this.parameters.isKnown(value);
  }

  private addUnit(unit: Unit): void {
    const node = integerNode(unit, this.nameOf(unit.node.name), this);
    this.out.add({ ...node, controls: this.controlsOf(nodesOf(unit)) });
    for (const value of unit.outputs) this.nameOutput(value);
  }

  /** Under the name of an output stands its conversion, where it has one; the node itself stands beside it. */
  private nameOf(name: string): string {
    if (!this.outputs.has(name) || !this.isConvertedOutput(name)) return name;
    return this.out.rename(name, `${name}/${this.isInteger(name) ? 'int8' : 'float'}`);
  }

  private nameOutput(value: ValueId): void {
    if (!this.outputs.has(value) || !this.isConvertedOutput(value)) return;
    const isInteger = this.isInteger(value);
    const params = this.parameters.of(value);
    this.conversions.set(isInteger ? `float ${value}` : int8Key(value, params), value);
    this.out.add(this.conversion(isInteger ? 'Dequantize' : 'Quantize', value, this.here(value), params));
  }

  /** What some nodes must wait for. */
  private controlsOf(nodes: readonly Node[]): readonly string[] {
    const waits = nodes.flatMap((node) =>
      node.controls.map((name) => this.inUnits.get(name)?.node.name ?? name),
    );
    return [...new Set(waits.map((name) => this.out.nameOf(name)))];
  }

  private addInput(node: Node): void {
    this.out.add({ ...node, attrs: { ...node.attrs, dtype: attr.type('int32') } });
  }

  private addFloat(node: Node): void {
    const inputs = node.inputs.map((value) =>
      !this.isInteger(value) || SHAPE_READERS.has(node.op) ? this.here(value) : this.asFloat(value),
    );
    this.out.add({ ...node, name: this.nameOf(node.name), inputs, controls: this.controlsOf([node]) });
    this.nameOutput(node.name);
  }

  /** The value of the new graph that a value of the given one became, as it is made. */
  here(value: ValueId): ValueId {
    return this.out.valueOf(value);
  }

  private asFloat(value: ValueId): ValueId {
    return this.once(`float ${value}`, () =>
      this.addConversion('Dequantize', `${flat(value)}/float`, this.here(value), this.parameters.of(value)),
    );
  }

  /** A value, or a constant, as int8 of given parameters. */
  asInt8(value: ValueId, wanted: QParams): ValueId {
    const key = int8Key(value, wanted);
    const constant = this.reading.constants.of(value);
    if (constant !== undefined) return this.once(key, () => this.out.int8Constant(constant, wanted));
    if (!this.isInteger(value)) {
      return this.once(key, () =>
        this.addConversion('Quantize', `${flat(value)}/int8`, this.here(value), wanted),
      );
    }
    const own = this.parameters.of(value);
    if (own.scale === wanted.scale && own.zeroPoint === wanted.zeroPoint) return this.here(value);
    return this.once(key, () => {
      const attrs = { ...params('x', own), ...params('y', wanted) };
      const name = this.out.names.take(`${flat(value)}/requantized`);
      this.out.add(makeNode({ name, op: opName('Requantize'), inputs: [this.here(value)], attrs }));
      return name;
    });
  }

  private once(key: string, make: () => ValueId): ValueId {
    const found = this.conversions.get(key) ?? make();
    this.conversions.set(key, found);
    return found;
  }

  private addConversion(op: RuntimeOp, wanted: string, input: ValueId, given: QParams): ValueId {
    const name = this.out.names.take(wanted);
    this.out.add(this.conversion(op, name, input, given));
    return name;
  }

  private conversion(op: RuntimeOp, name: string, input: ValueId, { scale, zeroPoint }: QParams): Node {
    const attrs = { scale: float(scale), ...zero('zero_point', zeroPoint) };
    return makeNode({ name, op: opName(op), inputs: [input], attrs });
  }
}

function int8Key(value: ValueId, { scale, zeroPoint }: QParams): string {
  return `int8 ${value} ${scale} ${zeroPoint}`;
}

function flat(value: ValueId): string {
  return value.replace(':', '_');
}

function float(value: number): Attr {
  return attr.float(shortFloat32(value));
}

function zero(name: string, value: number): Attrs {
  return value === 0 ? {} : { [name]: attr.int(value) };
}

/** `x_scale` and `x_zero_point` (left out where it is 0). */
export function params(prefix: string, { scale, zeroPoint }: QParams): Attrs {
  return { [`${prefix}_scale`]: float(scale), ...zero(`${prefix}_zero_point`, zeroPoint) };
}
