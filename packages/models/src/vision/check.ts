import { fail } from '@tfjs-optimize/core';
import { checkState, needFloats, type StateDict } from '../state-dict.js';
import type { VisionNet } from './net.js';

/** How weights are taken. */
export interface WeightsOptions {
  /** What weights are told as in messages: the file that they are from. */
  readonly subject?: string;
  /** Tensors that the network does not have are refused; true unless told. */
  readonly strict?: boolean;
}

/** Tensors named where too many are there. */
const SHOWN = 5;

/**
 * The weights of a network, by the names that it gives them, each looked at before anything is made.
 * @throws `models/weight` naming a tensor that is missing (and one whose name is near), of another shape or type, or, if
 *   `strict`, that the network does not have.
 */
export function checkedState(net: VisionNet, state: StateDict, options: WeightsOptions): StateDict {
  const { subject = `weights of ${net.name}`, strict = true } = options;
  checkState(state);
  const names = namesIn(net, state);
  const checked = new Map(
    [...net.tensors].map(([name, shape]) => {
      const given = names.get(name) ?? name;
      needFloats(state, given, shape, subject);
      return [name, state.get(given)] as const;
    }),
  ) as StateDict;
  if (strict) refuseOthers(state, new Set([...net.tensors.keys()].map((n) => names.get(n) ?? n)), subject);
  return checked;
}

/** The names of the other library, where more of the tensors are there by those. */
function namesIn({ tensors, otherNames }: VisionNet, state: StateDict): ReadonlyMap<string, string> {
  const count = (names: Iterable<string>): number => [...names].filter((name) => state.has(name)).length;
  return count(otherNames.values()) > count(tensors.keys()) ? otherNames : new Map();
}

function refuseOthers(state: StateDict, known: ReadonlySet<string>, subject: string): void {
  // How many batches PyTorch has seen: nothing is computed from that.
  const others = [...state.keys()].filter(
    (name) => !known.has(name) && !name.endsWith('num_batches_tracked'),
  );
  if (others.length === 0) return;
  const shown = others
    .slice(0, SHOWN)
    .map((name) => `'${name}'`)
    .join(', ');
  fail('models/weight', {
    subject,
    expected: 'no other tensors than the network has',
    got: `${shown}${others.length > SHOWN ? ` and ${others.length - SHOWN} more` : ''}`,
    advice: 'Give strict: false to leave them out',
  });
}
