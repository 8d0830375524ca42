/** The method that Node's `console.log` and `util.inspect` ask for a text; other engines ignore it. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** The first few of a list, and how many there are beside them. */
export function fewOf(texts: readonly string[], most = 4): string {
  const rest = texts.length - most;
  return rest <= 0 ? texts.join(', ') : `${texts.slice(0, most).join(', ')} and ${rest} more`;
}
