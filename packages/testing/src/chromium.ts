import * as fs from 'node:fs';
import * as path from 'node:path';

/** Chromium as CHROMIUM names it or as it is found on the PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const places = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = names.flatMap((name) => places.map((place) => path.join(place, name)));
  return [process.env['CHROMIUM'], ...found].find(
    (file) => file !== undefined && file !== '' && fs.existsSync(file),
  );
}
