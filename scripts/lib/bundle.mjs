import * as esbuild from 'esbuild';

/**
 * Bundles an ES module for browsers, minified. Modules of Node.js and all that `external` names are not taken in, and
 * stay as imports, which `imports` lists.
 * @returns {Promise<{code: Uint8Array, imports: string[], problem?: string}>} `problem` is why there is no bundle.
 */
export async function bundleForPages(entry, resolveDir, external = []) {
  try {
    const { outputFiles, metafile } = await esbuild.build({
      stdin: { contents: entry, resolveDir },
      outfile: 'bundle.js',
      external,
      ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022' },
      ...{ metafile: true, write: false, logLevel: 'silent', legalComments: 'none' },
    });
    const [{ imports }] = Object.values(metafile.outputs);
    return { code: outputFiles[0].contents, imports: imports.map((each) => each.path) };
  } catch (error) {
    return { code: new Uint8Array(), imports: [], problem: String(error.message) };
  }
}
