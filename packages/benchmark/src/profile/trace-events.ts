import { machineText } from '../machine.js';
import type { ProfileRecord } from '../record/profile.js';

/** An event of Chrome's trace-event format; times are in microseconds. */
export interface TraceEvent {
  readonly name: string;
  /** `X`: something that has a beginning and a duration; `M`: a name for a process or thread. */
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, string | number>>;
}

/** A file of Chrome's trace-event format, as JSON. */
export interface TraceFile {
  readonly displayTimeUnit: 'ms';
  readonly traceEvents: readonly TraceEvent[];
  readonly otherData: Readonly<Record<string, string>>;
}

/** Rows of the picture, from the outermost. */
const THREADS = { call: 1, layers: 2, nodes: 3 } as const;
const PID = 1;

/**
 * The call of median duration as trace events (Chrome's "Trace Event Format", JSON object form), with a
 * row for layers and one for nodes. `JSON.stringify` of it opens in ui.perfetto.dev and chrome://tracing.
 *
 * @param name what the process is called in the picture.
 */
export function traceEvents(profile: ProfileRecord, name = 'model'): TraceFile {
  const { timeline, machine } = profile;
  const end = timeline.reduce((latest, { startMs, ms }) => Math.max(latest, startMs + ms), 0);
  const nodes = timeline.map((span) =>
    event(span.name, 'nodes', span.op, span.startMs, span.ms, { op: span.op, layer: span.layer }),
  );
  return {
    displayTimeUnit: 'ms',
    traceEvents: [
      metadata('process_name', THREADS.call, { name }),
      ...Object.entries(THREADS).flatMap(([thread, tid]) => [
        metadata('thread_name', tid, { name: thread }),
        metadata('thread_sort_index', tid, { sort_index: tid }),
      ]),
      event(name, 'call', 'call', 0, end, { backend: machine.backend }),
      ...layerEvents(profile),
      ...nodes,
    ],
    otherData: { machine: machineText(machine) },
  };
}

/** Neighbouring spans of one layer as one. */
function layerEvents({ timeline }: ProfileRecord): TraceEvent[] {
  const runs: { layer: string; startMs: number; endMs: number; nodes: number }[] = [];
  for (const { layer, startMs, ms } of timeline) {
    const last = runs.at(-1);
    if (last?.layer === layer) {
      last.endMs = startMs + ms;
      last.nodes++;
    } else {
      runs.push({ layer, startMs, endMs: startMs + ms, nodes: 1 });
    }
  }
  return runs.map(({ layer, startMs, endMs, nodes }) =>
    event(layer, 'layers', 'layer', startMs, endMs - startMs, { nodes }),
  );
}

function event(
  name: string,
  thread: keyof typeof THREADS,
  cat: string,
  startMs: number,
  ms: number,
  args: TraceEvent['args'],
): TraceEvent {
  return { name, ph: 'X', pid: PID, tid: THREADS[thread], ts: startMs * 1000, dur: ms * 1000, cat, args };
}

function metadata(name: string, tid: number, args: TraceEvent['args']): TraceEvent {
  return { name, ph: 'M', pid: PID, tid, args };
}
