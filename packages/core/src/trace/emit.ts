import * as tf from '@tensorflow/tfjs';
import { Graph } from '../graph/graph.js';
import { attr, makeNode, type ValueId } from '../graph/node.js';
import { fail } from '../errors.js';
import { Model, type Source } from '../model.js';
import type { Port } from '../signature.js';
import { Weight, Weights, type Values } from '../weights.js';
import type { MadeValue, MergedCall, MergedTrace } from './align.js';
import { CallEmitter } from './call-emitter.js';
import { isRandom, madeBy, recognize, type MadeForm } from './constants.js';
import type { Emitted } from './emitted.js';
import { NodeWriter, join, numbersOf } from './node-writer.js';
import { kernelRow } from './kernels/table.js';
import type { SizeSolver } from './size-solver.js';
import { openShape, sameShape, type Num } from './numbers.js';
import { refKey, type Captured, type Ref } from './trace-log.js';
import { numbered, placeName } from './traced.js';
import { materialize, reshaped, type TensorState } from './views.js';

/** Names that the new model shows to its users. */
export interface EmitNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names that captured tensors' constants get, and no other node may take, by tensor id. */
  readonly captured: ReadonlyMap<number, string>;
  /** A stored weight that takes the place of the values in memory. */
  readonly stored?: (name: string) => Weight | undefined;
}

/**
 * Writes a merged trace as a model.
 * @throws AskForSize where more traces are needed to tell how a size is computed.
 */
export function emitModel(
  trace: MergedTrace,
  sizes: SizeSolver,
  names: EmitNames,
  source: Source,
): Model<'float'> {
  return new Emission(trace, sizes, names).model(source);
}

class Emission {
  private readonly writer: NodeWriter;
  private readonly states = new Map<string, TensorState>();
  private readonly forms = new Map<string, MadeForm | undefined>();
  private readonly weightNames = new Set<string>();

  constructor(
    private readonly trace: MergedTrace,
    sizes: SizeSolver,
    private readonly names: EmitNames,
  ) {
    this.writer = new NodeWriter(trace.traced, sizes);
    for (const name of names.captured.values()) this.writer.reserve(name);
  }

  model(source: Source): Model<'float'> {
    const inputs = this.placeholders();
    const needed = this.neededCalls();
    for (const [index, call] of this.trace.calls.entries()) {
      if (needed.has(index)) this.emitCall(call, index);
    }
    const outputs = this.outputs();
    this.checkDraws();
    const { nodes, weights } = this.writer;
    return new Model({
      graph: new Graph(
        nodes,
        inputs.map(({ value }) => value),
        outputs.map(({ value }) => value),
      ),
      weights: new Weights(weights),
      signature: { inputs, outputs },
      stage: 'float',
      source,
    });
  }

  private placeholders(): Port[] {
    return this.trace.inputs.map(({ shape, dtype }, index) => {
      const key = this.names.inputs[index] as string;
      const name = this.writer.unique(key);
      const open = openShape(shape);
      const attrs = { dtype: attr.type(dtype), shape: attr.shape(open) };
      this.writer.nodes.push(makeNode({ name, op: 'Placeholder', attrs }));
      this.define({ from: 'input', index }, { value: name, shape, dtype }, shape, '');
      return { key, value: name, dtype, shape: open };
    });
  }

  /** Calls that outputs depend on; those that amount to a constant are replaced by it. */
  private neededCalls(): ReadonlySet<number> {
    const needed = new Set<number>();
    const ask = (ref: Ref): void => {
      if (ref.from === 'call' && this.form(ref) === undefined) needed.add(ref.call);
    };
    for (const { ref } of this.trace.outputs) ask(ref);
    for (let i = this.trace.calls.length - 1; i >= 0; i--) {
      if (!needed.has(i)) continue;
      for (const [, ref] of (this.trace.calls[i] as MergedCall).inputs) ask(ref);
    }
    return needed;
  }

  private made(ref: Ref): MadeValue | undefined {
    if (ref.from === 'made') return this.trace.made[ref.index];
    if (ref.from === 'call') return this.trace.calls[ref.call]?.made[ref.output];
    return undefined;
  }

  private form(ref: Ref): MadeForm | undefined {
    const key = refKey(ref);
    if (!this.forms.has(key)) {
      const made = this.made(ref);
      if (made !== undefined && isRandom(made)) this.refuseRandom(ref);
      this.forms.set(key, made === undefined ? undefined : recognize(made));
    }
    return this.forms.get(key);
  }

