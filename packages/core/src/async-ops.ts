import type { Graph } from './graph/graph.js';
import type { Node } from './graph/node.js';

/**
 * Ops that TensorFlow.js' graph executor computes asynchronously: control flow, sizes that depend on
 * values, and hash tables. A graph that holds one of them has no synchronous run.
 */
export const ASYNC_OPS: ReadonlySet<string> = new Set([
  ...['If', 'StatelessIf', 'While', 'StatelessWhile', 'LoopCond'],
  ...['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration'],
  ...['TensorArrayV3', 'TensorArrayWriteV3', 'TensorArrayReadV3', 'TensorArrayGatherV3'],
  ...['TensorArrayScatterV3', 'TensorArrayConcatV3', 'TensorArraySplitV3', 'TensorArraySizeV3'],
  ...['TensorArrayCloseV3', 'EmptyTensorList', 'TensorListReserve', 'TensorListFromTensor'],
  ...['TensorListSetItem', 'TensorListGetItem', 'TensorListScatter', 'TensorListScatterV2'],
  ...['TensorListGather', 'TensorListStack', 'TensorListConcat', 'TensorListConcatV2'],
  ...['TensorListPushBack', 'TensorListPopBack', 'TensorListSplit', 'TensorListLength', 'TensorListResize'],
  ...['NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5'],
  ...['Where', 'ListDiff'],
  ...['HashTable', 'HashTableV2', 'LookupTableImport', 'LookupTableImportV2'],
  ...['LookupTableFind', 'LookupTableFindV2', 'LookupTableSize', 'LookupTableSizeV2'],
]);

/** The first node because of which a graph has no synchronous run, or undefined. */
export function asyncNodeOf(graph: Graph): Node | undefined {
  for (const node of graph) if (ASYNC_OPS.has(node.op)) return node;
  return undefined;
}
