import { attr, makeNode, type Attrs, type Node, type ValueId, valueId } from '../graph/node.js';
import { fail } from '../errors.js';
import { Weight, type DType, type Values } from '../weights.js';
import type { Emitted } from './emitted.js';
import { isVarying, type Num, type Varying } from './numbers.js';
import type { SizeSolver } from './size-solver.js';
import type { Expression } from './sizes.js';
import { bySize, placeName, type Traced } from './traced.js';

/** Names in a graph consist of these characters; a colon would be read as an output's number. */
const UNSAFE = /[^A-Za-z0-9_.\-/]/g;

/** Constants of up to that many elements are shared within a layer. */
const MOST_SHARED = 16;

/** Collects the nodes and constants of a new graph. */
export class NodeWriter {
  readonly nodes: Node[] = [];
  readonly weights = new Map<string, Weight>();
  private readonly names = new Map<string, number>();
  /** Where each unknown size can be read: the first value that has it. */
  private readonly sizes = new Map<string, { size: Varying; value: ValueId; axis: number }>();
  private readonly cache = new Map<string, ValueId>();

  /** What messages call the call that is being written, if one is. */
  writing: string | undefined;

  constructor(
    private readonly traced: Traced,
    private readonly solver: SizeSolver,
  ) {}

  /** Keeps a name for a weight. */
  reserve(name: string): void {
    this.names.set(name, 0);
  }

  /** Adds a weight, under its reserved name if it has one. */
  weight(name: string, weight: Weight): string {
    if (!this.names.has(name)) return this.constant(name, weight);
    this.putConstant(name, weight);
    return name;
  }

  /** A name not used yet: `base`, else `base_1`, `base_2`, … */
  unique(base: string): string {
    const safe = base.replace(UNSAFE, '_').replace(/^[^A-Za-z0-9.]+/, '') || 'node';
    let name = safe;
    for (let n = this.names.get(safe) ?? 0; this.names.has(name);) name = `${safe}_${++n}`;
    this.names.set(name, 0);
    if (name !== safe) this.names.set(safe, Number(name.slice(safe.length + 1)));
    return name;
  }

  /** Adds a node named after its layer and op, and returns its name. */
  add(op: string, scope: string, inputs: readonly ValueId[], attrs: Attrs = {}, hint = op): string {
    const name = this.unique(join(scope, hint.replace(/^_/, '')));
    this.nodes.push(
      makeNode({ name, op, inputs: [...inputs], attrs, ...(scope === '' ? {} : { origin: scope }) }),
    );
    return name;
  }

  /** Adds a constant and returns its name. */
  constant(base: string, weight: Weight): string {
    const name = this.unique(base);
    this.putConstant(name, weight);
    return name;
  }

  private putConstant(name: string, weight: Weight): void {
    this.nodes.push(makeNode({ name, op: 'Const', attrs: { dtype: attr.type(weight.dtype) } }));
    this.weights.set(name, weight);
  }

  /** Adds a constant, or finds the same small one that its layer has already: loops repeat them. */
  constantOf(base: string, values: Values, shape: readonly number[], dtype: DType): string {
    const make = (): string => this.constant(base, Weight.of(values, shape, dtype));
    if (values.length > MOST_SHARED) return make();
    return this.once(`constant ${base} ${dtype} [${shape.join()}] ${keyOf(values)}`, make);
  }

  /** A scalar constant. */
  scalar(base: string, value: number, dtype: DType): string {
    return this.constantOf(base, numbersOf([value], dtype), [], dtype);
  }

  /** Remembers the unknown sizes of a value, so that later nodes can read them there. */
  register({ value, shape }: Emitted): void {
    shape.forEach((size, axis) => {
      if (isVarying(size) && !this.sizes.has(size.key)) this.sizes.set(size.key, { size, value, axis });
    });
  }

  /**
   * An int32 vector; sizes that are known only at run time are computed.
   * @param prefer values whose sizes are read rather than those of other values.
   */
  vector(nums: readonly Num[], scope: string, hint: string, prefer: readonly Emitted[]): ValueId {
    if (!nums.some(isVarying)) {
      return this.constantOf(join(scope, hint), Int32Array.from(nums as number[]), [nums.length], 'int32');
    }
    const whole = prefer.find(
      ({ shape }) => shape.length === nums.length && shape.every((s, i) => equal(s, nums[i])),
    );
    if (whole !== undefined) return this.shapeOf(whole.value, scope);
    const parts = nums.map((num) => this.size(num, scope, prefer));
    return this.add(
      'Pack',
      scope,
      parts,
      { N: attr.int(parts.length), axis: attr.int(0), T: attr.type('int32') },
      hint,
    );
  }

