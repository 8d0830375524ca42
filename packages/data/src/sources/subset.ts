import { fail, optionKinds, Random, valueText } from '@tfjs-optimize/core/plain';
import { checkIndex, type Dataset } from '../dataset.js';

/**
 * Some samples of a data set, in the order of their indices.
 * @throws `argument/invalid` for indices that it does not have.
 */
export function subset(dataset: Dataset, indices: Iterable<number>): Dataset {
  const chosen = Int32Array.from(indices);
  for (const index of chosen) checkIndex(index, dataset.length, 'indices');
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
 * @throws `argument/invalid`
 */
export function split(dataset: Dataset, shares: readonly number[], seed = 0): Dataset[] {
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
