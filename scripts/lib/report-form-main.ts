import * as fs from 'node:fs';
import * as path from 'node:path';
import { reportForm } from './report-form.js';

void reportForm().then((files) => {
  for (const [file, text] of Object.entries(files)) {
    fs.writeFileSync(path.resolve(__dirname, '../..', file), text);
  }
});
