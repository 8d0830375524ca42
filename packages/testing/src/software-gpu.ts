import { loadPackage } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { findChromium } from './chromium.js';
import type { Skippable } from './shared.js';

const PACKAGES = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];

/** What Chromium brings: a driver of Vulkan that computes on the processor, and Vulkan's loader. */
const [DRIVER, LOADER] = ['vk_swiftshader_icd.json', 'libvulkan.so.1'];

/**
 * The environment of a process in which webgpu runs without a graphics processor, on the SwiftShader that Chromium
 * brings. Skips, visibly counted, where there is none, or no package `webgpu`.
 */
export async function needSoftwareGpu(context: Skippable): Promise<Readonly<Record<string, string>>> {
  for (const name of PACKAGES) if (!(await isInstalled(name))) context.skip();
  const folder = folders().find((each) => fs.existsSync(path.join(each, DRIVER)));
  if (folder === undefined) return context.skip();
  const libraries = fs.existsSync(path.join(folder, LOADER)) ? [folder] : [];
  const before = process.env['LD_LIBRARY_PATH'];
  return {
    VK_ICD_FILENAMES: path.join(folder, DRIVER),
    LD_LIBRARY_PATH: [...libraries, ...(before === undefined ? [] : [before])].join(path.delimiter),
  };
}

/** Loading Dawn starts nothing yet. */
async function isInstalled(name: string): Promise<boolean> {
  const loaded = await loadPackage(name);
  if (loaded.found) return true;
  if (loaded.missing) return false;
  throw loaded.cause;
}

/** Debian's command is a script elsewhere than the browser. */
function folders(): string[] {
  const command = findChromium();
  const beside = command === undefined ? [] : [path.dirname(fs.realpathSync(command))];
  return [...beside, '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
}
