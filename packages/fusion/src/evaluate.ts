import * as tf from '@tensorflow/tfjs';
import {
  Graph,
  Model,
  Weight,
  Weights,
  executorOf,
  makeNode,
  nodeOf,
  onCpu,
  type GraphView,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';

/**
 * What a node of constant inputs computes, by TensorFlow.js itself on its cpu backend, so that the
 * result is the same on every machine. A phrase says why it could not be computed.
 */
export function evaluate(node: Node, view: GraphView): Weight | string {
  if (!hasBackend()) return 'needs a backend of TensorFlow.js that has started: await tf.ready()';
  const names = [...new Set(node.inputs)];
  const constants = names.map((value) => [value, view.weight(value) as Weight] as const);
  const model = new Model({
    graph: new Graph(
      [...names.map((value) => constantNode(value, view)), { ...node, controls: [] }],
      [],
      [node.name],
    ),
    weights: new Weights(constants),
    signature: {
      inputs: [],
      outputs: [{ key: node.name, value: node.name, dtype: 'float32', shape: undefined }],
    },
    stage: 'float',
  });
  try {
    return onCpu(() => {
      const [output] = executorOf(model).run({});
      const weight = weightOf(output as tf.Tensor);
      tf.dispose(output);
      return weight;
    });
  } catch (error) {
    return `cannot be computed ahead: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    onCpu(() => model.dispose());
  }
}

function constantNode(value: ValueId, view: GraphView): Node {
  return makeNode({ name: nodeOf(value), op: 'Const', attrs: view.producer(value).attrs });
}

/** Waits until a backend is in charge. */
export async function startBackend(): Promise<void> {
  await tf.ready();
  // A start that was under way when this was called has ended, yet put nobody in charge.
  if ((tf.getBackend() as string | undefined) === undefined) await tf.ready();
}

/** Whether a backend is in charge. Starts one that can start at once; wasm, for one, must be awaited. */
function hasBackend(): boolean {
  try {
    tf.backend();
    return true;
  } catch {
    return false;
  }
}

function weightOf(tensor: tf.Tensor): Weight {
  const dtype = tensor.dtype;
  if (dtype === 'string') return Weight.of([...tensor.dataSync<'string'>()], tensor.shape, dtype);
  const values = tensor.dataSync().slice();
  return Weight.of(dtype === 'bool' ? Uint8Array.from(values) : values, tensor.shape, dtype);
}
