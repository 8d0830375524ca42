import * as tf from '@tensorflow/tfjs';
import { fail, isOptimizeError, type ErrorCode, type Problem } from '../errors.js';
import type { DType, Values } from '../weights.js';
import { CallView, type AttrValue } from './call-view.js';
import { watchDraws } from './draws.js';
import { HollowBackend, type TensorSpec } from './hollow.js';
import { kernelRow } from './kernels/table.js';
import { refuseKernel } from './kernels/refused.js';
import { LayerScopes } from './layer-scopes.js';
import { patchMethod } from './patch.js';
import { quietly, watchReads } from './tensor-reads.js';
import type { Captured, LoggedCall, LoggedOutput, MadeConstant, Origin, Ref, TraceLog } from './trace-log.js';
import { numbered, orOmit, placeName, type Traced } from './traced.js';

type Engine = ReturnType<typeof tf.engine>;

/** What is known of a tensor of this trace. */
interface Known {
  readonly ref: Ref;
  readonly origin: Origin;
}

/** The traced code itself threw, inside a layer or outside of any (empty scope). */
export class RunFailure extends Error {
  constructor(
    readonly scope: string,
    /** What it ran on. */
    readonly inputs: readonly TensorSpec[],
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Runs a function once on hollow inputs of the given shapes and records every kernel it calls.
 * The engine's methods are put back whatever happens, and every tensor made on the way is disposed
 * of, even those that the function keeps.
 */
export function recordTrace(
  inputs: readonly TensorSpec[],
  run: (inputs: tf.Tensor[]) => readonly tf.Tensor[],
  traced: Traced,
): TraceLog {
  return new Recorder(traced).record(inputs, run);
}

class Recorder {
  private readonly engine: Engine = tf.engine();
  private readonly hollow = new HollowBackend();
  private readonly scopes = new LayerScopes();
  private readonly known = new Map<number, Known>();
  /**
   * Data of tensors that depend on inputs or weights, wherever TensorFlow.js has moved it, with what
   * made it.
   */
  private readonly tainted = new WeakMap<object, string>();
  private readonly hollowTensors: tf.Tensor[] = [];
  /** Constants made from JavaScript numbers that no call has used yet. */
  private readonly unusedMade = new Map<number, MadeConstant>();
  private readonly calls: LoggedCall[] = [];
  private readonly made: MadeConstant[] = [];
  private readonly captured = new Map<number, Captured>();
  private depth = 0;
  private readonly gradientDepth = this.engine.state.gradientDepth;
  /** Scopes of the engine that were open before the trace. */
  private readonly outerScopes = this.engine.state.scopeStack.length;
  /** The first refusal: it stands even if the traced code catches it. */
  private refusal: Error | undefined;
  /** Constants of random numbers, and what was computed of them alone. */
  private readonly random = new Set<number>();
  /** The scope of the last op that drew random numbers. */
  private drawing: number | undefined;
  private drawn: string | undefined;

  constructor(private readonly traced: Traced) {}

  record(specs: readonly TensorSpec[], run: (inputs: tf.Tensor[]) => readonly tf.Tensor[]): TraceLog {
    const undo = this.intercept();
    this.engine.startScope('trace');
    try {
      const inputs = specs.map((spec, index) =>
        this.hollowTensor(spec, `input ${index + 1}`, { from: 'input', index }),
      );
      const results = run(inputs);
      if (this.refusal !== undefined) throw this.refusal;
      const outputs = results.map((tensor) => ({ ref: this.refOf(tensor), spec: specOf(tensor) }));
      const { calls, made, captured, drawn } = this;
      return { inputs: specs, calls, made, captured, outputs, drawn };
    } catch (error) {
      if (this.refusal !== undefined) throw this.refusal;
      if (isOptimizeError(error)) throw error;
      throw new RunFailure(this.scopes.failed ?? '', specs, error);
    } finally {
      while (undo.length > 0) undo.pop()?.();
      this.engine.endScope();
      for (const tensor of this.hollowTensors) if (!tensor.isDisposed) tensor.dispose();
    }
  }

  private intercept(): (() => void)[] {
    const { engine } = this;
    const runKernel = engine.runKernel.bind(engine);
    const makeTensor = engine.makeTensor.bind(engine);
    const readSync = engine.readSync.bind(engine);
    const read = engine.read.bind(engine);
    const disposeTensor = engine.disposeTensor.bind(engine);
    this.hollow.onRead = (dataId) => this.refuseRead(dataId, 'a backend');
    const onRunKernel: Engine['runKernel'] = <T extends tf.Tensor | tf.Tensor[]>(
      name: string,
      inputs: Parameters<Engine['runKernel']>[1],
      attrs?: Parameters<Engine['runKernel']>[2],
    ): T => {
      const real = (): tf.Tensor | tf.Tensor[] => runKernel(name, inputs, attrs);
      return (this.depth > 0 ? real() : this.kept(() => this.call(name, inputs, attrs ?? {}, real))) as T;
    };
    const onMakeTensor: Engine['makeTensor'] = (values, shape, dtype, backend) => {
      const tensor = makeTensor(values, shape, dtype, backend);
      if (this.depth === 0) this.noteMade(tensor, values);
      return tensor;
    };
    const onReadSync: Engine['readSync'] = (dataId) => {
      if (this.depth === 0 && this.tainted.has(dataId)) {
        this.refuseRead(dataId, 'tf.engine().readSync');
      }
      return readSync(dataId);
    };
    const onRead: Engine['read'] = (dataId) => {
      if (this.depth === 0 && this.tainted.has(dataId)) {
        return quietly(() => this.refuseRead(dataId, 'tf.engine().read'));
      }
      return read(dataId);
    };
    const onDispose: Engine['disposeTensor'] = (tensor) => {
      if (this.depth === 0 && tensor instanceof tf.Variable) this.refuseAssign(tensor.name);
      disposeTensor(tensor);
    };
    return [
      this.scopes.watch(),
      watchReads((tensor, method) => {
        if (this.depth === 0 && this.tainted.has(tensor.dataId))
          this.refuseRead(tensor.dataId, `${method}()`);
        if (this.depth === 0 && this.random.has(tensor.id)) this.noteDrawn();
      }),
      watchDraws(() => {
        if (this.op === undefined) this.noteDrawn();
        else this.drawing = this.op.id;
      }),
      patchMethod(engine, 'runKernel', onRunKernel),
      patchMethod(engine, 'makeTensor', onMakeTensor),
      patchMethod(engine, 'readSync', onReadSync),
      patchMethod(engine, 'read', onRead),
      patchMethod(engine, 'disposeTensor', onDispose),
    ];
  }

  /** One call of the traced code. */
  private call(
    kernel: string,
    given: object,
    attrs: object,
    real: () => tf.Tensor | tf.Tensor[],
  ): tf.Tensor | tf.Tensor[] {
    const scope = this.scopes.path;
    const tensors = Object.entries(given).filter(isTensorEntry);
    const inputs = tensors.map(([key, tensor]) => [key, this.refOf(tensor)] as const);
    const specs = tensors.map(([, tensor]) => specOf(tensor));
    const origins = tensors.map(([, tensor]) => this.known.get(tensor.id)?.origin ?? 'captured');
    const origin = origins.includes('input') ? 'input' : origins.includes('captured') ? 'captured' : 'made';
    const view = new CallView(
      { traced: this.traced, scope, kernel, index: this.calls.length },
      tensors.map(([key], i) => [key, specs[i] as TensorSpec] as const),
      attrs as Record<string, AttrValue>,
    );
    refuseKernel(view);
    if (this.engine.state.gradientDepth > this.gradientDepth) this.refuseGradient(view);
    // What follows from weights alone is as hollow: some layers transpose large weights at every call.
    const result = origin === 'made' ? this.realRun(real) : this.hollowRun(view, real);
    const outputs = Array.isArray(result) ? result : [result];
    const call = this.calls.length;
    outputs.forEach((tensor, output) => {
      this.known.set(tensor.id, { ref: { from: 'call', call, output }, origin });
    });
    const random = origin === 'made' && tensors.some(([, tensor]) => this.random.has(tensor.id));
    if (random) for (const tensor of outputs) this.random.add(tensor.id);
    const logged = outputs.map((tensor) => this.logOutput(tensor, origin));
    this.calls.push({ kernel, scope, origin, inputs, specs, attrs: { ...attrs }, outputs: logged, random });
    return result;
  }

  /** Outputs without values; a kernel without a rule runs on zeros to show their shapes. */
  private hollowRun(view: CallView, real: () => tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    const row = kernelRow(view.kernel);
    const what = `the result of ${numbered({ index: this.calls.length, kernel: view.kernel })}`;
    if (row === undefined) {
      const result = this.realRun(real);
      for (const tensor of Array.isArray(result) ? result : [result]) {
        this.tainted.set(tensor.dataId, what);
        this.hollowTensors.push(tensor);
      }
      return result;
    }
    const specs = row.shape(view);
    const make = (spec: TensorSpec): tf.Tensor => this.hollowTensor(spec, what);
    return Array.isArray(specs) ? specs.map(make) : make(specs as TensorSpec);
  }

  private realRun<T>(real: () => T): T {
    this.depth++;
    this.hollow.inKernel = true;
    try {
      return real();
    } finally {
      this.depth--;
      this.hollow.inKernel = this.depth > 0;
    }
  }

  private hollowTensor(spec: TensorSpec, what: string, ref?: Ref): tf.Tensor {
    const tensor = this.hollow.make(this.engine, spec);
    this.tainted.set(tensor.dataId, what);
    this.hollowTensors.push(tensor);
    if (ref !== undefined) this.known.set(tensor.id, { ref, origin: 'input' });
    return tensor;
  }

  private logOutput(tensor: tf.Tensor, origin: Origin): LoggedOutput {
    const spec = specOf(tensor);
    if (origin !== 'made' || spec.dtype === 'complex64') return spec;
    return { ...spec, values: this.realRun(() => valuesOf(tensor)) };
  }

  /** Where a tensor comes from; one that this trace has not seen before is captured from outside. */
  private refOf(tensor: tf.Tensor): Ref {
    const known = this.known.get(tensor.id);
    if (known !== undefined) return known.ref;
    const constant = this.unusedMade.get(tensor.id);
    if (constant !== undefined) {
      const ref: Ref = { from: 'made', index: this.made.push(constant) - 1 };
      this.unusedMade.delete(tensor.id);
      this.known.set(tensor.id, { ref, origin: 'made' });
      return ref;
    }
    const isVariable = tensor instanceof tf.Variable;
    this.captured.set(tensor.id, {
      ...specOf(tensor),
      tensor,
      scope: this.scopes.path,
      ...(isVariable ? {} : { values: this.realRun(() => valuesOf(tensor)) }),
    });
    const ref: Ref = { from: 'captured', id: tensor.id };
    this.known.set(tensor.id, { ref, origin: 'captured' });
    return ref;
  }

  private noteMade(tensor: tf.Tensor, values: BackendValues): void {
    const { op } = this;
    const random = op !== undefined && op.id === this.drawing;
    if (random) this.random.add(tensor.id);
    this.unusedMade.set(tensor.id, {
      ...specOf(tensor),
      values: copyValues(values, tensor.dtype),
      scope: this.scopes.path,
      ...(op === undefined ? {} : { op: op.name.slice(0, -OP_SCOPE.length) }),
      random,
    });
  }

  private noteDrawn(): void {
    this.drawn ??= this.scopes.path;
  }

  /** The outermost op of TensorFlow.js that is running: it opens a scope of its name. */
  private get op(): Engine['state']['scopeStack'][number] | undefined {
    const scopes = this.engine.state.scopeStack.slice(this.outerScopes);
    return scopes.find(({ name }) => name.endsWith(OP_SCOPE));
  }

  private get place(): string {
    return placeName({ traced: this.traced, scope: this.scopes.path });
  }

  private refuseRead(dataId: object, method: string): never {
    return this.refuse('trace/data-dependent', {
      subject: this.place,
      expected: 'to work on tensors without looking at their values',
      got: `a read of values of ${this.tainted.get(dataId) ?? 'a weight'} by ${method}`,
      advice: orOmit('Compute with tensor operations (tf.where, tf.gather)', this.traced),
    });
  }

  private refuseAssign(name: string): never {
    return this.refuse('trace/unsupported', {
      subject: this.place,
      expected: 'to leave variables as they are',
      got: `variable '${name}' being assigned or disposed of`,
      advice: orOmit('Return the new value as an output instead', this.traced),
    });
  }

  private refuseGradient(view: CallView): never {
    return this.refuse('trace/unsupported', {
      subject: view.subject,
      expected: 'a forward computation',
      got: 'a call inside tf.grad or tf.variableGrads',
      advice: view.advice('Write the derivative with tensor operations'),
    });
  }

  private refuse(code: ErrorCode, problem: Problem): never {
    return this.kept(() => fail(code, problem));
  }

  /** Does work, and keeps its refusal. */
  private kept<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (isOptimizeError(error)) this.refusal ??= error;
      throw error;
    }
  }
}

/** How names of scopes end that ops of TensorFlow.js open. */
const OP_SCOPE = '__op';

function isTensorEntry(entry: [string, unknown]): entry is [string, tf.Tensor] {
  return entry[1] instanceof tf.Tensor;
}

export function specOf(tensor: tf.Tensor): TensorSpec {
  return { shape: [...tensor.shape], dtype: tensor.dtype };
}

/** Values as data of their own: backends may hand out the very array they compute on. */
function valuesOf(tensor: tf.Tensor): Values {
  return copyValues(tensor.dataSync<tf.DataType>(), tensor.dtype);
}

type BackendValues = Parameters<Engine['makeTensor']>[0];

/** A backend may keep values in an array of another type than the tensor's: TensorFlow.js lets it. */
function copyValues(values: BackendValues, dtype: DType): Values {
  if (dtype === 'string') {
    const items = values as readonly (string | Uint8Array)[];
    return items.map((item) => (typeof item === 'string' ? item : tf.util.decodeString(item)));
  }
  const numbers = values as ArrayLike<number>;
  if (dtype === 'int32') return Int32Array.from(numbers);
  if (dtype === 'bool') return Uint8Array.from(numbers);
  return Float32Array.from(numbers);
}
