import { fail, type Json } from '@tfjs-optimize/core';
import type { Mask, Masks } from './mask.js';

/*
 * Masks are written as the bits of their elements, row-major, the first in the lowest bit of the first byte, in base64.
 */

/** Masks as JSON: shape and bits by the name of the weight. */
export function masksToJson(masks: Masks): Json {
  return Object.fromEntries(
    [...masks].map(([name, { shape, kept }]) => [name, { shape: [...shape], kept: toBase64(packed(kept)) }]),
  );
}

/** The masks of {@link masksToJson}. @throws `pruning/mask` for what is none. */
export function masksFromJson(json: Json): Masks {
  if (!isRecord(json)) return refuse('masks', 'an object');
  return new Map(Object.entries(json).map(([name, value]) => [name, maskFromJson(name, value)]));
}

function maskFromJson(name: string, json: Json): Mask {
  if (!isRecord(json)) return refuse(name, 'an object of shape and kept');
  const { shape, kept } = json;
  if (!Array.isArray(shape) || !shape.every(isSize)) return refuse(name, 'a shape');
  if (typeof kept !== 'string') return refuse(name, 'bits in base64');
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  const bytes = fromBase64(name, kept);
  if (bytes.length !== Math.ceil(size / 8)) return refuse(name, `bits for ${size} elements`);
  return { shape: shape as number[], kept: unpacked(bytes, size) };
}

function packed(kept: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(kept.length / 8));
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] !== 0) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7));
  }
  return bytes;
}

function unpacked(bytes: Uint8Array, size: number): Uint8Array {
  const kept = new Uint8Array(size);
  for (let i = 0; i < size; i++) kept[i] = ((bytes[i >> 3] as number) >> (i & 7)) & 1;
  return kept;
}

/** In steps: a call takes only so many arguments. */
const STEP = 0x8000;

function toBase64(bytes: Uint8Array): string {
  const letters: string[] = [];
  for (let at = 0; at < bytes.length; at += STEP) {
    letters.push(String.fromCharCode(...bytes.subarray(at, at + STEP)));
  }
  return btoa(letters.join(''));
}

function fromBase64(name: string, text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return refuse(name, 'bits in base64');
  }
}

function isSize(value: Json): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(json: Json): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function refuse(name: string, expected: string): never {
  return fail('pruning/mask', { subject: `saved mask of '${name}'`, expected, got: 'something else' });
}
