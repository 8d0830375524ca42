import { valueId, type Model, type Node, type ValueId, type Weight } from '@tfjs-optimize/core';
import type { BundledTensor } from '../bundle/bundle.js';
import type { StoredWeights } from '../precision/stored-weights.js';
import type { Fields } from './node-def.js';
import type { GraphWriter, TfAttrs } from './ops/graph-writer.js';
import { largeMatrices } from './matrices.js';
import { encodeMessage } from './schema.js';
import type { Tensor } from './tensor.js';
import { tfType, type TfType } from './types.js';

/** Where loaders look for the checkpoint, below the folder of a SavedModel. */
export const VARIABLES_PREFIX = 'variables/variables';

/** Whole numbers of more elements than this are no sizes or axes, which TensorFlow must know ahead. */
const MOST_SIZES = 1024;

/**
 * Vectors of at most so many floats stay constants: they are biases and factors of normalizations, which TensorFlow's
 * optimizer looks for as constants.
 */
const MOST_FACTORS = 65_536;

interface Variable {
  /** Name of the node that holds it, and its key in the checkpoint. */
  readonly name: string;
  readonly read: ValueId;
  readonly weight: Weight;
  /** Name of the weight. */
  readonly from: string;
  /** The type that it is read in, and the one that the checkpoint has it in. */
  readonly type: TfType;
  readonly storedAs: TfType;
}

/** Which weights become variables: all that can, or those that are as fast so. */
export type VariableChoice = 'all' | 'matrices';

/**
 * Weights of a graph as variables, with the nodes that restore them from a checkpoint as TensorFlow 1 wrote them,
 * which every loader runs: RestoreV2 from a file whose name is fed, an assignment each, and one node that waits for all.
 */
export class Variables {
  private readonly all: Variable[] = [];
  /** Names of those that may become variables; undefined where all may. */
  private readonly chosen: ReadonlySet<string> | undefined;

  constructor(
    private readonly model: Model,
    private readonly stored: StoredWeights,
    choice: VariableChoice,
  ) {
    this.chosen = choice === 'all' ? undefined : largeMatrices(model);
  }

  /**
   * Writes a constant as a variable; undefined for those that stay constants: those not chosen, short vectors, and
   * whole numbers that may be sizes or axes. One that waits for a node stands in a loop, where a variable cannot be.
   */
  write(node: Node, name: string, writer: GraphWriter): ValueId | undefined {
    if (this.chosen?.has(node.name) === false) return undefined;
    const weight = this.model.weights.need(node.name);
    if (!isTable(weight) || weight.size === 0 || node.controls.length > 0) return undefined;
    const storedAs = this.stored.typeOf(node.name, weight);
    const type = this.stored.areRead ? storedAs : tfType(weight.dtype);
    const dtype = { kind: 'type', value: type } as const;
    const subject = `variable '${name}'`;
    const attrs: TfAttrs = {
      dtype,
      shape: { kind: 'shape', value: weight.shape },
      shared_name: { kind: 'string', value: name },
    };
    const [handle] = writer.add({ name, op: 'VarHandleOp', inputs: [], attrs, subject }) as [ValueId];
    // The name that Python's loader asks for.
    const read = writer.names.fresh(`${name}/Read/ReadVariableOp`);
    this.all.push({ name, read, weight, from: node.name, type, storedAs });
    return writer.add({ name: read, op: 'ReadVariableOp', inputs: [handle], attrs: { dtype }, subject })[0];
  }

  /** What goes into the checkpoint. */
  tensors(): readonly BundledTensor[] {
    return this.all.map(({ name, from, weight }) => ({
      key: name,
      read: () => this.stored.tensor(from, weight),
    }));
  }

  /**
   * Writes the nodes that save and restore, and returns what else a loader must know; undefined where nothing became
   * a variable.
   */
  finish(writer: GraphWriter): Fields | undefined {
    if (this.all.length === 0) return undefined;
    const put = (hint: string, op: string, inputs: readonly ValueId[], more: Partial<Put> = {}): ValueId => {
      const name = writer.names.fresh(`save/${hint}`);
      writer.add({ name, op, inputs, attrs: more.attrs, controls: more.controls, subject: name });
      return name;
    };
    const text = (hint: string, strings: readonly string[], shape: readonly number[]): ValueId => {
      const tensor: Tensor = { type: 'string', shape, bytes: new Uint8Array(), strings };
      return writer.constant(writer.names.fresh(`save/${hint}`), tensor);
    };
    const count = this.all.length;
    const file = put('Const', 'PlaceholderWithDefault', [text('filename', ['model'], [])], {
      attrs: { shape: { kind: 'shape', value: [] } },
    });
    const keys = text(
      'tensor_names',
      this.all.map(({ name }) => name),
      [count],
    );
    const whole = text('shape_and_slices', new Array<string>(count).fill(''), [count]);
    const types: TfType[] = this.all.map(({ storedAs }) => storedAs);
    const dtypes = { dtypes: { kind: 'types', value: types } } as const;
    const reads = this.all.map(({ read }) => read);
    const saved = put('SaveV2', 'SaveV2', [file, keys, whole, ...reads], { attrs: dtypes });
    const savedAs = put('control_dependency', 'Identity', [file], { controls: [saved] });
    const restored = put('RestoreV2', 'RestoreV2', [file, keys, whole], { attrs: dtypes });
    const assigned = this.all.map(({ name, type }, at) =>
      put('AssignVariableOp', 'AssignVariableOp', [name, valueId(restored, at)], {
        attrs: { dtype: { kind: 'type', value: type } },
      }),
    );
    const restore = put('restore_all', 'NoOp', [], { controls: assigned });
    return {
      saverDef: {
        filenameTensorName: `${file}:0`,
        saveTensorName: `${savedAs}:0`,
        restoreOpName: restore,
        maxToKeep: 5,
        version: 2,
      },
      collectionDef: this.collections(assigned),
    };
  }

  /** The variables as Python's loader finds them. */
  private collections(assigned: readonly string[]): Fields {
    const value = this.all.map(({ name, read }, at) =>
      encodeMessage('VariableDef', {
        variableName: `${name}:0`,
        initializerName: assigned[at],
        snapshotName: `${read}:0`,
        isResource: true,
        trainable: true,
      }),
    );
    return { variables: { bytesList: { value } }, trainable_variables: { bytesList: { value } } };
  }
}

function isTable({ dtype, shape, size }: Weight): boolean {
  if (dtype !== 'float32') return size > MOST_SIZES;
  return shape.length > 1 || size > MOST_FACTORS;
}

interface Put {
  readonly attrs: TfAttrs | undefined;
  readonly controls: readonly string[] | undefined;
}
