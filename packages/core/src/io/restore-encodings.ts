import { Weight, Weights } from '../weights.js';

/**
 * Weights of a traced model in the encoding in which the file stored them. Tracing sees decoded
 * numbers; a traced weight whose numbers are, bit for bit, those of a stored one gets that one's
 * bytes back. The stored weight of the same name is tried first, then any with the same numbers, so
 * that names do not matter; the shape may differ.
 */
export function restoreEncodings(traced: Weights, stored: Weights): Weights {
  const encoded = [...stored].filter(([, weight]) => weight.encoding.kind !== 'plain');
  if (encoded.length === 0) return traced;
  const byDigest = new Map<number, Weight[]>();
  for (const [, weight] of encoded) {
    const digest = digestOf(bitsOf(weight));
    byDigest.set(digest, [...(byDigest.get(digest) ?? []), weight]);
  }
  const changes = new Map<string, Weight>();
  for (const [name, weight] of traced) {
    if (weight.encoding.kind !== 'plain' || weight.dtype === 'string') continue;
    const bits = bitsOf(weight);
    const named = stored.get(name);
    const candidates = [...(named === undefined ? [] : [named]), ...(byDigest.get(digestOf(bits)) ?? [])];
    const match = candidates.find((other) => other.dtype === weight.dtype && sameBits(bitsOf(other), bits));
    if (match === undefined || match.encoding.kind === 'plain') continue;
    changes.set(name, Weight.stored(match.dtype, weight.shape, match.encoding, match.bytes));
  }
  return traced.with(changes);
}

/** The decoded numbers as bits, so that NaN and -0 compare. */
function bitsOf(weight: Weight): Uint8Array {
  const numbers = weight.numbers();
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** FNV-1a over the bytes: finds candidates, which are then compared in full. */
function digestOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}
