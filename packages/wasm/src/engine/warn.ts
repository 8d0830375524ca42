const said = new Set<string>();

/** Says something once for each text. */
export function warnOnce(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  // What TensorFlow.js itself does where there is no caller to tell.
  globalThis.console.warn(`@tfjs-optimize/wasm: ${text}`);
}
