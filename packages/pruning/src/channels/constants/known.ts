import { getAttr, valueId, type Model, type Node, type ValueId } from '@tfjs-optimize/core';
import type { Coupling } from '../coupling.js';
import type { Cut } from '../cut.js';
import type { Axis } from '../site.js';
import { epilogueOf, formulaOf } from './functions.js';
import { isDepthwise, productOf, windowSum, type Product } from './product.js';

/** What is known of a value: channels, by their units, that are one number whatever goes into the model. */
export interface Known {
  /** The number that all elements are. */
  readonly all?: number;
  readonly units: ReadonlyMap<number, number>;
}

const NOTHING: Known = { units: new Map() };

/** The number that a unit is; NaN where it is not known to be one. */
export function numberAt({ all, units }: Known, unit: number): number {
  return units.get(unit) ?? all ?? Number.NaN;
}

/** Ops whose outputs hold elements of their inputs, or of several one that lies between them, as pooling gives. */
const MOVES =
  /^(Identity|StopGradient|Snapshot|Cast|Reshape|ExpandDims|Squeeze|Transpose|Concat|ConcatV2|Pack|Unpack|Split|SplitV|Slice|StridedSlice|Gather|GatherV2|Reverse|ReverseV2|Tile|BroadcastTo|MirrorPad|MaxPool|AvgPool|MaxPool3D|AvgPool3D|Mean|Max|Min|DepthToSpace|ResizeBilinear|ResizeNearestNeighbor)$/;
/** Ops that put zeros beside what comes in, or add it up. */
const KEEPS_ZERO = /^(Pad|PadV2|Sum|Conv2DBackpropInput)$/;

/**
 * Follows channels that are to go through a model: which of them are numbers that nothing changes, since the weights that
 * make them are zero or what makes them is such a number itself.
 */
export class KnownValues {
  private readonly known = new Map<ValueId, Known>();
  private readonly decoded = new Map<string, ArrayLike<number>>();

  constructor(
    private readonly model: Model,
    private readonly coupling: Coupling,
    private readonly cut: Cut,
  ) {
    for (const node of model.graph) {
      const found = this.read(node);
      if (found === undefined) continue;
      const outputs =
        node.op === 'Split' || node.op === 'SplitV' || node.op === 'Unpack' ? this.count(node) : 1;
      for (let i = 0; i < outputs; i++) {
        const value = valueId(node.name, i);
        this.known.set(value, this.within(value, found));
      }
    }
  }

  of(value: ValueId): Known {
    return this.known.get(value) ?? NOTHING;
  }

  values(name: string): ArrayLike<number> {
    const known = this.decoded.get(name);
    if (known !== undefined) return known;
    const values = this.model.weights.need(name).numbers();
    this.decoded.set(name, values);
    return values;
  }

  /** The units that go at each position of an axis; undefined for those that stay. */
  goneAlong(axis: Axis): (number | undefined)[] {
    return Array.from(axis ?? [], (unit) =>
      this.cut.has(unit) ? this.coupling.units.find(unit) : undefined,
    );
  }

  /** All units that go of a value. */
  unitsOf(value: ValueId): ReadonlySet<number> {
    const axes = this.coupling.labels.get(value) ?? [];
    return new Set(axes.flatMap((axis) => this.goneAlong(axis)).filter((unit) => unit !== undefined));
  }

  axisOf(value: ValueId, axis: number): Axis {
    return this.coupling.labels.get(value)?.[axis] ?? null;
  }

  /** What is known of units along one axis of a value: of others, or of those along two, it says nothing. */
  private within(value: ValueId, { units, ...rest }: Known): Known {
    if (units.size === 0) return { units, ...rest };
    const axes = this.coupling.labels.get(value) ?? [];
    const along = axes.map((axis) => new Set(this.goneAlong(axis)));
    const held = [...units].filter(([unit]) => along.filter((set) => set.has(unit)).length === 1);
    return { units: new Map(held), ...rest };
  }

  private count(node: Node): number {
    return getAttr(node, 'num_split', 'int') ?? getAttr(node, 'num', 'int') ?? 1;
  }

  private read(node: Node): Known | undefined {
    const { model } = this;
    if (node.op === 'Const') return this.constant(node);
    const product = productOf(node, model.weights);
    if (product !== undefined) return this.product(product);
    if (isDepthwise(node)) return this.depthwise(node);
    if (/^FusedBatchNorm/.test(node.op)) return this.batchNorm(node);
    if (MOVES.test(node.op)) return this.moved(node);
    if (KEEPS_ZERO.test(node.op)) return zeros(this.of(node.inputs[0] ?? ''));
    const formula = formulaOf(node);
    return formula && this.elementwise(node.inputs, formula);
  }

  /** One number throughout, or one along its only axis. */
  private constant({ name }: Node): Known | undefined {
    const weight = this.model.weights.get(name);
    if (weight?.dtype !== 'float32' || weight.size === 0) return undefined;
    const wide = weight.shape.flatMap((size, at) => (size > 1 ? [at] : []));
    if (wide.length > 1) return undefined;
    if (wide.length === 0) return { all: this.values(name)[0] as number, units: new Map() };
    const axis = this.coupling.labels.get(name)?.[wide[0] as number] ?? null;
    const gone = this.goneAlong(axis);
    if (gone.every((unit) => unit === undefined)) return undefined;
    return collected(gone, (at) => this.values(name)[at] as number);
  }

