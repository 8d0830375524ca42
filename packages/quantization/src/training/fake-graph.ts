import {
  attr,
  getAttr,
  inferShapes,
  valueId,
  type InferredShapes,
  type Model,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';
import type { Range } from '../numerics/qparams.js';
import type { Choice } from '../static/choose.js';
import type { Parameters } from '../static/parameters.js';
import { nodesOf, type Reading } from '../static/read.js';
import { keepsParameters, type LinearUnit, type Unit } from '../static/units.js';
import type { Aware, RangeGroup } from './aware-fact.js';
import { addend, type FoldedNorm } from './fold.js';
import { OPS } from './ops.js';
import { Rewiring } from './rewiring.js';

/** How ranges of activations move in training. */
export interface RangeMoves {
  readonly momentum: number;
  readonly until: number;
}

/** What will be integer, as static quantization found it in the model with its batch normalizations folded. */
export interface Analysis {
  readonly reading: Reading;
  readonly choice: Choice;
  readonly parameters: Parameters;
  readonly norms: ReadonlyMap<string, FoldedNorm>;
}

/** Scale and zero point in the graph. */
interface GraphParams {
  readonly scale: ValueId;
  readonly zeroPoint: ValueId;
  /** Tells apart those that differ. */
  readonly key: string;
}

/** Puts fake quantization where the integer model will round. */
export class FakeGraph {
  private readonly wires: Rewiring;
  private readonly params = new Map<string, GraphParams>();
  private readonly groups: RangeGroup[] = [];
  private readonly requantized = new Map<string, ValueId>();
  private readonly scalesOf = new Map<Unit, ValueId>();
  private readonly shapes: InferredShapes;

  constructor(
    private readonly model: Model,
    private readonly analysis: Analysis,
    private readonly ranges: (value: ValueId) => Range | undefined,
    private readonly moves: RangeMoves,
    private readonly settings: Pick<Aware, 'granularity' | 'scaleType' | 'io'>,
  ) {
    this.wires = new Rewiring(model);
    this.shapes = inferShapes(model.graph, model.weights);
  }

  build(): { readonly model: Model<'float'>; readonly aware: Aware } {
    const { units, inputs } = this.analysis.choice;
    for (const unit of units) if (unit.kind === 'linear') this.addKernel(unit);
    for (const value of inputs)
      this.wires.replace(value, this.activation(value, value, this.paramsOf(value)));
    const made = new Map<ValueId, ValueId>();
    for (const unit of units) for (const value of unit.outputs) this.addOutput(unit, value, made);
    for (const unit of units) for (const value of unit.inputs) this.addInput(unit, value, made);
    if (this.settings.io === 'int8') this.addLast();
    const nodes = units.flatMap((unit) => nodesOf(unit).map(({ name }) => name));
    const aware = { groups: this.groups, nodes, constants: this.wires.constants, ...this.settings };
    return { model: this.wires.done(), aware };
  }

  /** Parameters of a value where it is made: those of all that shares them. */
  private paramsOf(value: ValueId): GraphParams {
    const { name, members, fixed, wider } = this.analysis.parameters.tieOf(value);
    const known = this.params.get(name);
    if (known !== undefined) return known;
    const base = `${flat(name)}/int8`;
    let params: GraphParams;
    if (fixed !== undefined) {
      const scale = this.wires.constant(`${base}/scale`, [fixed.scale], []);
      const zeroPoint = this.wires.constant(`${base}/zero_point`, [fixed.zeroPoint], []);
      params = { scale, zeroPoint, key: name };
    } else {
      const all = members.flatMap((member) => this.ranges(member) ?? []);
      const { min, max } = union(all);
      const weight = this.wires.constant(`${base}/range`, [min, max], [2]);
      const measured = this.wires.node(`${base}/seen`, OPS.range, this.sourcesOf(members));
      this.groups.push({ weight, value: measured, members, ...this.moves });
      params = this.paramsFrom(base, weight, union(wider), name);
    }
    this.params.set(name, params);
    return params;
  }

  private paramsFrom(base: string, range: ValueId, wider: Range, key: string): GraphParams {
    const attrs = { min: attr.float(wider.min), max: attr.float(wider.max) };
    const scale = this.wires.node(`${base}/params`, OPS.rangeParams, [range], attrs);
    return { scale, zeroPoint: valueId(scale, 1), key };
  }

  /** Values that fill a range: what is moved from one value of a group to another is clamped already. */
  private sourcesOf(members: readonly ValueId[]): readonly ValueId[] {
    const { choice, reading } = this.analysis;
    const inside = new Set(members);
    const sources = new Set<ValueId>();
    for (const member of members) {
      const maker = choice.makers.get(member);
      if (maker === undefined || !keepsParameters(maker)) sources.add(member);
      else {
        for (const input of maker.inputs) {
          if (!inside.has(input) && reading.constants.of(input) === undefined) sources.add(input);
        }
      }
    }
    return [...sources];
  }

  private activation(
    wanted: string,
    x: ValueId,
    { scale, zeroPoint }: GraphParams,
    { factors = [], divisor = 1, isAverage = false }: Stage = {},
  ): ValueId {
    return this.wires.node(`${flat(wanted)}/fake_quant`, OPS.activation, [x, scale, zeroPoint, ...factors], {
      divisor: attr.float(divisor),
      is_average: attr.bool(isAverage),
    });
  }

  private addOutput(unit: Unit, value: ValueId, made: Map<ValueId, ValueId>): void {
    // What only moves int8 values leaves them what they are.
    if (unit.kind === 'move' && (unit.fill ?? 0) === 0) return;
    const fake = this.activation(value, value, this.paramsOf(value), this.stageOf(unit));
    made.set(value, fake);
    this.wires.replace(value, fake);
  }

  /** How the integer op of a unit rounds. */
  private stageOf(unit: Unit): Stage {
    const { constants } = this.analysis.reading;
    const scales = (): ValueId[] =>
      unit.inputs
        .filter((value) => constants.of(value) === undefined)
        .map((value) => this.paramsOf(value).scale);
    switch (unit.kind) {
      case 'linear':
        return { factors: [...scales().slice(0, 1), this.scalesOf.get(unit) as ValueId] };
      case 'product':
      case 'clamp':
        return { factors: scales() };
      case 'binary': {
        if (unit.op !== 'Mul') return {};
        return { factors: unit.inputs.map((value) => this.operandParams(value).scale) };
      }
      case 'mean': {
        const shape = this.shapes.shape(unit.inputs[0] as ValueId);
        if (shape === undefined) return {};
        const sizes = unit.axes.map((axis) => shape.at(axis) ?? -1);
        return sizes.some((size) => size < 1)
          ? {}
          : { factors: scales(), divisor: sizes.reduce((a, b) => a * b, 1) };
      }
      case 'pool':
        return { isAverage: unit.op === 'AvgPool' };
      default:
        return {};
    }
  }

  /** Parameters of what goes into a unit; of a constant those of its own range, whatever it becomes. */
  private operandParams(value: ValueId): GraphParams {
    if (this.analysis.reading.constants.of(value) === undefined) return this.paramsOf(value);
    const known = this.params.get(`constant ${value}`);
    if (known !== undefined) return known;
    const base = `${flat(value)}/int8`;
    const range = this.wires.node(`${base}/seen`, OPS.range, [value]);
    const params = this.paramsFrom(base, range, { min: 0, max: 0 }, `constant ${value}`);
    this.params.set(`constant ${value}`, params);
    return params;
  }

  private addInput(unit: Unit, value: ValueId, made: ReadonlyMap<ValueId, ValueId>): void {
    const { choice, reading } = this.analysis;
    const wanted = keepsParameters(unit)
      ? this.paramsOf(unit.outputs[0] as ValueId)
      : this.operandParams(value);
    const isConstant = reading.constants.of(value) !== undefined;
    const isInteger = choice.makers.has(value) || choice.inputs.has(value);
    const own = isInteger ? this.paramsOf(value) : undefined;
    if (own?.key === wanted.key) return;
    const key = `${value} ${wanted.key}`;
    const readers = nodesOf(unit).filter(({ inputs }) => inputs.includes(value));
    const now = made.get(value) ?? value;
    const again =
      this.requantized.get(key) ??
      this.activation(
        value,
        isConstant ? value : now,
        wanted,
        own === undefined ? {} : { factors: [own.scale] },
      );
    this.requantized.set(key, again);
    for (const { name } of readers) this.wires.replaceFor(value, name, again);
  }

  /** Outputs that are made as floats and handed out as int8. */
  private addLast(): void {
    const { choice, parameters } = this.analysis;
    for (const value of new Set(this.model.graph.outputs)) {
      if (choice.makers.has(value) || choice.inputs.has(value) || !parameters.isKnown(value)) continue;
      this.wires.replaceFor(value, undefined, this.activation(value, value, this.paramsOf(value)));
    }
  }

  private addKernel(unit: LinearUnit): void {
    const head = this.model.graph.need((unit.absorbed[0] ?? unit.node).name);
    const kernel = head.inputs[1] as ValueId;
    const fold = this.analysis.norms.get(head.name);
    const [, scale, offset, mean, variance] = (fold?.norm.inputs ?? []) as [ValueId, ...ValueId[]];
    const epsilon = { epsilon: attr.float(fold?.epsilon ?? 0.001) };
    const ofNorm = fold === undefined ? [] : [scale as ValueId, variance as ValueId];
    const fake = this.wires.node(`${flat(kernel)}/fake_quant`, OPS.kernel, [kernel, ...ofNorm], {
      axes: attr.ints(axesOf(head)),
      per_tensor: attr.bool(this.settings.granularity === 'tensor'),
      short_scales: attr.bool(this.settings.scaleType === 'bfloat16'),
      ...epsilon,
    });
    this.wires.replaceFor(kernel, head.name, fake);
    const scales = valueId(fake, 1);
    this.scalesOf.set(unit, scales);
    const ends = [this.paramsOf(unit.inputs[0] as ValueId).scale, scales];
    if (fold === undefined) {
      const bias = this.biasOf(unit, head);
      if (bias === undefined) return;
      const node = this.wires.node(
        `${flat(bias.value)}/fake_quant`,
        OPS.bias,
        [bias.value, ...ends],
        epsilon,
      );
      this.wires.replaceFor(bias.value, bias.reader, node);
      return;
    }
    this.wires.replace(
      head.name,
      this.wires.node(`${head.name}/unfold`, OPS.unfold, [head.name, ...ofNorm], epsilon),
    );
    const inner = fold.adder && addend(this.model, fold.adder, head.name, unit.channels);
    const bias = this.wires.node(
      `${flat(offset as ValueId)}/fake_quant`,
      OPS.bias,
      [offset, ...ends, scale, mean, variance, ...(inner === undefined ? [] : [inner])] as ValueId[],
      epsilon,
    );
    this.wires.replaceFor(offset as ValueId, fold.norm.name, bias);
  }

  /** Where the bias of a layer without batch normalization is read. */
  private biasOf(
    unit: LinearUnit,
    head: Node,
  ): { readonly value: ValueId; readonly reader: string } | undefined {
    if (unit.bias === undefined) return undefined;
    if (getAttr(head, 'fused_ops', 'strings')?.[0] === 'BiasAdd') {
      return { value: head.inputs[2] as ValueId, reader: head.name };
    }
    const { constants } = this.analysis.reading;
    for (const { name, inputs, op } of nodesOf(unit)) {
      const value = inputs.find((input) => constants.of(input)?.name === unit.bias?.name);
      if (name !== head.name && ADDERS.has(op) && value !== undefined) return { value, reader: name };
    }
    return undefined;
  }
}

const ADDERS: ReadonlySet<string> = new Set(['Add', 'AddV2', 'BiasAdd']);

interface Stage {
  readonly factors?: readonly ValueId[];
  readonly divisor?: number;
  readonly isAverage?: boolean;
}

/** Axes of a kernel that count output channels. */
function axesOf(head: Node): readonly number[] {
  if (/^(_Fused)?Conv2D$/.test(head.op)) return [3];
  if (/Depthwise/.test(head.op)) return [2, 3];
  const flags = ['transpose_b', 'adj_y'].map((key) => getAttr(head, key, 'bool'));
  return flags.includes(true) ? [0] : [1];
}

function union(ranges: readonly Range[]): Range {
  if (ranges.length === 0) return { min: 0, max: 0 };
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

function flat(value: ValueId): string {
  return value.replace(':', '_');
}
