import {
  checkOptions,
  fail,
  optionKinds,
  valueText,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';

/** How a file is downloaded. */
export interface DownloadOptions {
  /** Where files are kept; see {@link cacheFolder}. */
  readonly cache?: string;
  /** SHA-256 that the file must have, as 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Nothing is fetched: the file must be in the cache. */
  readonly offline?: boolean;
  /** How often it is tried again after the connection broke or the server was busy; 3 unless told. */
  readonly retries?: number;
  /** Milliseconds without a byte after which a connection counts as broken; 30,000 unless told. */
  readonly timeoutMs?: number;
  /** Milliseconds before the first new try, doubled before each later one; 500 unless told. */
  readonly pauseMs?: number;
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** Used instead of the global `fetch`. */
  readonly fetchFunc?: typeof fetch;
  /** Credentials, headers and the like, for every request. */
  readonly requestInit?: RequestInit;
}

const count = optionKinds.number(
  'a whole number from 0 up',
  (value) => Number.isInteger(value) && value >= 0,
);
const time = optionKinds.number('milliseconds above 0', (value) => value > 0 && Number.isFinite(value));

/** What options of downloads must be. */
export const DOWNLOAD_KINDS: OptionKinds<DownloadOptions> = {
  cache: optionKinds.text,
  sha256: {
    expected: '64 hexadecimal digits',
    fits: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value),
  },
  offline: optionKinds.flag,
  retries: count,
  timeoutMs: time,
  pauseMs: count,
  progress: optionKinds.code,
  signal: optionKinds.object,
  fetchFunc: optionKinds.code,
  requestInit: optionKinds.object,
};

/** The URL, looked at with the options before anything is done. */
export function checkDownload(url: string, options: DownloadOptions): URL {
  checkOptions<DownloadOptions>(options, DOWNLOAD_KINDS);
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    fail('argument/invalid', {
      subject: 'url',
      expected: 'a URL that begins with https:// or http://',
      got: valueText(url),
    });
  }
  return parsed;
}