  /** An int32 scalar: a constant, or a size computed at run time. */
  size(num: Num, scope: string, prefer: readonly Emitted[]): ValueId {
    if (!isVarying(num))
      return this.once(`int ${scope} ${num}`, () => this.scalar(join(scope, 'size'), num, 'int32'));
    for (const { value, shape } of prefer) {
      const axis = shape.findIndex((size) => equal(size, num));
      if (axis >= 0) return this.axisOf(value, axis, scope);
    }
    const known = this.sizes.get(num.key);
    if (known !== undefined) return this.axisOf(known.value, known.axis, scope);
    return this.once(`size ${num.key}`, () => this.computed(num, scope, prefer));
  }

  private computed(num: Varying, scope: string, prefer: readonly Emitted[]): ValueId {
    const near = prefer.flatMap(({ value, shape }) =>
      shape.flatMap((size, axis) => (isVarying(size) ? [{ size, value, axis }] : [])),
    );
    const atoms = [...near, ...this.sizes.values()];
    const expression = this.solver.solve(
      num,
      atoms.map(({ size }) => size),
    );
    if (expression === undefined) {
      return fail('trace/shape', {
        subject: this.writing ?? placeName({ traced: this.traced, scope }),
        expected: 'a size that follows from the input sizes by adding, multiplying or dividing',
        got: bySize(num.at.map(String), this.traced),
        advice: this.traced.fixing,
      });
    }
    const read = (i: number): ValueId => {
      const { value, axis } = atoms[i] as { value: ValueId; axis: number };
      return this.axisOf(value, axis, scope);
    };
    return this.evaluate(expression, read, scope);
  }

  private evaluate(e: Expression, read: (i: number) => ValueId, scope: string): ValueId {
    const op = (name: string, a: ValueId, b: ValueId): ValueId =>
      this.add(name, scope, [a, b], { T: attr.type('int32') });
    const int = (value: number): ValueId => this.size(value, scope, []);
    const plus = (x: ValueId, n: number): ValueId => (n === 0 ? x : op('AddV2', x, int(n)));
    const times = (x: ValueId, n: number): ValueId => (n === 1 ? x : op('Mul', x, int(n)));
    switch (e.kind) {
      case 'affine':
        return plus(times(read(e.x), e.times), e.plus);
      case 'quotient':
        return plus(op('FloorDiv', plus(read(e.x), e.offset), int(e.by)), e.plus);
      case 'product':
        return times(op('Mul', read(e.x), read(e.y)), e.times);
      case 'sum':
        return plus(op(e.sign === 1 ? 'AddV2' : 'Sub', read(e.x), read(e.y)), e.plus);
      case 'product3':
        return times(op('Mul', op('Mul', read(e.x), read(e.y)), read(e.z)), e.times);
    }
  }

  private shapeOf(value: ValueId, scope: string): ValueId {
    return this.once(`shape ${value}`, () =>
      this.add('Shape', scope, [value], { out_type: attr.type('int32') }),
    );
  }

  private axisOf(value: ValueId, axis: number, scope: string): ValueId {
    return this.once(`axis ${value} ${axis}`, () => {
      const shape = this.shapeOf(value, scope);
      const vector = (n: number): ValueId =>
        this.once(`vector ${n}`, () => this.constantOf(join(scope, 'axis'), Int32Array.of(n), [1], 'int32'));
      return this.add('StridedSlice', scope, [shape, vector(axis), vector(axis + 1), vector(1)], {
        begin_mask: attr.int(0),
        end_mask: attr.int(0),
        ellipsis_mask: attr.int(0),
        new_axis_mask: attr.int(0),
        shrink_axis_mask: attr.int(1),
        T: attr.type('int32'),
        Index: attr.type('int32'),
      });
    });
  }

  /** Makes a value once and hands it out again when asked for the same. */
  once(key: string, make: () => ValueId): ValueId {
    const found = this.cache.get(key);
    if (found !== undefined) return found;
    const made = make();
    this.cache.set(key, made);
    return made;
  }

  /** The output `index` of a node. */
  output(node: string, index: number): ValueId {
    return valueId(node, index);
  }
}

/** Tells values apart as their bits do: NaN, infinities and -0 included. */
function keyOf(values: Values): string {
  const texts: string[] = [];
  for (const value of values) texts.push(Object.is(value, -0) ? '-0' : JSON.stringify(String(value)));
  return texts.join();
}

export function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}/${name}`;
}

function equal(a: Num, b: Num | undefined): boolean {
  return b !== undefined && (isVarying(a) && isVarying(b) ? a.key === b.key : a === b);
}

/** Numbers as the typed array of a type. */
export function numbersOf(values: readonly number[], dtype: DType): Values {
  if (dtype === 'int32') return Int32Array.from(values);
  if (dtype === 'bool') return Uint8Array.from(values);
  return Float32Array.from(values);
}
