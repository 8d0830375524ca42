/** A float of 8 bits: what each of the 256 bytes stands for. */
export type Float8 = Float32Array;

/**
 * Four bits of exponent and three of mantissa, without infinities: its greatest number is 448, and 0x7f and 0xff are NaN
 * (Micikevicius et al. 2022, "FP8 formats for deep learning").
 */
export const E4M3: Float8 = table((bits) => (bits === 0x7f ? NaN : floatOf(bits, 3, 7)));

/** Five bits of exponent and two of mantissa, the upper half of a float16: up to 57344, then infinity and NaN. */
export const E5M2: Float8 = table((bits) => {
  if (bits < 0x7c) return floatOf(bits, 2, 15);
  return bits === 0x7c ? Infinity : NaN;
});

/** Powers of two from 2^-127 to 2^127, the scales of OCP's microscaling formats: no sign, no zero, 0xff is NaN. */
export const E8M0: Float8 = Float32Array.from({ length: 256 }, (_, bits) =>
  bits === 255 ? NaN : 2 ** (bits - 127),
);

/** Bytes as float32 numbers. */
export function floatsOf8(bytes: Uint8Array, format: Float8): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = format[bytes[i] as number] as number;
  return out;
}

/** A table of both signs from the seven bits below the sign. */
function table(of: (bits: number) => number): Float8 {
  return Float32Array.from({ length: 256 }, (_, byte) => (byte < 128 ? 1 : -1) * of(byte & 127));
}

function floatOf(bits: number, mantissaBits: number, bias: number): number {
  const mantissa = bits & ((1 << mantissaBits) - 1);
  const exponent = bits >> mantissaBits;
  const unit = 2 ** -mantissaBits;
  return exponent === 0 ? mantissa * unit * 2 ** (1 - bias) : (1 + mantissa * unit) * 2 ** (exponent - bias);
}
