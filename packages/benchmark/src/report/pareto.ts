/** A candidate's place: what it costs (less is better) and what it is worth (more is better). */
export interface Place {
  readonly cost: number;
  readonly worth: number;
}

/**
 * The places that no other beats: another beats one when it costs no more and is worth no less, and is
 * better in at least one of the two. Cheapest first; equal places are all kept.
 */
export function paretoFront<T extends Place>(places: readonly T[]): T[] {
  const beats = (a: Place, b: Place): boolean =>
    a.cost <= b.cost && a.worth >= b.worth && (a.cost < b.cost || a.worth > b.worth);
  return places
    .filter((place) => !places.some((other) => beats(other, place)))
    .sort((a, b) => a.cost - b.cost || a.worth - b.worth);
}
