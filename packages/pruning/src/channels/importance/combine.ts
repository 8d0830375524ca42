/** How the numbers of coupled slices become one. */
export type Reduction = 'mean' | 'sum' | 'max' | 'first';
/** How the numbers of a group are made comparable with those of others. */
export type Normalizer = 'mean' | 'max' | 'sum' | 'lamp' | 'none';

/** One number for each unit from those of each member. The first of the entries is that of the layer which names the group. */
export function reduceEntries(entries: readonly Float64Array[], reduction: Reduction): Float64Array {
  const [first = new Float64Array()] = entries;
  if (reduction === 'first') return first.slice();
  const combined = first.map((_, i) => {
    const values = entries.map((entry) => entry[i] as number);
    return reduction === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b, 0);
  });
  return reduction === 'mean' ? combined.map((sum) => sum / entries.length) : combined;
}

/** Divides by a figure of the group; of zeros alone all stay zero. */
export function normalize(values: Float64Array, normalizer: Normalizer): Float64Array {
  if (normalizer === 'none') return values;
  if (normalizer === 'lamp') return lamp(values);
  const sum = values.reduce((a, b) => a + b, 0);
  const by = normalizer === 'max' ? Math.max(...values) : normalizer === 'mean' ? sum / values.length : sum;
  return by === 0 ? values : values.map((value) => value / by);
}

/** Each divided by the sum of all that are not less (Lee et al. 2021, "Layer-adaptive sparsity for the magnitude-based pruning"). */
function lamp(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number));
  const scores = new Float64Array(values.length);
  let sum = 0;
  for (const i of order) {
    sum += values[i] as number;
    scores[i] = sum === 0 ? 0 : (values[i] as number) / sum;
  }
  return scores;
}
