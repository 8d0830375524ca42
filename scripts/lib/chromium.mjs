import { run } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const INSTALL = 'apt-get install -y --no-install-recommends';
// Only the download may be cut short: dpkg that is killed leaves half a package.
const APT = `timeout 300 sh -c 'apt-get update && ${INSTALL} --download-only chromium' && ${INSTALL} chromium`;

/** Chromium as CHROMIUM names it or as it is found on the PATH; undefined where there is none. */
export async function findChromium() {
  if (process.env.CHROMIUM) {
    return process.env.CHROMIUM;
  }
  for (const name of NAMES) {
    const { code, stdout } = await run('sh', ['-c', `command -v ${name}`], { quiet: true });
    if (code === 0) {
      return stdout.trim();
    }
  }
  return undefined;
}

/** The browser that tests and examples run in. Where it cannot be installed those are skipped, visibly. */
export async function installChromium() {
  if ((await findChromium()) !== undefined) {
    return;
  }
  process.stdout.write("installing Debian's chromium\n");
  const isRoot = process.getuid?.() === 0;
  const { code, output } = isRoot
    ? await run('sh', ['-c', APT], { quiet: true })
    : { code: 1, output: 'another user' };
  if (code !== 0) {
    const got = output.trimEnd().split('\n').at(-1);
    process.stdout.write(
      `chromium: expected to install it with apt-get as root, got: ${got}. Tests in a browser are skipped.\n`,
    );
  }
}
