export { fromPyTorch } from './layout.js';
export { needFloats, needTensor, type StateDict } from './state-dict.js';
