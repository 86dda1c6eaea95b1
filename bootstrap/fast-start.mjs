// Imported before anything else by every Node that runs our TypeScript: compiled code and stripped
// sources come from the cache of an earlier start.
//
//   node --import ./bootstrap/fast-start.mjs <file>.ts

import { readFileSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripped } from './stripped.mjs';

const { NODE_COMPILE_CACHE, PLINTH_CACHE, XDG_CACHE_HOME } = process.env;
const cache = PLINTH_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'plinth');

// Where NODE_COMPILE_CACHE is set, Node has already done so.
if (!NODE_COMPILE_CACHE) enableCompileCache(join(cache, 'compile'));

registerHooks({
  load(url, context, next) {
    if (!/^file:.*(?<!\.d)\.ts$/.test(url) || url.includes('/node_modules/')) {
      return next(url, context);
    }
    const source = stripped(readFileSync(fileURLToPath(url), 'utf8'), url);
    return { format: 'module', source, shortCircuit: true };
  },
});
