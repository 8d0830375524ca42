// npm run setup: installs and builds what is missing or out of date; does nothing otherwise.
import { main, setUp } from './lib/set-up.mjs';

await main(() => setUp({ build: true }));
