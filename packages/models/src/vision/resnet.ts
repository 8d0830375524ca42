import { fail, valueText } from '@tfjs-optimize/core';
import { visionNet, type NetOptions, type VisionNet } from './net.js';
import { checkNetOptions } from './net-options.js';
import type { NetWriter, Value } from './writer.js';

/** Which ResNet: its number of layers with weights. */
export type ResnetDepth = 18 | 34 | 50;

/** Blocks of the four stages, and whether they narrow to a quarter of their channels in between. */
const FORMS: Readonly<Record<ResnetDepth, { readonly blocks: readonly number[]; readonly narrow: boolean }>> =
  {
    18: { blocks: [2, 2, 2, 2], narrow: false },
    34: { blocks: [3, 4, 6, 3], narrow: false },
    50: { blocks: [3, 4, 6, 3], narrow: true },
  };

/** Channels of the first stage; each later one has twice as many. */
const FIRST_CHANNELS = 64;

/**
 * ResNet (He et al. 2016, table 1), laid out, padded and named as torchvision's and timm's `resnet18`, `resnet34` and
 * `resnet50`: in the blocks of ResNet-50 the stride is that of the 3 × 3 convolution. Input [batch, height, width,
 * channels], output logits [batch, classes].
 */
export function resnet(depth: ResnetDepth, options: NetOptions = {}): VisionNet {
  if (!Object.hasOwn(FORMS, depth)) {
    fail('argument/invalid', { subject: 'depth', expected: '18, 34 or 50', got: valueText(depth) });
  }
  const sizes = checkNetOptions(options);
  return visionNet(`resnet${depth}`, sizes, (writer) => writeResnet(writer, depth, sizes));
}

function writeResnet<V>(w: NetWriter<V>, depth: ResnetDepth, sizes: Required<NetOptions>): Value<V> {
  const { blocks, narrow } = FORMS[depth];
  const block = narrow ? bottleneck : basicBlock;
  let x = w.conv(w.input(sizes.channels), 'conv1', FIRST_CHANNELS, { size: 7, stride: 2 });
  x = w.relu(w.batchNorm(x, 'bn1'), 'relu');
  x = w.maxPool(x, 'maxpool', { size: 3, stride: 2 });
  for (const [stage, count] of blocks.entries()) {
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = block(w, x, `layer${stage + 1}.${i}`, FIRST_CHANNELS * 2 ** stage, stride);
    }
  }
  return w.linear(w.globalAverage(x, 'avgpool'), 'fc', sizes.classes);
}

/** Two 3 × 3 convolutions. */
export function basicBlock<V>(
  w: NetWriter<V>,
  x: Value<V>,
  name: string,
  channels: number,
  stride: number,
): Value<V> {
  let y = w.conv(x, `${name}.conv1`, channels, { size: 3, stride });
  y = w.relu(w.batchNorm(y, `${name}.bn1`), `${name}.relu1`);
  y = w.batchNorm(w.conv(y, `${name}.conv2`, channels, { size: 3 }), `${name}.bn2`);
  return joined(w, x, y, name, stride);
}

/** A 3 × 3 convolution between two of 1 × 1, the second of which widens four times. */
function bottleneck<V>(
  w: NetWriter<V>,
  x: Value<V>,
  name: string,
  channels: number,
  stride: number,
): Value<V> {
  let y = w.conv(x, `${name}.conv1`, channels, { size: 1 });
  y = w.relu(w.batchNorm(y, `${name}.bn1`), `${name}.relu1`);
  y = w.conv(y, `${name}.conv2`, channels, { size: 3, stride });
  y = w.relu(w.batchNorm(y, `${name}.bn2`), `${name}.relu2`);
  y = w.batchNorm(w.conv(y, `${name}.conv3`, 4 * channels, { size: 1 }), `${name}.bn3`);
  return joined(w, x, y, name, stride);
}

/** What a block makes of x, added to x itself, or to a 1 × 1 convolution of it where sizes differ. */
function joined<V>(w: NetWriter<V>, x: Value<V>, y: Value<V>, name: string, stride: number): Value<V> {
  const fits = stride === 1 && x.channels === y.channels;
  const around = fits
    ? x
    : w.batchNorm(w.conv(x, `${name}.downsample.0`, y.channels, { size: 1, stride }), `${name}.downsample.1`);
  return w.relu(w.add(y, around, `${name}.add`), `${name}.relu`);
}
