import { parseRecord } from '../record/parse.js';
import { REPORT, REPORT_KIND, REPORT_VERSION, type ReportRecord } from '../record/report.js';

/**
 * A report from JSON, checked.
 * @param json text, or a value as `JSON.parse` gives it.
 * @param subject what errors are to call it, such as the name of its file.
 * @throws `report/version` where another release wrote it, `report/schema` naming the place that is wrong.
 */
export function parseReport(json: unknown, subject = 'report'): ReportRecord {
  return parseRecord(json, {
    subject,
    schema: REPORT,
    kind: REPORT_KIND,
    version: REPORT_VERSION,
    codes: { version: 'report/version', schema: 'report/schema' },
    writtenBy: '`--report` or collectReport',
  });
}
