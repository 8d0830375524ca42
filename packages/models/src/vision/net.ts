import type { Shape } from '@tfjs-optimize/core';
import { tensorsOf } from './tensor-writer.js';
import type { NetWriter, Value } from './writer.js';

/** What all image networks can be told. */
export interface NetOptions {
  /** Classes told apart; 1000 unless told, 10 of networks for CIFAR and for digits. */
  readonly classes?: number;
  /** Channels of the images; 3 unless told, 1 of networks for digits. */
  readonly channels?: number;
}

/** An image network without its weights: {@link resnet}, {@link cifarResnet}, {@link lenet5}, … */
export interface VisionNet {
  readonly name: string;
  readonly classes: number;
  /** Channels of the images. */
  readonly channels: number;
  /** Its tensors by PyTorch's names, with their sizes in PyTorch's layout. */
  readonly tensors: ReadonlyMap<string, Shape>;
  /** Names that another library gives these tensors. */
  readonly otherNames: ReadonlyMap<string, string>;
  /** Writes the network down. */
  readonly write: <V>(writer: NetWriter<V>) => Value<V>;
}

/** A network from the function that writes it. */
export function visionNet(
  name: string,
  { classes, channels }: Required<NetOptions>,
  write: <V>(writer: NetWriter<V>) => Value<V>,
  otherName?: (name: string) => string | undefined,
): VisionNet {
  const tensors = tensorsOf(write);
  const otherNames = new Map<string, string>();
  for (const tensor of otherName === undefined ? [] : tensors.keys()) {
    const other = otherName?.(tensor);
    if (other !== undefined) otherNames.set(tensor, other);
  }
  return { name, classes, channels, tensors, otherNames, write };
}
