import { visionNet, type NetOptions, type VisionNet } from './net.js';
import { checkNetOptions } from './net-options.js';
import type { NetWriter, FixedSize, Value, Window } from './writer.js';

/** Digits, as MNIST has them. */
const SIZE: FixedSize = [28, 28];
const DIGITS = { classes: 10, channels: 1 };

const HALVES: Window = { size: 2, stride: 2, padding: 0 };

/**
 * LeNet-5 (LeCun et al. 1998) as it is built today, with ReLU and pools of the largest value: two convolutions of 5 × 5
 * and three linear layers, 61,706 numbers. Input [batch, 28, 28, channels], output logits [batch, classes]. Its tensors
 * are `conv1`, `conv2`, `fc1`, `fc2` and `fc3`, in PyTorch's layout.
 */
export function lenet5(options: NetOptions = {}): VisionNet {
  const sizes = checkNetOptions(options, DIGITS);
  return visionNet('lenet5', sizes, (writer) => writeLenet5(writer, sizes));
}

function writeLenet5<V>(w: NetWriter<V>, { classes, channels }: Required<NetOptions>): Value<V> {
  let x = w.conv(w.input(channels, SIZE), 'conv1', 6, { size: 5, bias: true });
  x = w.maxPool(w.relu(x, 'relu1'), 'pool1', HALVES);
  x = w.conv(x, 'conv2', 16, { size: 5, padding: 0, bias: true });
  x = w.maxPool(w.relu(x, 'relu2'), 'pool2', HALVES);
  x = w.relu(w.linear(w.flatten(x, 'flatten'), 'fc1', 120), 'relu3');
  x = w.relu(w.linear(x, 'fc2', 84), 'relu4');
  return w.linear(x, 'fc3', classes);
}

/**
 * LeNet-300-100 (LeCun et al. 1998) with ReLU, on which much of pruning was first shown (Han et al. 2015): linear layers
 * alone, 266,610 numbers. Input [batch, 28, 28, channels], output logits [batch, classes]. Its tensors are `fc1`, `fc2`
 * and `fc3`, in PyTorch's layout.
 */
export function lenet300(options: NetOptions = {}): VisionNet {
  const sizes = checkNetOptions(options, DIGITS);
  return visionNet('lenet300', sizes, (writer) => writeLenet300(writer, sizes));
}

function writeLenet300<V>(w: NetWriter<V>, { classes, channels }: Required<NetOptions>): Value<V> {
  let x = w.flatten(w.input(channels, SIZE), 'flatten');
  x = w.relu(w.linear(x, 'fc1', 300), 'relu1');
  x = w.relu(w.linear(x, 'fc2', 100), 'relu2');
  return w.linear(x, 'fc3', classes);
}
