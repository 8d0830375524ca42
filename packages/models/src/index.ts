export { needFloats, needTensor, type StateDict } from './state-dict.js';
