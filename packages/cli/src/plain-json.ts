import type { JsonObject } from '@tfjs-optimize/core';

/** A record of plain data in the form in which it is printed. */
export function plainJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
