import { BASELINE, BASELINE_KIND, BASELINE_VERSION, type Baseline } from '../record/baseline.js';
import { parseRecord } from '../record/parse.js';

/**
 * A baseline from JSON, checked.
 * @param json text, or a value as `JSON.parse` gives it.
 * @param subject what errors are to call it, such as the name of its file.
 * @throws `baseline/version` where another release wrote it, `baseline/schema` naming the place that is wrong.
 */
export function parseBaseline(json: unknown, subject = 'baseline'): Baseline {
  return parseRecord(json, {
    subject,
    schema: BASELINE,
    kind: BASELINE_KIND,
    version: BASELINE_VERSION,
    codes: { version: 'baseline/version', schema: 'baseline/schema' },
    writtenBy: 'compare --save-baseline or measureBaseline',
  });
}
