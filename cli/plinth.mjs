#!/usr/bin/env node
// `npx plinth <command>`: the same road as the npm scripts take.
import '../toolchain/bootstrap.mjs';
