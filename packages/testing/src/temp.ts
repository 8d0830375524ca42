import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const made = new Set<string>();
let listening = false;

function removeAll(): void {
  for (const folder of made) {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  made.clear();
}

/** A new empty folder, removed when the process ends. */
export function tempFolder(name = 'test'): string {
  if (!listening) {
    process.once('exit', removeAll);
    listening = true;
  }
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), `tfjs-optimize-${name}-`));
  made.add(folder);
  return folder;
}

/** Runs `work` with a new empty folder and removes it afterwards, also when `work` throws. */
export async function withTempFolder<T>(work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = tempFolder();
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
    made.delete(folder);
  }
}
