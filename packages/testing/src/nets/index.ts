export { bert, type BertOptions } from './bert.js';
export { mobilenetV2, type MobilenetV2Options } from './mobilenet-v2.js';
export { resnet18, type Resnet18Options } from './resnet18.js';
export { lenet, mlp, residual, type SmallOptions } from './small.js';
export { attentionBlock, transformer, type TensorFunction, type TransformerOptions } from './transformer.js';
export { seedWeights, uniforms, uniformTensor } from './weights.js';
