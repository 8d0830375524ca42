'use strict';
/*
 * What `npm test -- --coverage` has its processes load first: at the end of a process it writes which parts of our
 * sources ran, as NODE_V8_COVERAGE would. That also writes what ran of TensorFlow.js and of TypeScript, with
 * their source maps: 20 MB for each of hundreds of processes, all of which c8 would read.
 */
const crypto = require('node:crypto');
const fs = require('node:fs');
const inspector = require('node:inspector');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const v8 = require('node:v8');

const root = pathToFileURL(path.join(__dirname, '../..')).href;
/** Sources, and the command line as its tests compile it. */
const PLACES = [/^\/packages\/[^/]+\/src\//, /^\/node_modules\/\.cache\/tfjs-optimize\/cli-/];
const isOurs = ({ url }) =>
  url.startsWith(root) && PLACES.some((place) => place.test(url.slice(root.length)));

// What is compiled before counting begins is not counted, and so is as fast as ever: kernels in plain JavaScript most
// of all. Without the flag, functions are compiled when they are first called.
v8.setFlagsFromString('--no-lazy');
require(process.env.TFJS_OPTIMIZE_NOT_COVERED);
v8.setFlagsFromString('--lazy');

const session = new inspector.Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

process.on('exit', () => {
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error) {
      throw new Error(`coverage: ${error.message}`);
    }
    const file = path.join(process.env.TFJS_OPTIMIZE_COVERAGE, `${crypto.randomUUID()}.json`);
    fs.writeFileSync(file, JSON.stringify({ result: taken.result.filter(isOurs) }));
  });
});
