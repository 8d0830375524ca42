import '@tensorflow/tfjs-backend-wasm';
import { registerOps } from './ops/ops.js';
import { register } from './register.js';
import { fuseOptimizers } from './train/optimizers.js';

export { gelu, layerNorm } from './ops/ops.js';
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

register();
fuseOptimizers();
registerOps();