  private emitCall(call: MergedCall, index: number): void {
    const { view } = call;
    this.writer.writing = view.subject;
    const row = kernelRow(view.kernel) ?? view.refuse(`the kernel '${view.kernel}', which has no graph op`);
    const inputs = new Map(call.inputs.map(([key, ref]) => [key, this.state(ref)]));
    const emitter = new CallEmitter(view, this.writer, inputs, (value) => this.weightNames.has(value));
    const result = row.convert(view, emitter);
    const results = Array.isArray(result) ? result : [result];
    results.forEach((one: string | Emitted, output) => {
      const { shape, dtype } = view.output(output);
      const ref: Ref = { from: 'call', call: index, output };
      // A call that changed nothing is its input under another name; it keeps the name of its layer.
      const same = [...inputs.values()].find((state) => state.base === one && sameShape(state.shape, shape));
      if (same !== undefined) this.states.set(refKey(ref), same);
      else this.define(ref, typeof one === 'string' ? { value: one, shape, dtype } : one, shape, call.scope);
    });
    this.writer.writing = undefined;
  }

  private define(ref: Ref, base: Emitted, shape: readonly Num[], scope: string): TensorState {
    this.writer.register(base);
    const state: TensorState = { base, shape, dtype: base.dtype, scope };
    this.states.set(refKey(ref), state);
    return state;
  }

  private state(ref: Ref): TensorState {
    const known = this.states.get(refKey(ref));
    if (known !== undefined) return known;
    if (ref.from === 'captured') return this.weight(ref, this.trace.captured.get(ref.id) as Captured);
    const made = this.made(ref);
    const form = this.form(ref);
    if (made === undefined || form === undefined) return this.refuseConstant(made);
    return this.define(
      ref,
      { value: this.constant(made, form), shape: made.shape, dtype: made.dtype },
      made.shape,
      '',
    );
  }

  private weight(ref: Ref, captured: Captured): TensorState {
    const { tensor, shape, dtype, scope } = captured;
    const own = tensor instanceof tf.Variable ? tensor.name : undefined;
    const name = this.names.captured.get(tensor.id) ?? own;
    const stored = name === undefined ? undefined : this.names.stored?.(name);
    const fits = stored?.dtype === dtype && stored.shape.join() === shape.join();
    const weight = fits ? stored : Weight.of(valuesOf(captured), shape, dtype);
    const value =
      name === undefined
        ? this.writer.constant(join(scope, 'Const'), weight)
        : this.writer.weight(name, weight);
    this.weightNames.add(value);
    return this.define(ref, { value, shape, dtype }, shape, scope);
  }

  private constant(made: MadeValue, form: MadeForm): ValueId {
    const { writer } = this;
    const { scope, shape, dtype } = made;
    const size = (num: Num, type = dtype): ValueId => {
      const value =
        typeof num === 'number'
          ? writer.scalar(join(scope, 'value'), num, type)
          : writer.size(num, scope, []);
      if (type === 'int32' || typeof num === 'number') return value;
      return writer.add('Cast', scope, [value], { SrcT: attr.type('int32'), DstT: attr.type(type) });
    };
    switch (form.kind) {
      case 'constant':
        return writer.constantOf(join(scope, 'Const'), form.values, shape as number[], dtype);
      case 'filled': {
        const { value } = form;
        const dims = writer.vector(shape, scope, 'Fill/dims', []);
        const values = typeof value === 'string' ? [value] : numbersOf([value], dtype);
        const filling = writer.constantOf(join(scope, 'Fill/value'), values, [], dtype);
        return writer.add('Fill', scope, [dims, filling], {
          T: attr.type(dtype),
          index_type: attr.type('int32'),
        });
      }
      case 'size':
        return reshaped({ value: size(form.size), shape: [], dtype }, shape, scope, writer);
      case 'range': {
        const inputs = [size(form.start), size(form.limit), size(form.step)];
        const value = writer.add('Range', scope, inputs, { Tidx: attr.type(dtype) });
        const length = shape.find((n) => n !== 1) as Num;
        return reshaped({ value, shape: [length], dtype }, shape, scope, writer);
      }
      case 'repeated': {
        const ones = shape.length - form.shape.length;
        const block = [...Array.from({ length: ones }, () => 1), ...form.shape];
        const value = writer.constantOf(join(scope, 'Const'), form.block, block, dtype);
        const times = writer.vector(
          [...shape.slice(0, ones), ...form.shape.map(() => 1)],
          scope,
          'Tile/multiples',
          [],
        );
        return writer.add('Tile', scope, [value, times], {
          T: attr.type(dtype),
          Tmultiples: attr.type('int32'),
        });
      }
      case 'identity': {
        const int = (num: Num): ValueId => size(num, 'int32');
        const range = writer.add('Range', scope, [int(0), int(form.size), int(1)], {
          Tidx: attr.type('int32'),
        });
        // Where row and column numbers are equal; OneHot takes no depth of 1.
        const T = attr.type('int32');
        const axis = writer.scalar(join(scope, 'ExpandDims/dim'), 1, 'int32');
        const rows = writer.add('ExpandDims', scope, [range, axis], { T, Tdim: T });
        const equal = writer.add('Equal', scope, [rows, range], { T });
        if (dtype === 'bool') return equal;
        return writer.add('Cast', scope, [equal], { SrcT: attr.type('bool'), DstT: attr.type(dtype) });
      }
    }
  }

