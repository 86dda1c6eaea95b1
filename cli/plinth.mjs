#!/usr/bin/env node
// `npx plinth <command>`: help and the version at once, everything else on the same road as the npm scripts take.
import { asksForOverview, asksForVersion, printOverview } from './overview.mjs';

const args = process.argv.slice(2);
if (asksForOverview(args)) printOverview(args);
else if (asksForVersion(args)) (await import('./version.mjs')).printVersion();
else await import('../bootstrap/bootstrap.mjs');
