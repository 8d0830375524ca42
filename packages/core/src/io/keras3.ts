import { fail } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import type { Json, JsonObject } from '../json.js';

/*
 * Keras 3 writes layer configurations that `tf.loadLayersModel` (4.22) does not understand although
 * it has the layers. The differences are of spelling: `batch_shape` for `batch_input_shape`, DTypePolicy
 * objects for type names, activations as objects, and calls between layers by `__keras_tensor__`.
 */

/** A layers-model topology in the spelling of Keras 2. One that has it already comes out equal. */
export function toKeras2(topology: JsonObject): JsonObject {
  return rewrite(topology) as JsonObject;
}

/** Fields beside `class_name` that TensorFlow.js does not know. */
const KERAS3_FIELDS = new Set(['module', 'registered_name', 'build_config', 'compile_config']);

function rewrite(json: Json): Json {
  if (Array.isArray(json)) return (json as readonly Json[]).map(rewrite);
  if (!isJsonObject(json)) return json;
  const scalar = policyName(json) ?? functionName(json);
  if (scalar !== undefined) return scalar;
  const isObjectOfKeras = json['class_name'] !== undefined;
  const name = typeof json['name'] === 'string' ? json['name'] : 'a layer';
  const out = new Map<string, Json>();
  for (const [key, value] of Object.entries(json)) {
    if (isObjectOfKeras && KERAS3_FIELDS.has(key)) continue;
    if (key === 'batch_shape' && json['batch_input_shape'] === undefined) out.set('batch_input_shape', value);
    else if (key === 'inbound_nodes') out.set(key, inboundNodes(value, name));
    else if (key === 'input_layers' || key === 'output_layers') out.set(key, tensorList(value));
    else out.set(key, rewrite(value));
  }
  // Keras 3 leaves the name of a layer to its configuration in some places.
  const { config } = json;
  if (json['inbound_nodes'] !== undefined && json['name'] === undefined && isJsonObject(config)) {
    out.set('name', config['name'] ?? null);
  }
  return Object.fromEntries(out);
}

/** `{class_name: 'DTypePolicy', config: {name}}` is its name; computing in half precision is not for JavaScript. */
function policyName(json: JsonObject): Json | undefined {
  if (json['class_name'] !== 'DTypePolicy' && json['class_name'] !== 'Policy') return undefined;
  const name = isJsonObject(json['config']) ? json['config']['name'] : undefined;
  return typeof name === 'string' && !name.startsWith('mixed_') ? name : 'float32';
}

/** `{class_name: 'function', config: 'relu'}` is the name of an activation. */
function functionName(json: JsonObject): Json | undefined {
  return json['class_name'] === 'function' && typeof json['config'] === 'string' ? json['config'] : undefined;
}

/** A single `[layer, node, tensor]` where Keras 2 has a list of them. */
function tensorList(json: Json): Json {
  if (!Array.isArray(json)) return json;
  const list = json as readonly Json[];
  return list.length === 3 && typeof list[0] === 'string' && Number.isInteger(list[1]) ? [list] : list;
}

function inboundNodes(json: Json, layer: string): Json {
  if (!Array.isArray(json)) return json;
  return (json as readonly Json[]).map((call) => {
    if (!isJsonObject(call)) return call;
    const histories = tensorsOf(call['args'] ?? [], layer);
    const kwargs = isJsonObject(call['kwargs']) ? call['kwargs'] : {};
    for (const [name, value] of Object.entries(kwargs)) {
      // `mask: null` and `training: false` are what inference does anyway.
      if (value === null || (name === 'training' && value === false)) continue;
      fail('io/format', {
        subject: `layer '${layer}'`,
        expected: 'a call with tensors by position only',
        got: `the argument '${name}'`,
        advice: 'Export the model from Keras as a SavedModel and convert it to a graph model',
      });
    }
    return histories;
  });
}

/** `[layer, node, tensor, {}]` of each tensor that a layer is called with. */
function tensorsOf(json: Json, layer: string): Json[] {
  if (Array.isArray(json)) return (json as readonly Json[]).flatMap((item) => tensorsOf(item, layer));
  if (json === null) return [];
  const config = isJsonObject(json) && json['class_name'] === '__keras_tensor__' ? json['config'] : undefined;
  const history = isJsonObject(config) ? config['keras_history'] : undefined;
  if (!Array.isArray(history) || history.length !== 3) {
    fail('io/format', {
      subject: `layer '${layer}'`,
      expected: 'to be called with the outputs of other layers',
      got: JSON.stringify(json).slice(0, 80),
      advice: 'Export the model from Keras as a SavedModel and convert it to a graph model',
    });
  }
  return [[...(history as readonly Json[]), {}]];
}
