import * as fs from 'node:fs';
import * as path from 'node:path';
import { supportedOpsPage } from './supported-ops.js';

const file = path.resolve(__dirname, '../../docs/supported-ops.md');

void supportedOpsPage(file).then((page) => {
  if (!process.argv.includes('--check')) fs.writeFileSync(file, page);
  else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== page) {
    console.error(
      'docs/supported-ops.md: expected what the op table says, got an older page. Run npm run docs:ops.',
    );
    process.exitCode = 1;
  }
});
