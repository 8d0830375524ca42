/*
 * A Web Worker that closes itself or crashes tells nobody. Locks (Web Locks, W3C) end with whoever holds them: a worker
 * holds one as long as it lives, and who waits for that lock is told when it is gone. Pages that are not served securely, and
 * frames in a sandbox, have none; there only errors are told.
 */

/** Takes a lock that this worker keeps. @returns its name, once it is held; undefined where there are none. */
export function holdLock(): Promise<string | undefined> {
  const { locks } = globalThis.navigator;
  if (locks === undefined) return Promise.resolve(undefined);
  const name = `@tfjs-optimize/data ${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      resolve(name);
      return new Promise(() => {});
    };
    locks.request(name, hold).catch(() => resolve(undefined));
  });
}

/** Waits until nobody holds a lock. */
export async function released(name: string): Promise<void> {
  await globalThis.navigator.locks.request(name, () => {});
}
