import '@tensorflow/tfjs-backend-wasm';
import { register } from './register.js';
import { fuseOptimizers } from './train/optimizers.js';

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
