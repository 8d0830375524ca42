import * as fs from 'node:fs';
import * as path from 'node:path';
import { publicPackages, relative, root } from './repo.mjs';
import { run } from './run.mjs';

const OURS = '@tfjs-optimize';
const AUTHOR = ['-c', 'user.name=tfjs-optimize', '-c', 'user.email=rehearsal@localhost'];

/** Runs git in a folder; a failure throws with what it said. */
export async function git(folder, ...args) {
  const { code, stdout, output } = await run('git', [...AUTHOR, ...args], { cwd: folder, quiet: true });
  if (code !== 0) {
    throw new Error(`git ${args.join(' ')}: expected to succeed.\n${output}`);
  }
  return stdout;
}

/** What is installed, as links; packages of ours are those of the copy, and stamps of builds are not taken along. */
function linkModules(folder) {
  const from = path.join(root, 'node_modules');
  const to = path.join(folder, 'node_modules');
  fs.mkdirSync(path.join(to, OURS), { recursive: true });
  for (const name of fs.readdirSync(from)) {
    if (name !== OURS && name !== '.cache') {
      fs.symlinkSync(path.join(from, name), path.join(to, name));
    }
  }
  for (const name of fs.readdirSync(path.join(from, OURS))) {
    const target = fs.readlinkSync(path.join(from, OURS, name));
    fs.symlinkSync(target, path.join(to, OURS, name));
  }
}

/**
 * The files of the working tree, tracked or not, as a repository of its own with one commit. Builds come along with their
 * times, so that the compiler has little to do where nothing changed.
 */
export async function copyOfRepo(folder) {
  const files = (await git(root, 'ls-files', '-co', '--exclude-standard', '-z')).split('\0');
  const made = publicPackages().flatMap((each) =>
    ['dist', 'src/generated'].map((name) => relative(path.join(each.folder, name))),
  );
  for (const file of [...files, ...made].filter(
    (each) => each !== '' && fs.existsSync(path.join(root, each)),
  )) {
    fs.cpSync(path.join(root, file), path.join(folder, file), { recursive: true, preserveTimestamps: true });
  }
  linkModules(folder);
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message=what is released');
}
