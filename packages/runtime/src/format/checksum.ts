import type { Crc32 } from './crc32.js';
import { fail } from '../errors.js';
import type { PackedMetadata } from './metadata.js';

/**
 * Compares the checksum of all weight bytes with that in the metadata.
 * @param subject the file or place, for errors.
 * @throws `packed/checksum`.
 */
export function checkChecksum({ checksum }: PackedMetadata, crc: Crc32, subject: string): void {
  if (crc.hex === checksum.value) return;
  fail('packed/checksum', {
    subject: `weights of ${subject}`,
    expected: `the checksum ${checksum.value}`,
    got: crc.hex,
    advice: 'A file is damaged or of another model',
  });
}

/**
 * Refuses weights in types of this format where the metadata that should come with them is missing.
 * @throws `packed/version`.
 */
export function needMetadata(metadata: PackedMetadata | undefined, weight: string, subject: string): void {
  if (metadata !== undefined) return;
  fail('packed/version', {
    subject,
    expected: `metadata of packed weights, for weight '${weight}'`,
    got: 'none',
    advice: 'The model.json was changed after it was written',
  });
}
