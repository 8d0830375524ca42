import { Crc32c } from '@aws-crypto/crc32c';

/** Added by the mask (`masked_crc32c` in `tensorflow/tsl/lib/hash/crc32c.h`). */
const MASK = 0xa282ead8;

/**
 * CRC-32C of bytes, masked as tables and bundles store it: a sum over data that holds sums itself would be weak, so it
 * is turned by 15 bits and shifted by a constant.
 */
export function maskedChecksum(...parts: readonly Uint8Array[]): number {
  const sum = parts.reduce((crc, part) => crc.update(part), new Crc32c()).digest();
  return (((sum >>> 15) | (sum << 17)) + MASK) >>> 0;
}
