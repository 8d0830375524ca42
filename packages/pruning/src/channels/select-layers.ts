import { fail, isPlumbing, layerNames, nearest } from '@tfjs-optimize/core';
import type { Channels, Group } from './groups.js';
import { comesOut } from './members.js';

/** Refuses names that no layer, node, weight or group of the model has. */
export function checkNames({ model, groups }: Channels, names: readonly string[], subject: string): void {
  if (names.length === 0) return;
  const layerOf = layerNames(model);
  const known = new Set<string>([...model.weights.names(), ...groups.map(({ name }) => name)]);
  for (const node of model.graph) {
    if (isPlumbing(node)) continue;
    known.add(node.name);
    known.add(layerOf(node.name));
  }
  for (const name of names) {
    if (known.has(name)) continue;
    const near = nearest(name, known);
    fail('pruning/layer', {
      subject: `${subject}: '${name}'`,
      expected: 'the name of a layer, node or weight of the model',
      got: 'a name that none has',
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
}

/** Whether channels of a group come out of a layer (or node, or are slices of a weight) of that name. */
export function comesOutOf({ name, members }: Group, wanted: string): boolean {
  return name === wanted || members.some((member) => comesOut(member, wanted));
}

/** Refuses names of layers of which nothing can be cut. */
export function checkCuttable({ groups }: Channels, names: readonly string[], subject: string): void {
  for (const name of names) {
    const own = groups.filter((group) => comesOutOf(group, name));
    if (own.some(({ lock }) => lock === undefined)) continue;
    const lock = own.find((group) => group.lock !== undefined)?.lock;
    fail('pruning/group', {
      subject: `${subject}: '${name}'`,
      expected: 'a layer with channels that can be removed',
      got: lock === undefined ? 'one without channels of its own' : `one of which each ${lock.why}`,
      advice: 'explainGroups tells what can be removed',
    });
  }
}
