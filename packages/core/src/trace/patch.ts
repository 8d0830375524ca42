/**
 * Replaces a method of an object for a while. The function returned puts back what was there: the
 * object's own property if it had one, else the one of its class. Replacements nest when they are
 * put back in reverse order.
 */
export function patchMethod<T extends object, K extends keyof T>(
  target: T,
  key: K,
  replacement: T[K],
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, {
    value: replacement,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return () => {
    if (own === undefined) delete (target as Partial<T>)[key];
    else Object.defineProperty(target, key, own);
  };
}
