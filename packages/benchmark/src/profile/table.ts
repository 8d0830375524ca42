import { fail, millisecondsText, textTable } from '@tfjs-optimize/core';
import type { ProfileRecord } from '../record/profile.js';

/**
 * The slowest nodes as an aligned plain-text table with their share of all nodes' time, then what is
 * left and how the sum compares with a call that is not profiled.
 * @param count rows at most, from 1 up.
 */
export function topNodes(profile: ProfileRecord, count = 10): string {
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    fail('argument/invalid', {
      subject: 'topNodes',
      expected: 'a whole number of at least 1',
      got: String(count),
    });
  }
  const { nodes, sumMs, wholeMs } = profile;
  const shown = nodes.slice(0, count);
  const rows = shown.map(({ name, op, layer, ms }) => [
    millisecondsText(ms),
    shareText(ms, sumMs),
    op,
    layer,
    name,
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

function shareText(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}
