// Run by project.test.ts in the folder of a made-up project: prints how the backend asked for was found.
import util from 'node:util';
import { backend, isOptimizeError, type BackendName } from '@tfjs-optimize/core';

// As Node 23 and later, which no longer have them.
for (const name of ['isNullOrUndefined', 'isArray']) Reflect.deleteProperty(util, name);

const answer = (text: string): unknown => process.stdout.write(`${text}\n`);

void backend.use(process.argv[2] as BackendName).then(
  (report) => answer(JSON.stringify(report)),
  (error: unknown) => answer(isOptimizeError(error) ? `${error.code} ${error.message}` : String(error)),
);
