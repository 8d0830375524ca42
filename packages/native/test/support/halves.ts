import { encodeHalf, Weight, type HalfFormat, type Model } from '@tfjs-optimize/core';

/** A model whose float32 weights of 256 elements and more are what they are in 16 bits. */
export function withHalfWeights(model: Model, format: HalfFormat): Model {
  const rounded = [...model.weights].flatMap(([name, weight]): [string, Weight][] =>
    weight.dtype === 'float32' && weight.size >= 256 ? [[name, halfWeight(weight, format)]] : [],
  );
  return model.with({ weights: model.weights.with(new Map(rounded)) });
}

function halfWeight(weight: Weight, format: HalfFormat): Weight {
  const bits = encodeHalf(weight.numbers(), format);
  return Weight.stored('float32', weight.shape, { kind: format }, new Uint8Array(bits.buffer));
}
