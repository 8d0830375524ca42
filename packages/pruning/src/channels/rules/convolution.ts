import { getAttr } from '@tfjs-optimize/core';
import { followOutput } from './epilogue.js';
import { only, type Axis, type Labelled, type Rule, type Rules, type Site } from '../site.js';

/** Where channels are. */
export function channelAxis(site: Site, rank: number): number {
  return (getAttr(site.node, 'data_format', 'string') ?? '').startsWith('NC') ? 1 : rank - 1;
}

/**
 * y[…, o] = Σ_i x[…, i] · w[…, i, o]: channels of x are the filter's last axis but one, those of y its last.
 * With fewer channels in the filter than in x there are groups, of which all lose the same channels.
 */
const convolution =
  (rank: number): Rule =>
  (site) => {
    const at = channelAxis(site, rank);
    const [into, out] = [site.axis(1, rank - 2), site.axis(1, rank - 1)];
    const x = site.axis(0, at);
    site.lockInput(0, `is a place of the image of ${site.where}`, [at]);
    for (let i = 0; i < rank - 2; i++) site.place(1, i);
    site.role(1, rank - 1, 'out', 'convolution');
    site.role(1, rank - 2, 'in', 'convolution');
    const channels = site.shape(0)?.[at] ?? -1;
    const perGroup = site.shape(1)?.[rank - 2] ?? -1;
    if (channels < 0 || perGroup < 0 || perGroup === channels) site.unite(x, into);
    else grouped(site, x, into, out, channels / perGroup);
    followOutput(site, out);
    return { outputs: [only(rank, at, out)] };
  };

/** Group g reads x[g·n + i] as its i-th channel and makes y[g·m + j]; a group of one channel may go as a whole. */
function grouped(site: Site, x: Axis, into: Axis, out: Axis, groups: number): void {
  if (x === null || into === null || out === null || !Number.isInteger(groups) || out.length % groups !== 0) {
    for (const axis of [x, into, out]) site.lock(axis, `belongs to groups of unequal sizes at ${site.where}`);
    return;
  }
  const made = out.length / groups;
  for (let g = 0; g < groups; g++) {
    if (into.length > 1)
      for (let i = 0; i < into.length; i++) site.pair(x[g * into.length + i] as number, into[i] as number);
    for (let j = 0; j < made; j++) {
      const unit = into.length > 1 ? out[j] : x[g];
      site.pair(out[g * made + j] as number, unit as number);
    }
  }
  if (into.length === 1) site.place(1, (site.labels(1)?.length ?? 0) - 2);
}

/** y[…, c·m + j] = Σ x[…, c] · w[…, c, j]. */
const depthwise: Rule = (site) => {
  const at = channelAxis(site, 4);
  const [x, channels, many] = [site.axis(0, at), site.axis(1, 2), site.axis(1, 3)];
  site.lockInput(0, `is a place of the image of ${site.where}`, [at]);
  for (const i of [0, 1]) site.place(1, i);
  site.unite(x, channels);
  const multiplier = site.shape(1)?.[3] ?? -1;
  let out: Axis = null;
  if (channels !== null && many !== null) {
    // Channels that cannot go may still lose results: then each loses the same ones.
    const byChannel = multiplier === 1 || !site.isLocked(channels);
    if (byChannel) site.place(1, 3);
    out = Int32Array.from(
      { length: channels.length * many.length },
      (_, i) => (byChannel ? channels[Math.floor(i / many.length)] : many[i % many.length]) as number,
    );
    site.role(1, byChannel ? 2 : 3, 'out', 'depthwise');
  }
  followOutput(site, out);
  return { outputs: [only(4, at, out)] };
};

/** The gradient of a convolution as a layer: x has the channels of the filter's last axis, y those of the one before. */
const transposed: Rule = (site) => {
  const at = channelAxis(site, 4);
  const [out, into] = [site.axis(1, 2), site.axis(1, 3)];
  site.lockInput(2, `is a place of the image of ${site.where}`, [at]);
  for (const i of [0, 1]) site.place(1, i);
  site.unite(site.axis(2, at), into);
  site.role(1, 2, 'out', 'convolution');
  site.role(1, 3, 'in', 'convolution');
  return {
    outputs: [only(4, at, out)],
    rewrite: (cut) => {
      if (out === null) return;
      cut.sizes(
        0,
        Array.from({ length: 4 }, (_, i) => (i === at ? cut.count(out, out.length) : undefined)),
      );
    },
  };
};

/** Each channel has a window of its own. */
const dilation: Rule = (site) => {
  site.lockInput(0, `is a place of the image of ${site.where}`, [3]);
  for (const i of [0, 1]) site.place(1, i);
  return { outputs: [only(4, 3, site.unite(site.axis(0, 3), site.axis(1, 2)))] };
};

/** Works on places of the image, for each channel alone. */
const perChannel =
  (rank: number): Rule =>
  (site): Labelled => {
    site.lockInput(0, `is a place of the image of ${site.where}`, [rank - 1]);
    const axis = site.axis(0, rank - 1);
    return { outputs: site.outputs.map(() => only(rank, rank - 1, axis)) };
  };

/** y[…, c] is made of x[…, (i·b + j)·C + c]: blocks of channels become places. */
const depthToSpace: Rule = (site) => {
  const x = site.axis(0, 3);
  const blocks = (getAttr(site.node, 'block_size', 'int') ?? 0) ** 2;
  if (x === null || channelAxis(site, 4) !== 3 || blocks < 1 || x.length % blocks !== 0)
    return site.refuse(`becomes a place of the image at ${site.where}`);
  site.lockInput(0, `is a place of the image of ${site.where}`, [3]);
  const channels = x.length / blocks;
  for (let i = channels; i < x.length; i++) site.pair(x[i] as number, x[i % channels] as number);
  return { outputs: [only(4, 3, x.slice(0, channels))] };
};

export const convolutionRules: Rules = {
  Conv1D: convolution(3),
  Conv2D: convolution(4),
  _FusedConv2D: convolution(4),
  Conv3D: convolution(5),
  DepthwiseConv2d: depthwise,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  Dilation2D: dilation,
  AvgPool: perChannel(4),
  MaxPool: perChannel(4),
  AvgPool3D: perChannel(5),
  MaxPool3D: perChannel(5),
  ResizeBilinear: perChannel(4),
  ResizeNearestNeighbor: perChannel(4),
  CropAndResize: perChannel(4),
  ImageProjectiveTransformV3: perChannel(4),
  DepthToSpace: depthToSpace,
};
