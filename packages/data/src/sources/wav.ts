import { fail } from '@tfjs-optimize/core/plain';

/** Sound of a WAV file. */
export interface Wav {
  /** The mean of all channels, from -1 to 1. */
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly rate: number;
}

interface Format {
  readonly coding: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

/**
 * Reads the RIFF form of WAV (Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft 1991): whole
 * numbers of 8, 16, 24 and 32 bits, floats of 32.
 * @param subject name of the file.
 * @throws `data/wav` naming the byte where it stops being one.
 */
export function readWav(bytes: Uint8Array, subject: string): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expectText(view, 0, 'RIFF', subject);
  expectText(view, 8, 'WAVE', subject);
  let format: Format | undefined;
  for (let at = 12; at < bytes.length;) {
    need(view, at, 8, 'the header of a chunk', subject);
    const [name, size] = [textAt(view, at), view.getUint32(at + 4, true)];
    if (name === 'fmt ') format = readFormat(view, at + 8, size, subject);
    if (name === 'data') {
      if (format === undefined) refuse(at, "a chunk 'fmt ' before the data", 'none', subject);
      need(view, at + 8, size, 'the data of its header', subject);
      return { samples: readData(view, at + 8, size, format, subject), rate: format.rate };
    }
    at += 8 + size + (size % 2);
  }
  return refuse(bytes.length, "a chunk 'data'", 'the end of the file', subject);
}

function readFormat(view: DataView, at: number, size: number, subject: string): Format {
  if (size < 16) refuse(at - 4, "at least 16 bytes of 'fmt '", String(size), subject);
  need(view, at, size, "the chunk 'fmt '", subject);
  const tag = view.getUint16(at, true);
  const coding = tag === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : tag;
  const [channels, rate] = [view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
  const bits = view.getUint16(at + 14, true);
  if (channels === 0) refuse(at + 2, 'at least one channel', '0', subject);
  if (rate === 0) refuse(at + 4, 'a rate above 0', '0', subject);
  const isRead = (coding === PCM && [8, 16, 24, 32].includes(bits)) || (coding === FLOAT && bits === 32);
  if (!isRead) {
    const expected = 'whole numbers of 8, 16, 24 or 32 bits (coding 1) or floats of 32 (coding 3)';
    refuse(at, expected, `coding ${coding} of ${bits} bits`, subject);
  }
  return { coding, channels, rate, bits };
}

function readData(view: DataView, at: number, size: number, format: Format, subject: string): Float32Array {
  const { channels, bits } = format;
  const width = bits / 8;
  if (size % (width * channels) !== 0) {
    refuse(at - 4, `a multiple of ${width * channels} bytes`, String(size), subject);
  }
  const read = readerOf(view, format);
  const samples = new Float32Array(size / (width * channels));
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += read(at + (i * channels + c) * width);
    samples[i] = sum / channels;
  }
  return samples;
}

function readerOf(view: DataView, { coding, bits }: Format): (at: number) => number {
  if (coding === FLOAT) return (at) => view.getFloat32(at, true);
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 2 ** 7; // the only width without a sign
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

function expectText(view: DataView, at: number, text: string, subject: string): void {
  need(view, at, 4, `'${text}'`, subject);
  if (textAt(view, at) !== text) refuse(at, `'${text}'`, JSON.stringify(textAt(view, at)), subject);
}

function need(view: DataView, at: number, size: number, what: string, subject: string): void {
  if (at + size <= view.byteLength) return;
  refuse(
    at,
    `${size} bytes for ${what}`,
    `${Math.max(0, view.byteLength - at)} before the end of the file`,
    subject,
  );
}

function refuse(at: number, expected: string, got: string, subject: string): never {
  return fail('data/wav', { subject: `${subject}, byte ${at}`, expected, got });
}
