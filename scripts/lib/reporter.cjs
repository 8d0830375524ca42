'use strict';
// A mocha reporter: prints like `spec` (or `dot` when TFJS_OPTIMIZE_REPORTER=dot) and writes the counts,
// with the titles of what was skipped or failed and the seconds that each file took, to the file that
// TFJS_OPTIMIZE_COUNTS names.
const fs = require('node:fs');
const Mocha = require('mocha');

const { dot: Dot, spec: Spec } = Mocha.reporters;
const Base = process.env.TFJS_OPTIMIZE_REPORTER === 'dot' ? Dot : Spec;

module.exports = class CountingReporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const [skipped, failed] = [[], []];
    const seconds = {};
    let since = process.uptime();
    const took = ({ file, parent }) => {
      const now = process.uptime();
      const of = file ?? parent?.file ?? 'hooks of all files';
      seconds[of] = (seconds[of] ?? 0) + now - since;
      since = now;
    };
    runner.on('test end', took);
    runner.on('hook end', took);
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.on('fail', (test, { message }) => failed.push(`${test.fullTitle()}: ${message}`));
    runner.once('end', () => {
      const { passes, failures } = this.stats;
      const counts = { passed: passes, failed: failures, skipped: skipped.length };
      const titles = { skippedTitles: skipped, failedTitles: failed };
      fs.writeFileSync(process.env.TFJS_OPTIMIZE_COUNTS, JSON.stringify({ ...counts, ...titles, seconds }));
    });
  }
};
