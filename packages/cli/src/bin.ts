#!/usr/bin/env node
import { main } from './main.js';

// TensorFlow would tell of its build on stderr when tfjs-node loads it; warnings and errors still come.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';

// `tfjs-optimize inspect … | head` closes the pipe early; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

// The status is set, not exited with, so that everything written reaches a slow pipe.
void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
