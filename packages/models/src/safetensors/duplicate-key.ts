/** Texts, and the signs that tell where objects begin and end and what is a key. All else is passed over. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/**
 * A key that an object of a JSON text has twice, of which `JSON.parse` would keep the last; undefined where there is none.
 * @param json a text that `JSON.parse` reads.
 */
export function duplicateKey(json: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let text = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Set());
    else if (token === '[') objects.push(undefined);
    else if (token === '}' || token === ']') objects.pop();
    else if (token !== ':') text = token;
    else {
      const key = text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
      const keys = objects.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
