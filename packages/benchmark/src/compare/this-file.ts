import { builtIn } from '@tfjs-optimize/core';

/** The path of another module of this package, in the form in which this one runs. */
export async function fileBeside(module: string): Promise<string> {
  const path = await builtIn('path');
  const here = await thisFile();
  return path.join(path.dirname(here), `${module}${path.extname(here)}`);
}

/**
 * The path of this very file. CommonJS tells it as `__filename` and ES modules as `import.meta.url`, and
 * neither knows the other; these sources are compiled to both, so the engine's call sites are asked.
 */
async function thisFile(): Promise<string> {
  const { fileURLToPath } = await builtIn('url');
  const file = callSiteFile();
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}

function callSiteFile(): string {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, sites) => sites;
    const [site] = new Error().stack as unknown as NodeJS.CallSite[];
    return site?.getFileName() ?? '';
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
