import type { io } from '@tensorflow/tfjs-core';
import { contradiction, type PackedMetadata } from '../format/metadata.js';
import { isIntegerOp } from '../format/stage.js';

/** A node of a topology, as far as it matters here. */
interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: object;
}

interface Topology {
  readonly node?: readonly NodeJson[];
  readonly library?: { readonly function?: readonly { readonly nodeDef?: readonly NodeJson[] }[] };
}

type Artifacts = Pick<io.ModelArtifacts, 'modelTopology'>;

function topologyOf({ modelTopology }: Artifacts): Topology {
  return typeof modelTopology === 'object' ? (modelTopology as Topology) : {};
}

/** The node that makes a value: names of inputs may begin with `^` and end with `:1`. */
function producer(input: string): string {
  return input.replace(/^\^/, '').replace(/:\d+$/, '');
}

/** Whether a model has ops of integers, in the graph itself or in its functions. */
export function hasIntegerOps(artifacts: Artifacts): boolean {
  const { node = [], library } = topologyOf(artifacts);
  const inner = (library?.function ?? []).flatMap(({ nodeDef }) => nodeDef ?? []);
  return [...node, ...inner].some(({ op }) => isIntegerOp(op));
}

/**
 * Constants of the graph that nothing but ops of integers reads, seen through Identity nodes, and that are no outputs
 * as far as a graph tells: something reads them.
 */
export function readByIntegerOps(artifacts: Artifacts): (name: string) => boolean {
  const readers = new Map<string, NodeJson[]>();
  for (const node of topologyOf(artifacts).node ?? []) {
    for (const input of new Set((node.input ?? []).map(producer))) {
      readers.set(input, [...(readers.get(input) ?? []), node]);
    }
  }
  const isRead = (name: string): boolean => {
    const own = readers.get(name) ?? [];
    return (
      own.length > 0 &&
      own.every(({ op, name: reader }) => (op === 'Identity' ? isRead(reader) : isIntegerOp(op)))
    );
  };
  return isRead;
}

/**
 * The topology with one constant in the place of each product that the metadata describes.
 * @throws `packed/metadata` where they are not in the graph as described.
 */
export function raiseTopology(artifacts: Artifacts, { weights = {} }: PackedMetadata): object {
  const topology = topologyOf(artifacts);
  const { node: nodes = [] } = topology;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const counts = new Map<string, number>();
  for (const { input = [] } of nodes) {
    for (const name of input.map(producer)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const constants = new Map<string, NodeJson>();
  const removed = new Set<string>();
  for (const [name, { values, scales }] of Object.entries(weights)) {
    const product = byName.get(name);
    const [first, second, ...controls] = product?.input ?? [];
    const constant = byName.get(values);
    const isProduct = product?.op === 'Mul' && first === values && second === scales;
    if (!isProduct || constant === undefined || counts.get(values) !== 1 || counts.get(scales) !== 1) {
      contradiction(
        `packed weight '${name}'`,
        `a Mul that alone reads '${values}' and '${scales}'`,
        product === undefined ? 'no node of that name' : `${product.op}(${(product.input ?? []).join(', ')})`,
      );
    }
    constants.set(name, { ...constant, name, ...(controls.length === 0 ? {} : { input: controls }) });
    for (const part of [values, scales]) removed.add(part);
  }
  const node = nodes.filter(({ name }) => !removed.has(name)).map((each) => constants.get(each.name) ?? each);
  return { ...topology, node };
}
