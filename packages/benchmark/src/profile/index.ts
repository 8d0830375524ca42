export { profile, type ProfileOptions } from './profile.js';
export { topNodes, topOps } from './table.js';
export { traceEvents, type TraceEvent, type TraceFile } from './trace-events.js';
