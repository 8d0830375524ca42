#!/usr/bin/env node
// Stands here, and not in dist/, so that npm links the command before the packages are built.
import '../dist/cjs/bin.js';
