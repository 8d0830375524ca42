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
  if (Array.isArray(topology['layers']) && topology['input_layers'] !== undefined) checkFunctional(topology);
  for (const value of Object.values(topology)) checkLayerCalls(value);
}

interface Call {
  readonly layer: string;
  /** Layer and how many of its calls must have been made. */
  readonly needs: readonly (readonly [layer: string, calls: number])[];
}

function checkFunctional(config: JsonObject): void {
  const made = new Map<string, number>();
  let waiting: Call[] = [];
  for (const layer of config['layers'] as readonly Json[]) {
    if (!isJsonObject(layer) || typeof layer['name'] !== 'string') {
      fail('io/format', { subject: 'modelTopology', expected: 'layers with names', got: brief(layer) });
    }
    // An input layer counts as called once.
    made.set(layer['name'], layer['class_name'] === 'InputLayer' ? 1 : 0);
    waiting.push(...callsOf(layer, layer['name']));
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
  fail('io/format', {
    subject: `layer '${stuck.layer}'`,
    expected: 'to be called with outputs of earlier layers',
    got: `${needs}, which never come`,
  });
}

function callsOf(layer: JsonObject, name: string): Call[] {
  const nodes = layer['inbound_nodes'] ?? [];
  if (!Array.isArray(nodes)) {
    fail('io/format', { subject: `layer '${name}'`, expected: 'a list of inbound_nodes', got: brief(nodes) });
  }
  return (nodes as readonly Json[]).map((node) => {
    if (!Array.isArray(node)) {
      fail('io/format', { subject: `layer '${name}'`, expected: 'calls as lists', got: brief(node) });
    }
    const needs = (node as readonly Json[]).map((input) => {
      const [from, index] = Array.isArray(input) ? (input as readonly Json[]) : [];
      if (typeof from !== 'string' || !Number.isInteger(index) || (index as number) < 0) {
        fail('io/format', {
          subject: `layer '${name}'`,
          expected: 'inputs of the form [layer, call, tensor]',
          got: brief(input),
        });
      }
      return [from, (index as number) + 1] as const;
    });
    return { layer: name, needs };
  });
}

function brief(json: Json | undefined): string {
  return (JSON.stringify(json) ?? 'nothing').slice(0, 80);
}
