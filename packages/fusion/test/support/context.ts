import { makeContext, type Context } from '@tfjs-optimize/core';

/** What a pass gets when it is run by itself. */
export const context = (): Context => makeContext({ seed: 1 });
