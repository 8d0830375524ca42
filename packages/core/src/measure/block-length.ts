/**
 * How many neighbours in a series should be drawn together by a bootstrap, so that what lasts longer than one of them
 * is drawn as it came: the length of circular blocks by Politis and White ("Automatic block-length selection for the
 * dependent bootstrap", 2004) with the correction of Patton, Politis and White (2009). 1 where neighbours do not
 * resemble each other.
 * @param series in the order in which it was taken.
 */
export function blockLength(series: readonly number[]): number {
  const n = series.length;
  const covariance = covariances(series);
  const variance = covariance(0);
  if (n < LEAST || !(variance > 0)) return 1;
  const last = lastOfSome(n, (lag) => covariance(lag) / variance);
  if (last === 0) return 1;
  const window = Math.min(2 * last, n - 1);
  let [spread, density] = [0, variance];
  for (let lag = 1; lag <= window; lag++) {
    const share = lag / window;
    const weighted = 2 * (share <= 0.5 ? 1 : 2 * (1 - share)) * covariance(lag);
    density += weighted;
    spread += lag * weighted;
  }
  // A series that swings more than it lasts needs no blocks: single draws do not flatter it.
  if (density <= variance) return 1;
  const length = (1.5 * (spread / density) ** 2 * n) ** (1 / 3);
  return Math.max(1, Math.round(Math.min(length, Math.ceil(Math.min(3 * Math.sqrt(n), n / 3)))));
}

/** Below this many there is nothing to be learnt of neighbours. */
const LEAST = 8;

function covariances(series: readonly number[]): (lag: number) => number {
  const n = series.length;
  const mean = series.reduce((sum, value) => sum + value, 0) / n;
  const off = series.map((value) => value - mean);
  return (lag) => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (off[i] as number) * (off[i - lag] as number);
    return sum / n;
  };
}

/** The lag behind which several in a row are no more than chance. */
function lastOfSome(n: number, correlation: (lag: number) => number): number {
  const inRow = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))));
  const chance = 2 * Math.sqrt(Math.log10(n) / n);
  const most = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + inRow);
  let quiet = 0;
  for (let lag = 1; lag <= most; lag++) {
    quiet = Math.abs(correlation(lag)) < chance ? quiet + 1 : 0;
    if (quiet === inRow) return lag - inRow;
  }
  return most;
}
