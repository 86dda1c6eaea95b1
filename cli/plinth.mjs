#!/usr/bin/env node
// `npx plinth <command>`: help at once, everything else on the same road as the npm scripts take.
import { asksForOverview, printOverview } from './overview.mjs';

const args = process.argv.slice(2);
if (asksForOverview(args)) printOverview(args);
else await import('../toolchain/bootstrap.mjs');
