/*
 * Stored bytes to the values they stand for. Bytes are little-endian, as in every weight file.
 */

/** bfloat16 to float32: the upper half of its bits. Exact. */
export function decodeBfloat16(bytes: Uint8Array): Float32Array {
  const bits = new Uint32Array(bytes.byteLength >> 1);
  for (let i = 0; i < bits.length; i++) {
    bits[i] = ((bytes[2 * i] as number) << 16) | ((bytes[2 * i + 1] as number) << 24);
  }
  return new Float32Array(bits.buffer);
}

/** Whole numbers of 8 bits with a sign as int32. */
export function decodeInt8(bytes: Uint8Array): Int32Array {
  return Int32Array.from(signed(bytes));
}

/**
 * Whole numbers by the scales of their channels, each product rounded to float32 once: what stock TensorFlow.js
 * computes for the product in the file, to the bit.
 * @param run neighbouring elements of one channel; see {@link channelRun}.
 * @param offset 0 for bytes with a sign, 128 for those that {@link flipSigns} makes of them.
 */
export function decodeChannels(
  bytes: Uint8Array,
  scales: Float32Array,
  run: number,
  offset: 0 | 128 = 0,
): Float32Array {
  const values = offset === 0 ? signed(bytes) : bytes;
  const out = new Float32Array(values.length);
  const count = scales.length;
  if (run === 1) {
    // As below, without a loop around each element: most weights are read so.
    for (let at = 0; at < out.length; at += count) {
      for (let channel = 0; channel < count; channel++) {
        out[at + channel] = ((values[at + channel] as number) - offset) * (scales[channel] as number);
      }
    }
    return out;
  }
  for (let at = 0, channel = 0; at < out.length; channel++) {
    if (channel === count) channel = 0;
    const scale = scales[channel] as number;
    for (const end = at + run; at < end; at++) out[at] = ((values[at] as number) - offset) * scale;
  }
  return out;
}

/** Between 8-bit numbers with a sign and the same plus 128, as stock TensorFlow.js stores them. Its own inverse. */
export function flipSigns(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = (bytes[i] as number) ^ 0x80;
  return out;
}

function signed(bytes: Uint8Array): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
