import { roundChannels } from './round-channels.js';
import { visionNet, type VisionNet } from './net.js';
import { checkMobilenetOptions, type MobilenetOptions } from './net-options.js';
import type { NetWriter, Value } from './writer.js';

/** Rows of table 2 of the paper: expansion t, channels c, repeats n, stride s of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const LAST_CHANNELS = 1280;

/** The share of features that torchvision drops before the classifier in training. */
const DROPOUT = 0.2;

/**
 * MobileNetV2 (Sandler et al. 2018, table 2), laid out, padded and named as torchvision's `mobilenet_v2`; timm's names of
 * `mobilenetv2_100` and its other widths are understood, too. Input [batch, height, width, channels], output logits
 * [batch, classes].
 */
export function mobilenetV2(options: MobilenetOptions = {}): VisionNet {
  const all = checkMobilenetOptions(options);
  return visionNet('mobilenet_v2', all, (writer) => write(writer, all), timmNames());
}

function write<V>(w: NetWriter<V>, { classes, channels, width }: Required<MobilenetOptions>): Value<V> {
  let x = w.conv(w.input(channels), 'features.0.0', roundChannels(32 * width), { size: 3, stride: 2 });
  x = w.relu(w.batchNorm(x, 'features.0.1'), 'features.0.2', 6);
  let index = 1;
  for (const [expansion, out, repeats, stride] of STAGES) {
    for (let i = 0; i < repeats; i++) {
      const name = `features.${index++}`;
      x = inverted(w, x, name, expansion, roundChannels(out * width), i === 0 ? stride : 1);
    }
  }
  const last = `features.${index}`;
  x = w.conv(x, `${last}.0`, roundChannels(LAST_CHANNELS * Math.max(1, width)), { size: 1 });
  x = w.relu(w.batchNorm(x, `${last}.1`), `${last}.2`, 6);
  x = w.dropout(w.globalAverage(x, 'pool'), 'classifier.0', DROPOUT);
  return w.linear(x, 'classifier.1', classes);
}

/** Inverted residual: expand by 1 × 1, filter each channel by 3 × 3, project by a linear 1 × 1. */
function inverted<V>(
  w: NetWriter<V>,
  x: Value<V>,
  block: string,
  expansion: number,
  out: number,
  stride: number,
): Value<V> {
  const name = `${block}.conv`;
  let [y, at] = [x, 0];
  if (expansion !== 1) {
    y = w.conv(y, `${name}.${at}.0`, x.channels * expansion, { size: 1 });
    y = w.relu(w.batchNorm(y, `${name}.${at}.1`), `${name}.${at}.2`, 6);
    at++;
  }
  y = w.depthwise(y, `${name}.${at}.0`, { size: 3, stride });
  y = w.relu(w.batchNorm(y, `${name}.${at}.1`), `${name}.${at}.2`, 6);
  y = w.batchNorm(w.conv(y, `${name}.${at + 1}`, out, { size: 1 }), `${name}.${at + 2}`);
  return stride === 1 && x.channels === out ? w.add(x, y, `${block}.add`) : y;
}

/** The modules of timm's network by those of torchvision's, of which each begins with the key. */
function timmNames(): (name: string) => string | undefined {
  const modules = new Map([
    ['features.0.0', 'conv_stem'],
    ['features.0.1', 'bn1'],
    ['classifier.1', 'classifier'],
  ]);
  let index = 1;
  for (const [stage, [expansion, , repeats]] of STAGES.entries()) {
    for (let i = 0; i < repeats; i++) {
      const own =
        expansion === 1
          ? { '0.0': 'conv_dw', '0.1': 'bn1', '1': 'conv_pw', '2': 'bn2' }
          : { '0.0': 'conv_pw', '0.1': 'bn1', '1.0': 'conv_dw', '1.1': 'bn2', '2': 'conv_pwl', '3': 'bn3' };
      for (const [at, module] of Object.entries(own))
        modules.set(`features.${index}.conv.${at}`, `blocks.${stage}.${i}.${module}`);
      index++;
    }
  }
  modules.set(`features.${index}.0`, 'conv_head').set(`features.${index}.1`, 'bn2');
  return (name) => {
    const end = name.lastIndexOf('.');
    const module = modules.get(name.slice(0, end));
    return module === undefined ? undefined : module + name.slice(end);
  };
}
