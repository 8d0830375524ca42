/**
 * One or two lists of tokens with `room` tokens in all, the longer cut first, as `longest_first` of Hugging Face's
 * tokenizers does it: where both must be cut, both get half, and of an odd number the longer gets one more.
 */
export function truncated(
  parts: readonly (readonly number[])[],
  room: number,
): readonly (readonly number[])[] {
  const [first = [], second] = parts;
  if (second === undefined) return [first.slice(0, room)];
  const isSwapped = first.length > second.length;
  const shorter = Math.min(first.length, second.length);
  const rest = Math.max(shorter, room - shorter);
  const half = Math.floor(room / 2);
  const [few, many] = shorter + rest > room ? [half, room - half] : [shorter, rest];
  return [first.slice(0, isSwapped ? many : few), second.slice(0, isSwapped ? few : many)];
}
