export { profile, type ProfileOptions } from './profile.js';
export { topNodes } from './table.js';
export { traceEvents, type TraceEvent, type TraceFile } from './trace-events.js';
