import * as fs from 'node:fs';

/** Writes numbers as `numpy.save` does (format 1.0): what the command line and Python read. */
export function writeNpy(file: string, values: Float32Array | Int32Array, shape: readonly number[]): void {
  const descr = values instanceof Float32Array ? '<f4' : '<i4';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const fields = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The header ends in a line feed, at a multiple of 64 bytes.
  const header = fields.padEnd(Math.ceil((10 + fields.length + 1) / 64) * 64 - 11) + '\n';
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  fs.writeFileSync(file, Buffer.concat([start, Buffer.from(header, 'latin1'), bytes]));
}
