/*
 * A Web Worker that closes itself or crashes tells nobody. Locks (Web Locks, W3C) end with whoever holds them: a worker
 * holds one as long as it lives, and who waits for that lock is told when it is gone. Pages that are not served securely
 * have none; there only errors are told.
 */

/** Takes a lock that this worker keeps. @returns its name, once it is held; undefined where there are none. */
export async function holdLock(): Promise<string | undefined> {
  const { locks } = globalThis.navigator;
  if (locks === undefined) return undefined;
  const name = `@tfjs-optimize/data ${crypto.randomUUID()}`;
  await new Promise<void>((held) => {
    void locks.request(name, () => {
      held();
      return new Promise<never>(() => {});
    });
  });
  return name;
}

/** Waits until nobody holds a lock. */
export async function released(name: string): Promise<void> {
  await globalThis.navigator.locks.request(name, () => {});
}
