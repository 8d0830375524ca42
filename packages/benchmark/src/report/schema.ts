import { toJsonSchema } from '@valibot/to-json-schema';
import { REPORT, REPORT_VERSION } from '../record/report.js';

/** The form of report files as a JSON schema; published with the package as `report.schema.json`. */
export function reportSchema(): object {
  const schema = toJsonSchema(REPORT, {
    target: 'draft-2020-12',
    // JSON has no other numbers than finite ones, and nothing in it is written to.
    ignoreActions: ['finite', 'readonly'],
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'custom' ? { type: 'object' } : undefined),
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Report of tfjs-optimize, version ${REPORT_VERSION}`,
    ...schema,
  };
}
