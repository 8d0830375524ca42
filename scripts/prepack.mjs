// Runs before a package is packed and before lerna publishes: what is packed is a build of the present sources.
import { main, setUp } from './lib/set-up.mjs';

await main(() => setUp({ build: true }));
