import type { GraphBuilder, ValueId } from '@tfjs-optimize/core';

type Write = (b: GraphBuilder, x: ValueId, scope: string) => ValueId;

/**
 * Activations of a block's wide layer by their names in transformers: x · Φ(x) by erf (`gelu`; Hendrycks and Gimpel
 * 2016) or by its approximation with tanh (`gelu_new`, `gelu_pytorch_tanh`), ReLU, x · sigmoid(x) (`silu`, `swish`).
 */
export const ACTIVATIONS: Readonly<Record<Activation, Write>> = {
  gelu: (b, x, scope) => {
    const erf = b.op('Erf', [times(b, x, Math.SQRT1_2, `${scope}/scaled`)], {}, `${scope}/Erf`);
    return halved(b, x, erf, scope);
  },
  gelu_new: tanhGelu,
  gelu_pytorch_tanh: tanhGelu,
  relu: (b, x, scope) => b.op('Relu', [x], {}, `${scope}/Relu`),
  silu,
  swish: silu,
};

/** Activations by their names in transformers; `gelu` is by erf, `gelu_new` and `gelu_pytorch_tanh` by tanh. */
export type Activation = 'gelu' | 'gelu_new' | 'gelu_pytorch_tanh' | 'relu' | 'silu' | 'swish';

function times(b: GraphBuilder, x: ValueId, factor: number, name: string): ValueId {
  return b.op('Mul', [x, b.constant(`${name}/factor`, factor)], {}, name);
}

/** ½ x · (1 + s) */
function halved(b: GraphBuilder, x: ValueId, s: ValueId, scope: string): ValueId {
  const onePlus = b.op('AddV2', [s, b.constant(`${scope}/one`, 1)], {}, `${scope}/onePlus`);
  return b.op('Mul', [times(b, x, 0.5, `${scope}/half`), onePlus], {}, `${scope}/gelu`);
}

/** ½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) */
function tanhGelu(b: GraphBuilder, x: ValueId, scope: string): ValueId {
  const cube = b.op('Mul', [b.op('Square', [x], {}, `${scope}/Square`), x], {}, `${scope}/cube`);
  const sum = b.op('AddV2', [x, times(b, cube, 0.044715, `${scope}/cubic`)], {}, `${scope}/sum`);
  const inner = times(b, sum, Math.sqrt(2 / Math.PI), `${scope}/inner`);
  return halved(b, x, b.op('Tanh', [inner], {}, `${scope}/Tanh`), scope);
}

function silu(b: GraphBuilder, x: ValueId, scope: string): ValueId {
  return b.op('Mul', [x, b.op('Sigmoid', [x], {}, `${scope}/Sigmoid`)], {}, `${scope}/silu`);
}
