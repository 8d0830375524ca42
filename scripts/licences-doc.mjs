// npm run docs:licences: writes docs/licences.md, the licences of all that comes with our packages, from the lock file.
// npm run lint fails when the page is old, or when a licence is none of those that are allowed.
import { main } from './lib/set-up.mjs';
import * as fs from 'node:fs';
import { licencesPage } from './lib/licences.mjs';
import { pageOf } from './lib/page.mjs';

await main(async () => {
  const { place, text } = await pageOf('docs/licences.md', licencesPage());
  fs.writeFileSync(place, text);
});
