// npm run docs:sizes: writes docs/sizes.md, what each package adds to a page, from a build of the present sources.
import { main, setUp } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import { pageOf } from './lib/page.mjs';
import { sizesPage } from './lib/sizes.mjs';

await main(async () => {
  await setUp({ build: true });
  const { place, text } = await pageOf('docs/sizes.md', await sizesPage());
  fs.writeFileSync(place, text);
});
