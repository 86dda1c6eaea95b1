// Imported before Pulumi's runner starts our program (Pulumi.yaml, `nodeargs`): leaves out what the
// SDK does at every start and for every resource although this program has no use for it. What is left
// out loads on its first use.

import './fast-start.mjs';
import { createRequire, Module } from 'node:module';
import { join } from 'node:path';

const program = createRequire(join(import.meta.dirname, 'package.json'));
const sdk = createRequire(program.resolve('@pulumi/pulumi/package.json'));

/** Puts a module in the place of a package, before anybody has asked for that. */
function provide(name, exports) {
  const id = sdk.resolve(name);
  sdk.cache[id] = Object.assign(new Module(id), { filename: id, loaded: true, exports });
}

/**
 * Loads a module when something of it is used, not when it is imported.
 *
 * @param {string} name
 * @param {object} known members that are here without it
 */
function provideLater(name, known = {}) {
  const id = sdk.resolve(name);
  let loaded;
  const load = () => {
    if (loaded === undefined) {
      delete sdk.cache[id];
      loaded = sdk(name);
    }
    return loaded;
  };
  // An ES module is handed on as it is; of any other, every member would be copied at once.
  const members = { __esModule: true, ...known };
  const get = (_, member) => (member in members ? members[member] : load()[member]);
  provide(name, new Proxy({}, { get }));
}

// These serve the serialisation of functions, which this program has none of: 10 MB of compiler,
// npm's own package tree, and a debugger that the runner starts inside the process.
provideLater('typescript');
provideLater('@npmcli/arborist');
provideLater('./runtime/closure/v8Hooks.js', { isInitializedAsync: () => Promise.resolve() });
// Programs that run Pulumi; this one is run by it.
provideLater('./automation/index.js');

// Stack traces are mapped to sources by reading every source map. Ours need none, because taking the
// types out keeps lines and columns.
provide('source-map-support/register', {});

// Every promise carries a stack trace, which is shown only with PULUMI_DEBUG_PROMISE_LEAKS.
const debuggable = sdk('./runtime/debuggable.js');
const { debuggablePromise } = debuggable;
if (!debuggable.debugPromiseLeaks) {
  debuggable.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
