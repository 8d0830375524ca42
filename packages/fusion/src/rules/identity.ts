import { any, getAttr, dtypeOfTf, op, oneOf, replaceByValue, type Rule } from '@tfjs-optimize/core';

/** Ops that hand their input on when a model runs forward. */
const IDENTITIES = ['Identity', 'StopGradient', 'PreventGradient', 'Snapshot'];
/** Behind these an Identity marks which branch or round of a loop is running. */
const CONTROL_FLOW = new Set(['Switch', 'Merge', 'Enter', 'Exit', 'NextIteration', 'LoopCond']);

const X = any('x', (value, view) => {
  const { op: made } = view.producer(value);
  return !CONTROL_FLOW.has(made) || `is a ${made}`;
});

/**
 * Ops that compute nothing:
 *
 *     identity(x) = x,   cast(x, type of x) = x
 *
 * An Identity whose name is an output of the model, or for which another node waits, stays.
 */
export function removeIdentity(): Rule {
  return {
    name: 'remove-identity',
    identity: 'identity(x) = x; cast(x, type of x) = x',
    pattern: oneOf(
      op(IDENTITIES, { inputs: [X] }),
      op('Cast', {
        inputs: [X],
        where: (node) => {
          const [from, to] = ['SrcT', 'DstT'].map((name) => dtypeOfTf(getAttr(node, name, 'type') ?? ''));
          return (from !== undefined && from === to) || 'it changes the type';
        },
      }),
    ),
    apply: (match) => replaceByValue(match.value('x')),
  };
}
