export { measureMemory, type MemoryOptions } from './measure-memory.js';
