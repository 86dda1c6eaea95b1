/** What an update hands to the watcher, worked out as an update does: Jest's modules cannot load PGlite. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { PrintedExpressions } from '../../../rls/catalog/printed-expressions.ts';

const PROJECT = path.resolve(import.meta.dirname, '../../..');
const PROGRAM = `
import { loadAccess, loadPrinted } from './rls/load.ts';
import { parseEnvironment } from './config/parse.ts';
import { application } from './examples/classrooms/app.ts';
const config = parseEnvironment({}, { stack: 'dev' });
console.log(JSON.stringify(await loadPrinted(config, application, await loadAccess(config, application))));
`;

/** The declared conditions of the example, in a server's words. */
export function printedOfTheExample(): PrintedExpressions {
  const node = path.join(PROJECT, 'node_modules/.bin/node');
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module-typescript',
    '-e',
    PROGRAM,
  ];
  return JSON.parse(
    execFileSync(node, args, { cwd: PROJECT, encoding: 'utf8' }),
  ) as PrintedExpressions;
}
