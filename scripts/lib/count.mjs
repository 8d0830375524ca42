/** Counts of checks; ends with the one line that .ci/run adds up. */
export class Counts {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** Notes one check, and prints a line for it. */
  check(name, problem) {
    if (problem === undefined) {
      this.passed += 1;
      process.stdout.write(`ok      ${name}\n`);
    } else {
      this.failed += 1;
      process.stdout.write(`FAILED  ${name}\n${String(problem).trimEnd().replace(/^/gm, '        ')}\n`);
    }
  }

  /** Prints the line of counts and returns the exit status; nothing checked is a failure. */
  finish(what) {
    if (this.passed + this.failed === 0) {
      this.check(what, `expected at least one thing to check, got none`);
    }
    process.stdout.write(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped\n`);
    return this.failed === 0 ? 0 : 1;
  }
}
