import { fail, valueText } from '@tfjs-optimize/core';
import { visionNet, type NetOptions, type VisionNet } from './net.js';
import { checkNetOptions } from './net-options.js';
import { basicBlock } from './resnet.js';
import type { NetWriter, Value } from './writer.js';

/** Channels of the three stages. */
const STAGES = [16, 32, 64] as const;

/**
 * The small ResNet for images of 32 × 32 (He et al. 2016, section 4.2): 6n + 2 layers, n blocks in each of three stages.
 * Where channels become more, the shortcut is a convolution of 1 × 1 (their option B). Named as the networks of
 * `chenyaofo/pytorch-cifar-models`, which publishes weights for CIFAR-10 and CIFAR-100. Input [batch, height, width,
 * channels], output logits [batch, classes].
 * @param depth 8, 14, 20, 26, …; 20, 32, 44, 56 and 110 are those of the paper.
 * @param options.classes 10 unless told.
 */
export function cifarResnet(depth: number, options: NetOptions = {}): VisionNet {
  if (!Number.isInteger(depth) || depth < 8 || depth % 6 !== 2) {
    fail('argument/invalid', {
      subject: 'depth',
      expected: '6n + 2 for a whole number n: 8, 14, 20, …',
      got: valueText(depth),
    });
  }
  const sizes = checkNetOptions(options, { classes: 10 });
  return visionNet(`cifar_resnet${depth}`, sizes, (writer) => write(writer, (depth - 2) / 6, sizes));
}

function write<V>(w: NetWriter<V>, blocks: number, { classes, channels }: Required<NetOptions>): Value<V> {
  let x = w.conv(w.input(channels), 'conv1', STAGES[0], { size: 3 });
  x = w.relu(w.batchNorm(x, 'bn1'), 'relu');
  for (const [stage, width] of STAGES.entries()) {
    for (let i = 0; i < blocks; i++)
      x = basicBlock(w, x, `layer${stage + 1}.${i}`, width, stage > 0 && i === 0 ? 2 : 1);
  }
  return w.linear(w.globalAverage(x, 'avgpool'), 'fc', classes);
}
