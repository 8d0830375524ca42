import { roundChannels } from './round-channels.js';
import { visionNet, type VisionNet } from './net.js';
import { checkMobilenetOptions, type MobilenetOptions } from './net-options.js';
import type { NetWriter, Value } from './writer.js';

/** Table 1 of the paper: channels of each block, and how many blocks; the first of a later stage halves the image. */
const STAGES = [
  [64, 1],
  [128, 2],
  [256, 2],
  [512, 6],
  [1024, 2],
] as const;

/**
 * MobileNet (Howard et al. 2017, table 1) with ReLU6, padded and named as timm's `mobilenetv1_100`; torchvision has none.
 * Input [batch, height, width, channels], output logits [batch, classes].
 */
export function mobilenetV1(options: MobilenetOptions = {}): VisionNet {
  const all = checkMobilenetOptions(options);
  return visionNet('mobilenet_v1', all, (writer) => write(writer, all));
}

function write<V>(w: NetWriter<V>, { classes, channels, width }: Required<MobilenetOptions>): Value<V> {
  let x = w.conv(w.input(channels), 'conv_stem', roundChannels(32 * width), { size: 3, stride: 2 });
  x = w.relu(w.batchNorm(x, 'bn1'), 'act1', 6);
  for (const [stage, [out, repeats]] of STAGES.entries()) {
    for (let i = 0; i < repeats; i++) {
      const name = `blocks.${stage}.${i}`;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = w.depthwise(x, `${name}.conv_dw`, { size: 3, stride });
      x = w.relu(w.batchNorm(x, `${name}.bn1`), `${name}.act1`, 6);
      x = w.conv(x, `${name}.conv_pw`, roundChannels(out * width), { size: 1 });
      x = w.relu(w.batchNorm(x, `${name}.bn2`), `${name}.act2`, 6);
    }
  }
  return w.linear(w.globalAverage(x, 'global_pool'), 'classifier', classes);
}