  private refuseConstant(made: MadeValue | undefined): never {
    const { traced } = this.trace;
    return fail('trace/shape', {
      subject: this.writer.writing ?? placeName({ traced, scope: made?.scope ?? '' }),
      expected: 'constants that are the same at every input size, or follow it in a simple way',
      got: `values of shape [${openShape(made?.shape ?? []).join(',')}] made in JavaScript from sizes`,
      advice: `Compute them from tf.scalar(size) or tf.range(0, size, 1) with tensor operations. ${traced.fixing}`,
    });
  }

  /** Names the op that drew the numbers, and the call or result that uses them. */
  private refuseRandom(ref: Ref): never {
    const { traced, outputs } = this.trace;
    const random = this.randomSource(ref);
    const made = this.made(random);
    const kernel = random.from === 'call' ? this.trace.calls[random.call]?.view.kernel : undefined;
    const index = this.trace.calls.findIndex(({ inputs }) =>
      inputs.some(([, input]) => refKey(input) === refKey(random)),
    );
    const user = this.trace.calls[index];
    const site = { scope: made?.scope ?? '', kernel: user?.view.kernel ?? '', index };
    const result = outputs.findIndex((output) => refKey(output.ref) === refKey(random));
    return fail('trace/random', {
      subject: placeName({ traced, scope: site.scope }),
      expected: 'the same values at every run',
      got: `numbers ${kernel === undefined ? madeBy(made) : `from ${kernel}`} that differ between two runs, in ${
        user === undefined ? `result ${result + 1}` : numbered(site)
      }`,
      advice: 'Give the random operation a seed, or pass its values as an input',
    });
  }

  /** Last of all: a refusal that names what is random in the graph tells more. */
  private checkDraws(): void {
    const { traced, drawn } = this.trace;
    if (drawn === undefined) return;
    fail('trace/random', {
      subject: placeName({ traced, scope: drawn }),
      expected: 'the same steps and values at every run',
      got: 'a use of Math.random, which may decide about them',
      advice: 'Draw random numbers before tracing, or pass them as an input',
    });
  }

  /** The first value made at random on the way to one that is. */
  private randomSource(ref: Ref): Ref {
    if (ref.from !== 'call') return ref;
    const inputs = this.trace.calls[ref.call]?.inputs ?? [];
    const source = inputs.find(([, input]) => {
      const made = this.made(input);
      return made !== undefined && isRandom(made);
    });
    return source === undefined ? ref : this.randomSource(source[1]);
  }

  /** Every output is a node of its own: no input, no constant, and none handed out twice. */
  private outputs(): Port[] {
    const given = new Set<ValueId>();
    return this.trace.outputs.map(({ ref, spec }, index) => {
      const state = this.state(ref);
      let value = materialize(state, this.writer);
      const op = this.writer.nodes.find(({ name }) => name === value)?.op;
      if (op === 'Placeholder' || op === 'Const' || given.has(value)) {
        const name = `${this.names.outputs[index] as string}/Identity`;
        value = this.writer.add('Identity', '', [value], { T: attr.type(state.dtype) }, name);
      }
      given.add(value);
      const key = this.names.outputs[index] as string;
      return { key, value, dtype: spec.dtype, shape: openShape(spec.shape) };
    });
  }
}

/** Backends whose reads are copies already; others may hand out the array they compute on. */
const COPYING_BACKENDS: readonly string[] = ['wasm', 'tensorflow'];

/** Values read once, though a trace may be written several times. */
const READ = new WeakMap<Captured, Values>();

function valuesOf(captured: Captured): Values {
  const values = captured.values ?? READ.get(captured) ?? readWeight(captured);
  READ.set(captured, values);
  return values;
}

/** A variable's values as data of their own. */
function readWeight({ tensor, dtype }: Captured): Values {
  const values = tensor.dataSync<'float32' | 'int32' | 'bool' | 'string'>() as unknown as Values;
  if (dtype === 'string' || Array.isArray(values) || COPYING_BACKENDS.includes(tf.getBackend()))
    return values;
  return (values as Float32Array | Int32Array | Uint8Array).slice();
}
