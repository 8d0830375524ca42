import { builtIn } from '@tfjs-optimize/core';

/**
 * The most memory that this process ever held at once, in bytes. On Linux it is read from the kernel's
 * account of this program: the one of `getrusage` begins with what the parent held when it started us.
 */
export async function processPeakBytes(): Promise<number> {
  const fs = await builtIn('fs/promises');
  const status = await fs.readFile('/proc/self/status', 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return 1024 * (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes));
}
