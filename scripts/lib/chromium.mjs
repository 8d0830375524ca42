import { run } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const INSTALL = 'apt-get install -y --no-install-recommends';
// Only the download may be cut short: dpkg that is killed leaves half a package.
const APT = `timeout 300 sh -c 'apt-get update && ${INSTALL} --download-only chromium' && ${INSTALL} chromium`;

async function isThere(command) {
  const { code } = await run('sh', ['-c', `command -v ${command}`], { quiet: true });
  return code === 0;
}

/** The browser that the tests of reports drive. Where it cannot be installed those tests are skipped, visibly. */
export async function installChromium() {
  const there = await Promise.all(NAMES.map(isThere));
  if (process.env.CHROMIUM || there.includes(true)) {
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
