import { fail } from '@tfjs-optimize/core';
import { checkNames as checkNamesOf } from '../names.js';
import type { Channels, Group } from './groups.js';
import { comesOut } from './members.js';

/** Refuses names that no layer, node, weight or group of the model has. */
export function checkNames({ model, groups }: Channels, names: readonly string[], subject: string): void {
  const ofGroups = groups.map(({ name }) => name);
  checkNamesOf(model, names, (name) => `${subject}: '${name}'`, ofGroups);
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