  private elementwise(
    inputs: readonly ValueId[],
    formula: (...numbers: number[]) => number,
  ): Known | undefined {
    const operands = inputs.map((value) => this.of(value));
    const units = new Map<number, number>();
    for (const unit of new Set(operands.flatMap((one) => [...one.units.keys()]))) {
      const value = formula(...operands.map((one) => numberAt(one, unit)));
      if (!Number.isNaN(value)) units.set(unit, value);
    }
    const all = operands.every((one) => one.all !== undefined)
      ? { all: formula(...operands.map((one) => one.all as number)) }
      : {};
    return { ...all, units };
  }

  /** γ · (x - μ) / √(σ² + ε) + β; β where γ is zero. */
  private batchNorm(node: Node): Known | undefined {
    const epsilon = getAttr(node, 'epsilon', 'float') ?? 1e-4;
    return this.elementwise(node.inputs, (x, scale, offset, mean, variance) => {
      if (scale === 0) return offset;
      return ((x - mean) / Math.sqrt(variance + epsilon)) * scale + offset;
    });
  }

  /** What all inputs that have a unit say of it. */
  private moved(node: Node): Known | undefined {
    const from = node.inputs.filter((value) => (this.coupling.types.dtype(value) ?? 'float32') === 'float32');
    if (from.length === 1) return this.of(from[0] as ValueId);
    const has = from.map((value) => this.unitsOf(value));
    const units = new Map<number, number>();
    for (const unit of new Set(has.flatMap((set) => [...set]))) {
      const said = from.filter((_, i) => has[i]?.has(unit)).map((value) => numberAt(this.of(value), unit));
      if (said.every((value) => value === said[0])) units.set(unit, said[0] as number);
    }
    return { units };
  }

  private product(product: Product): Known | undefined {
    const { node, isWhole } = product;
    const formula = epilogueOf(node);
    const w = node.inputs[product.w] as string;
    const [into, out] = [this.axisOf(w, product.into), this.axisOf(w, product.out)];
    const gone = this.goneAlong(out);
    if (formula === undefined || into === null || gone.every((unit) => unit === undefined)) return undefined;
    const x = this.of(node.inputs[product.x] ?? '');
    const from = Array.from(into, (unit) => numberAt(x, this.coupling.units.find(unit)));
    const weights = this.values(w);
    const sumAt = (o: number): number => {
      let all = 0;
      for (let i = 0; i < from.length; i++) {
        const value = from[i] as number;
        if (value === 0) continue;
        const { sum, isZero } = windowSum(weights, product, i, o);
        if (isZero) continue;
        if (!isWhole || Number.isNaN(value)) return Number.NaN;
        all += value * sum;
      }
      return all;
    };
    return this.finished(node, collected(gone, sumAt), product.x === 2 ? 3 : 2);
  }

  private depthwise(node: Node): Known | undefined {
    const [x = '', w = ''] = node.inputs;
    const weight = this.model.weights.get(w);
    if (weight === undefined) return undefined;
    const [, , channels = 0, many = 0] = weight.shape;
    const axis =
      this.coupling.labels.get(node.name)?.find((each) => each?.length === channels * many) ?? null;
    const gone = this.goneAlong(axis);
    if (gone.every((unit) => unit === undefined)) return undefined;
    const values = this.values(w);
    const isValid = getAttr(node, 'padding', 'string')?.toUpperCase() === 'VALID';
    const sumAt = (o: number): number => {
      let [sum, isZero] = [0, true];
      for (let at = o; at < values.length; at += channels * many) {
        sum += values[at] as number;
        if (values[at] !== 0) isZero = false;
      }
      const value = numberAt(this.of(x), gone[o] as number);
      if (isZero || value === 0) return 0;
      return isValid ? value * sum : Number.NaN;
    };
    return this.finished(node, collected(gone, sumAt), 2);
  }

  /** With bias and activation of a fused op. */
  private finished(node: Node, sums: Known, first: number): Known | undefined {
    const formula = epilogueOf(node);
    if (formula === undefined) return undefined;
    const more = node.inputs.slice(first).map((value) => this.of(value));
    const units = new Map<number, number>();
    for (const [unit, sum] of sums.units) {
      const value = formula(sum, ...more.map((one) => numberAt(one, unit)));
      if (!Number.isNaN(value)) units.set(unit, value);
    }
    return { units };
  }
}

function zeros({ units }: Known): Known {
  return { units: new Map([...units].filter(([, value]) => value === 0)) };
}

/** Numbers of units from those at positions; where positions of a unit differ it is not known. */
function collected(gone: readonly (number | undefined)[], at: (position: number) => number): Known {
  const units = new Map<number, number>();
  gone.forEach((unit, position) => {
    if (unit === undefined || Number.isNaN(units.get(unit))) return;
    const value = at(position);
    const before = units.get(unit);
    units.set(unit, before === undefined || before === value ? value : Number.NaN);
  });
  for (const [unit, value] of units) if (Number.isNaN(value)) units.delete(unit);
  return { units };
}
