import '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from './gradients/register.js';
import { registerOps } from './ops/register.js';
import { register } from './register.js';

export { isDeterministic, setDeterministic, setWinograd, usesWinograd } from './engine/settings.js';
export { gelu } from './ops/gelu.js';
export { layerNorm } from './ops/layer-norm.js';

register();
registerOps();
registerGradients();
