import { nodeDef } from './node-def.js';
import type { WrittenGraph } from './graph.js';
import { encodeMessage } from './schema.js';
import { SIGNATURE_KEY, signatureDef } from './signature-def.js';

/** The tag of graphs that serve, which loaders ask for unless told. */
const TAG = 'serve';

/**
 * Version of graphs that is written (`TF_GRAPH_DEF_VERSION`): that of TensorFlow 2.9, which every later release reads.
 * All ops here are of that release.
 */
const GRAPH_VERSION = { producer: 1087, minConsumer: 0 };

/** The bytes of `saved_model.pb`: one graph with one signature. */
export function savedModelBytes(graph: WrittenGraph): Uint8Array {
  return encodeMessage('SavedModel', {
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: [TAG], tensorflowVersion: '2.9.1', strippedDefaultAttrs: true },
        graphDef: {
          node: graph.nodes.map(nodeDef),
          library: { function: graph.functions },
          versions: GRAPH_VERSION,
        },
        signatureDef: { [SIGNATURE_KEY]: signatureDef(graph.inputs, graph.outputs) },
        ...graph.restoring,
      },
    ],
  });
}
