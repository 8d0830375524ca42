import { attr, type Attrs } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';

/** Activations of fused kernels by the names that graph files use. */
const OP_OF_ACTIVATION: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
  leakyrelu: 'LeakyRelu',
};

function opOf(call: CallView): string {
  const activation = call.str('activation');
  return OP_OF_ACTIVATION[activation] ?? call.refuse(`the fused activation '${activation}'`);
}

/** `fused_ops` of a kernel with bias and no activation. */
export const BIAS_ONLY: Attrs = { fused_ops: attr.strings(['BiasAdd']) };

/** `fused_ops` of a kernel with bias, and the slope of a leaky activation. */
export function activationSuffix(call: CallView): Attrs {
  const activation = call.str('activation');
  if (activation === 'linear') return BIAS_ONLY;
  const ops = { fused_ops: attr.strings(['BiasAdd', opOf(call)]) };
  return activation === 'leakyrelu'
    ? { ...ops, leakyrelu_alpha: attr.float(call.num('leakyreluAlpha')) }
    : ops;
}

/** The activation of a fused kernel as a node of its own. */
export function applyActivation(call: CallView, emit: CallEmitter, x: string): string {
  switch (call.str('activation')) {
    case 'linear':
      return x;
    case 'prelu':
      return emit.node('Prelu', [x, emit.in('preluActivationWeights')]);
    case 'leakyrelu':
      return emit.node('LeakyRelu', [x], { alpha: attr.float(call.num('leakyreluAlpha')) });
    default:
      return emit.node(opOf(call), [x]);
  }
}
