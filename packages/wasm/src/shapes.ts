/** How two shapes stretch to one, and which element of each belongs to each element of the result. */
export interface Broadcast {
  readonly shape: readonly number[];
  readonly pairs: readonly (readonly [a: number, b: number])[];
}

/** Stretches two shapes as NumPy does; undefined where they do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): Broadcast | undefined {
  const rank = Math.max(a.length, b.length);
  const [from, to] = [a, b].map((shape) => [...Array<number>(rank - shape.length).fill(1), ...shape]) as [
    number[],
    number[],
  ];
  const shape = from.map((size, i) => (size === 1 ? (to[i] as number) : size));
  if (to.some((size, i) => size !== 1 && size !== shape[i])) return undefined;
  let pairs: (readonly [number, number])[] = [[0, 0]];
  for (let i = 0; i < rank; i++) {
    pairs = pairs.flatMap(([x, y]) =>
      Array.from(
        { length: shape[i] as number },
        (_, at) =>
          [
            from[i] === 1 ? x : x * (from[i] as number) + at,
            to[i] === 1 ? y : y * (to[i] as number) + at,
          ] as const,
      ),
    );
  }
  return { shape, pairs };
}
