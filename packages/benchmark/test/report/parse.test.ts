import { expectCode, repoRoot } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { reportForm } from '../../../../scripts/lib/report-form.js';
import { parseReport, reportSchema } from '../../src/report/index.js';
import { bareReport, manyReport, pairReport, singleReport } from './fixture.js';

describe('reading reports', () => {
  it('takes what was written, as text and as a value', () => {
    for (const record of [pairReport(), singleReport(), manyReport(), bareReport()]) {
      expect(parseReport(JSON.stringify(record))).to.deep.equal(record);
      expect(parseReport(record)).to.deep.equal(record);
    }
  });

  it('names the place that is wrong', async () => {
    const record = JSON.parse(JSON.stringify(pairReport())) as {
      models: { cost: { parameters: unknown } }[];
    };
    const [, second] = record.models;
    if (second === undefined) throw new Error('the fixture has two models');
    second.cost.parameters = 'many';
    const error = await expectCode('report/schema', () => parseReport(record));
    expect(error.message).to.contain('models.1.cost.parameters').and.contain('"many"');
  });

  it('tells a report of another version from one that is broken', async () => {
    const error = await expectCode('report/version', () => parseReport({ ...bareReport(), version: 2 }));
    expect(error.message).to.contain('expected version 1, got 2');
    await expectCode('report/schema', () =>
      parseReport({ ...bareReport(), kind: 'something else', version: 2 }),
    );
  });

  it('refuses what is no report: other text, other JSON, no models', async () => {
    for (const other of ['', '{', '[]', 'null', '{}', 3, undefined, { ...bareReport(), models: [] }]) {
      await expectCode('report/schema', () => parseReport(other));
    }
  });
});

describe('files that are made of sources', () => {
  it('are up to date: npm run docs:schema writes them', async () => {
    for (const [file, text] of Object.entries(await reportForm())) {
      expect(fs.readFileSync(path.join(repoRoot(), file), 'utf8'), file).to.equal(text);
    }
  });

  it('hold a schema that describes every field of a report', () => {
    const schema = reportSchema() as { properties: Record<string, object>; required: string[] };
    expect(Object.keys(schema.properties)).to.include.members(Object.keys(pairReport()));
    expect(schema.required).to.deep.equal(['kind', 'version', 'title', 'made', 'machine', 'models']);
  });
});
