import { fail, isNode, loadPackage } from '@tfjs-optimize/core/plain';
import type Sharp from 'sharp';

let loading: Promise<typeof Sharp> | undefined;

/** sharp, which is looked for once. */
export function loadSharp(): Promise<typeof Sharp> {
  if (!isNode) refuseBrowser();
  loading ??= findSharp(loadPackage).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

function refuseBrowser(): never {
  return fail('data/browser', {
    subject: 'images',
    expected: 'Node.js, where sharp decodes them',
    got: 'a browser',
    advice:
      'Read them with files() and decode their bytes in a transform, by createImageBitmap and OffscreenCanvas',
  });
}

/** As above, by a way to load packages. */
export async function findSharp(load: typeof loadPackage): Promise<typeof Sharp> {
  const loaded = await load('sharp');
  if (!loaded.found) {
    fail('data/peer', {
      subject: 'images',
      expected: 'the package sharp',
      got: loaded.missing ? 'none' : `one that does not load (${String(loaded.cause)})`,
      advice: 'Run npm install sharp',
      cause: loaded.cause,
    });
  }
  const module = loaded.module as { readonly default?: typeof Sharp };
  return module.default ?? (loaded.module as typeof Sharp);
}
