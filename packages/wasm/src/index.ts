import '@tensorflow/tfjs-backend-wasm';
import { register } from './register.js';

export { isDeterministic, setDeterministic, setWinograd, usesWinograd } from './engine/settings.js';

register();
