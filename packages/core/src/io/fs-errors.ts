import { fail, isOptimizeError, type ErrorCode } from '../errors.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'io/not-found',
  ENOTDIR: 'io/not-found',
  EISDIR: 'io/not-found',
  EACCES: 'io/permission',
  EPERM: 'io/permission',
  EROFS: 'io/permission',
  ENOSPC: 'io/disk-full',
  EDQUOT: 'io/disk-full',
  EFBIG: 'io/disk-full',
  EEXIST: 'io/exists',
  ENOTEMPTY: 'io/exists',
  ENAMETOOLONG: 'argument/invalid',
  ERR_INVALID_ARG_VALUE: 'argument/invalid',
};

const ADVICE: Partial<Readonly<Record<ErrorCode, string>>> = {
  'io/permission': 'Check the permissions of the file and its folder',
  'io/disk-full': 'Make room or choose another folder; nothing was left behind',
  'io/not-found': 'Check the path',
};

/** Code that the system gave an error, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a file where a folder should be',
  EISDIR: 'a folder where a file should be',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a read-only disk',
  ENOSPC: 'a full disk',
  EDQUOT: 'a used-up quota',
  EFBIG: 'a file larger than this process may write',
};

function wordsFor(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  return Object.hasOwn(WORDS, code) ? `${WORDS[code]} (${code})` : code;
}

/** Throws the coded form of a file system's error; errors of this project pass unchanged. */
export function failFs(error: unknown, subject: string, expected: string): never {
  if (isOptimizeError(error)) throw error;
  const code = CODES[systemCode(error) ?? ''] ?? 'io/permission';
  const advice = ADVICE[code];
  return fail(code, {
    subject,
    expected,
    got: wordsFor(error),
    ...(advice === undefined ? {} : { advice }),
    cause: error,
  });
}
