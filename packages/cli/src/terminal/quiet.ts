/** Methods of `console` that libraries write to. */
const METHODS = ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const;

/**
 * Takes what libraries print to the console away from the terminal: TensorFlow.js greets, suggests
 * packages and warns there, some of it on stdout, which belongs to results.
 * @param sink gets each line instead.
 * @returns a function that gives the console back.
 */
export function captureConsole(sink: (line: string) => void): () => void {
  const saved = METHODS.map((method) => [method, console[method]] as const);
  for (const method of METHODS) {
    console[method] = (...parts: unknown[]) => sink(parts.map(asText).join(' '));
  }
  return () => {
    for (const [method, original] of saved) console[method] = original;
  };
}

function asText(part: unknown): string {
  return part instanceof Error ? part.message : String(part);
}
