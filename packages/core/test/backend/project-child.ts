// Run by project.test.ts in the folder of a made-up project: prints how the backend asked for was found.
import { register } from 'node:module';
import util from 'node:util';
import { backend, isOptimizeError, type BackendName } from '@tfjs-optimize/core';

// As Node 23 and later, which no longer have them.
for (const name of ['isNullOrUndefined', 'isArray']) Reflect.deleteProperty(util, name);

/** Where core lies what finds a GPU is not to be found, whether it is there or not: only in the project. */
const HOOKS = `
export async function resolve(specifier, context, next) {
  if (!/^(webgpu|@tensorflow.tfjs-node(-gpu)?)$/.test(specifier)) return next(specifier, context);
  const error = new Error("Cannot find package '" + specifier + "'");
  error.code = 'ERR_MODULE_NOT_FOUND';
  throw error;
}`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);

const answer = (text: string): unknown => process.stdout.write(`${text}\n`);

void backend.use(process.argv[2] as BackendName).then(
  (report) => answer(JSON.stringify(report)),
  (error: unknown) => answer(isOptimizeError(error) ? `${error.code} ${error.message}` : String(error)),
);
