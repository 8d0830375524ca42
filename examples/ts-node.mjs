// Lets Node.js run the TypeScript of this folder: node --import ./ts-node.mjs fusing-operations.ts
import { register } from 'node:module';

register('ts-node/esm', import.meta.url);
