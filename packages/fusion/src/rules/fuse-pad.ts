import {
  any,
  attr,
  constant,
  decline,
  getAttr,
  op,
  replaceBy,
  type Attrs,
  type Match,
  type Node,
  type Outcome,
  type Rule,
  type RuleContext,
} from '@tfjs-optimize/core';
import { isChannelsFirst } from '../linear.js';
import { constantPad, PAD_OPS } from '../pad.js';

/** Convolutions that take explicit paddings. */
const OPS = ['Conv2D', '_FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative'];

/**
 * Moves zeros that are put around an image into the convolution:
 *
 *     pad_0(x; p) ∗_q W = x ∗_(p+q) W
 *
 * for a Pad of constant amounts p ≥ 0 along height and width, in front of a convolution whose own
 * padding q is VALID (nothing) or EXPLICIT. Padding SAME depends on the padded size and stays.
 */
export function fusePad(): Rule {
  return {
    name: 'fuse-pad',
    identity: 'pad_0(x; p) ∗_q W = x ∗_(p+q) W',
    takes: 'pad',
    taker: 'root',
    pattern: op(OPS, {
      as: 'conv',
      inputs: [op(PAD_OPS, { as: 'pad', inputs: [any('x'), constant()], rest: { each: constant() } })],
      rest: { as: 'rest' },
    }),
    apply,
  };
}

function apply(match: Match, context: RuleContext): Outcome {
  const [conv, node] = [match.node('conv'), match.node('pad')];
  if (isChannelsFirst(conv)) return decline('has its channels first', conv);
  const pad = constantPad(node, context);
  if (pad === undefined || pad.sides.length !== 4)
    return decline('pads by amounts that are no constants', node);
  if (pad.value !== 0) return decline(`pads with ${pad.value}, not with zeros`, node);
  const amounts = pad.sides.flat();
  if (amounts.some((amount) => amount < 0)) return decline('cuts instead of padding', node);
  if ([0, 1, 6, 7].some((at) => amounts[at] !== 0)) return decline('pads batch or channels', node);
  const own = ownPadding(conv);
  if (own === undefined) return decline('pads to SAME size by itself', conv);
  const attrs: Attrs = {
    ...conv.attrs,
    padding: attr.string('EXPLICIT'),
    explicit_paddings: attr.ints(amounts.map((amount, i) => amount + (own[i] as number))),
  };
  return replaceBy(conv.op, [match.value('x'), ...match.list('rest')], attrs);
}

/** Explicit paddings of a convolution; undefined for SAME. */
function ownPadding(conv: Node): readonly number[] | undefined {
  const padding = getAttr(conv, 'padding', 'string')?.toUpperCase();
  if (padding === 'VALID') return new Array<number>(8).fill(0);
  const explicit = getAttr(conv, 'explicit_paddings', 'ints');
  return padding === 'EXPLICIT' && explicit?.length === 8 ? explicit : undefined;
}
