// The order of test files within one Jest run: the longest of the recorded durations first, so that no worker is left with
// a long file at the end.

import Sequencer from '@jest/test-sequencer';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const file = join(import.meta.dirname, 'durations.json');
const durations = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path }) => durations[relative(root, path)] ?? 0;
    return [...tests].sort((a, b) => seconds(b) - seconds(a) || a.path.localeCompare(b.path));
  }
}
