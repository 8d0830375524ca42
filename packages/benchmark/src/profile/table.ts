import { fail, millisecondsText, textTable } from '@tfjs-optimize/core';
import type { ProfileRecord } from '../record/profile.js';

/**
 * The slowest nodes as an aligned plain-text table with their share of all nodes' time, then what is
 * left and how the sum compares with a call that is not profiled.
 * @param count rows at most, from 1 up.
 * @param width characters at most of the names of layers and nodes, which are cut in their middle; all unless told.
 */
export function topNodes(profile: ProfileRecord, count = 10, width = Infinity): string {
  checkCount('topNodes', count);
  const { nodes, sumMs, wholeMs } = profile;
  const shown = nodes.slice(0, count);
  const rows = shown.map(({ name, op, layer, ms }) => [
    millisecondsText(ms),
    shareText(ms, sumMs),
    op,
    cut(layer, width),
    cut(name, width),
  ]);
  const rest = nodes.slice(count);
  const restMs = rest.reduce((sum, { ms }) => sum + ms, 0);
  const others =
    rest.length === 0
      ? []
      : [
          [
            millisecondsText(restMs),
            shareText(restMs, sumMs),
            '',
            '',
            `${rest.length} other${rest.length === 1 ? '' : 's'}`,
          ],
        ];
  const table = textTable(
    [['time', 'share', 'op', 'layer', 'node'], ...rows, ...others],
    ['right', 'right', 'left', 'left', 'left'],
  );
  return [
    table,
    `nodes take ${millisecondsText(sumMs)}, ${shareText(sumMs, wholeMs)} of a call of ${millisecondsText(wholeMs)}`,
  ].join('\n');
}

/**
 * The ops that take longest, all their nodes together, as an aligned plain-text table.
 * @param count rows at most, from 1 up.
 */
export function topOps({ ops, sumMs }: ProfileRecord, count = 10): string {
  checkCount('topOps', count);
  const rows = ops
    .slice(0, count)
    .map(({ name, ms, nodes }) => [millisecondsText(ms), shareText(ms, sumMs), name, String(nodes)]);
  const rest = ops.slice(count);
  const restMs = rest.reduce((sum, { ms }) => sum + ms, 0);
  const others =
    rest.length === 0
      ? []
      : [
          [
            millisecondsText(restMs),
            shareText(restMs, sumMs),
            `${rest.length} other${rest.length === 1 ? '' : 's'}`,
            '',
          ],
        ];
  return textTable(
    [['time', 'share', 'op', 'nodes'], ...rows, ...others],
    ['right', 'right', 'left', 'right'],
  );
}

function checkCount(subject: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 1) return;
  fail('argument/invalid', { subject, expected: 'a whole number of at least 1', got: String(count) });
}

/** The beginning and the end of a name, where names of nodes differ most. */
function cut(name: string, width: number): string {
  if (name.length <= width) return name;
  const head = Math.ceil((width - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (width - 1 - head))}`;
}

function shareText(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}
