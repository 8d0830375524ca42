import '@tensorflow/tfjs-backend-wasm';
import { register } from './register.js';

export { isDeterministic, setDeterministic } from './engine/settings.js';

register();
