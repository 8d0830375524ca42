import '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from './gradients/register.js';
import { registerOps } from './ops/register.js';
import { register } from './register.js';
import { fuseOptimizers } from './train/optimizers.js';

export type { Build } from './engine/binary.js';
export { simdInUse } from './engine/in-use.js';
export {
  isDeterministic,
  isEnabled,
  setDeterministic,
  setEnabled,
  setWinograd,
  usesWinograd,
} from './engine/settings.js';
export { gelu } from './ops/gelu.js';
export { layerNorm } from './ops/layer-norm.js';

register();
registerOps();
registerGradients();
fuseOptimizers();
