import { fail } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import type { Json, JsonObject } from '../json.js';

/**
 * Refuses functional models whose layers can never all be called: one is called with a layer that is
 * not there, or layers wait for each other. `tf.loadLayersModel` (4.22) would look for them forever.
 */
export function checkLayerCalls(topology: Json): void {
  if (Array.isArray(topology)) for (const item of topology as readonly Json[]) checkLayerCalls(item);
  if (!isJsonObject(topology)) return;
  checkKeys(topology);
  const { layers } = topology;
  if (Array.isArray(layers) && layers.some((layer) => inboundNodes(layer as Json) !== undefined)) {
    checkFunctional(layers as readonly Json[]);
  }
  for (const value of Object.values(topology)) checkLayerCalls(value);
}

interface Call {
  readonly layer: string;
  /** Layer and how many of its calls must have been made. */
  readonly needs: readonly (readonly [layer: string, calls: number])[];
}

/** Makes the calls in the way that TensorFlow.js does, on paper. */
function checkFunctional(layers: readonly Json[]): void {
  const made = new Map<string, number>();
  let waiting: Call[] = [];
  for (const layer of layers) {
    const name = nameOf(layer);
    if (made.has(name)) failLayer(name, 'a name of its own', 'two layers of that name');
    made.set(name, callsFromTheStart(layer as JsonObject));
    waiting.push(...callsOf(layer, name));
  }
  for (let before = -1; waiting.length > 0 && waiting.length !== before;) {
    before = waiting.length;
    waiting = waiting.filter(({ layer, needs }) => {
      if (needs.some(([name, calls]) => (made.get(name) ?? 0) < calls)) return true;
      made.set(layer, (made.get(layer) ?? 0) + 1);
      return false;
    });
  }
  const stuck = waiting[0];
  if (stuck === undefined) return;
  const needs = stuck.needs.map(([name]) => `'${name}'`).join(', ');
  failLayer(stuck.layer, 'to be called with outputs of earlier layers', `${needs}, which never come`);
}

/** A layer's name, which TensorFlow.js looks up in two places. */
function nameOf(layer: Json): string {
  const { name, config } = isJsonObject(layer) ? layer : {};
  const own = isJsonObject(config) ? (config['name'] ?? name) : name;
  if (typeof name !== 'string' || own !== name) {
    failLayer(typeof name === 'string' ? name : '?', 'one name', brief([name ?? null, own ?? null]));
  }
  return name;
}

/** An input layer counts as called once, and so does a model. */
function callsFromTheStart({ class_name, className, config }: JsonObject): number {
  const kind = class_name ?? className;
  if (kind === 'InputLayer') return 1;
  const layers = isJsonObject(config) ? config['layers'] : config;
  return Array.isArray(layers) && layers.length > 0 ? 1 : 0;
}

/** Keys that decide what is called with what, in the spellings that files have. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  layers: ['layers'],
  name: ['name'],
  config: ['config'],
  className: ['class_name', 'className'],
  inboundNodes: ['inbound_nodes', 'inboundNodes'],
};

/**
 * TensorFlow.js takes underscores out of keys (`name_` and `name` are one), so that one key of an object
 * may hide another.
 */
function checkKeys(json: JsonObject): void {
  const seen = new Set<string>();
  for (const key of Object.keys(json)) {
    const read = key.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());
    const spellings = Object.hasOwn(SPELLINGS, read) ? SPELLINGS[read] : undefined;
    if (seen.has(read) || spellings?.includes(key) === false) {
      fail('io/format', { subject: 'modelTopology', expected: `one key for '${read}'`, got: `'${key}'` });
    }
    seen.add(read);
  }
}

function inboundNodes(layer: Json): Json | undefined {
  return isJsonObject(layer) ? (layer['inbound_nodes'] ?? layer['inboundNodes']) : undefined;
}

function callsOf(layer: Json, name: string): Call[] {
  const nodes = inboundNodes(layer) ?? [];
  if (!Array.isArray(nodes)) failLayer(name, 'a list of inbound_nodes', brief(nodes));
  const calls = (nodes as readonly Json[]).map((node): Call => {
    if (!Array.isArray(node)) failLayer(name, 'calls as lists', brief(node));
    return { layer: name, needs: (node as readonly Json[]).map((input) => needOf(input, name)) };
  });
  // TensorFlow.js makes no call without inputs.
  return calls.filter(({ needs }) => needs.length > 0);
}

function needOf(input: Json, name: string): readonly [layer: string, calls: number] {
  const [from, index] = Array.isArray(input) ? (input as readonly Json[]) : [];
  if (typeof from !== 'string' || !Number.isInteger(index) || (index as number) < 0) {
    failLayer(name, 'inputs of the form [layer, call, tensor]', brief(input));
  }
  return [from, (index as number) + 1];
}

function failLayer(name: string, expected: string, got: string): never {
  return fail('io/format', { subject: `layer '${name}'`, expected, got });
}

function brief(json: Json | undefined): string {
  return (JSON.stringify(json) ?? 'nothing').slice(0, 80);
}
