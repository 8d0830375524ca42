import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorsPage } from './errors-doc.js';

const file = path.resolve(__dirname, '../../docs/errors.md');

void errorsPage(file).then((page) => {
  fs.writeFileSync(file, page);
});
