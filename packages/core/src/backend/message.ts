/** The first line of what an error says; some errors of WebGPU say nothing and have a name only. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).split('\n')[0] ?? '';
  const text = error.message === '' ? error.name : error.message;
  return text.split('\n')[0] ?? text;
}
