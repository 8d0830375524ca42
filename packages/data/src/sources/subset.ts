import { fail, optionKinds, Random, valueText } from '@tfjs-optimize/core/plain';
import { checkDataset, checkIndex, isStream, type Dataset } from '../dataset.js';

/**
 * Some samples of a data set, in the order of their indices.
 * @throws `argument/invalid` for indices that it does not have; `data/stream`.
 */
export function subset(dataset: Dataset, indices: Iterable<number>): Dataset {
  checkRandomAccess(dataset);
  if (typeof indices !== 'object' || indices === null || !(Symbol.iterator in indices)) {
    fail('argument/invalid', {
      subject: 'indices',
      expected: 'a list of whole numbers',
      got: valueText(indices),
    });
  }
  const given = [...indices];
  for (const index of given) checkIndex(index, dataset.length, 'indices');
  const chosen = Int32Array.from(given);
  const { types, classes, categories } = dataset;
  const source = dataset.source?.bind(dataset);
  return {
    length: chosen.length,
    get(index) {
      checkIndex(index, chosen.length, 'index');
      return dataset.get(chosen[index] as number);
    },
    ...(types && { types }),
    ...(classes && { classes }),
    ...(categories && { categories }),
    ...(source && { source: () => ({ kind: 'subset', of: source(), indices: chosen }) as const }),
  };
}

/**
 * Parts of a data set that share no sample, drawn by seed: `split(data, [0.8, 0.2])` to train and to validate.
 * @param shares of the whole, each above 0, at most 1 together; the last takes what rounding leaves if they make 1.
 * @throws `argument/invalid`, `data/stream`
 */
export function split(dataset: Dataset, shares: readonly number[], seed = 0): Dataset[] {
  checkRandomAccess(dataset);
  const given: readonly number[] = Array.isArray(shares) ? shares : [];
  const total = given.reduce((a, b) => a + b, 0);
  const fits =
    given.length > 0 &&
    given.every((share) => optionKinds.share.fits(share) && share > 0) &&
    total < 1 + 1e-9;
  if (!fits) {
    fail('argument/invalid', {
      subject: 'shares',
      expected: 'numbers above 0 whose sum is at most 1',
      got: valueText(shares),
    });
  }
  const order = Random.of(seed)
    .fork('split')
    .shuffle(Array.from({ length: dataset.length }, (_, i) => i));
  let [sum, start] = [0, 0];
  return shares.map((share) => {
    sum += share;
    const end = Math.round(sum * dataset.length);
    const part = subset(dataset, order.slice(start, end));
    start = end;
    return part;
  });
}

function checkRandomAccess(data: unknown): void {
  checkDataset(data);
  if (!isStream(data)) return;
  fail('data/stream', {
    subject: 'dataset',
    expected: 'one with length and get(index)',
    got: 'a stream, whose samples come in one order',
  });
}
