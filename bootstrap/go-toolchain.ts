// Go is needed only to build what cannot be downloaded.

import type { Finding, Part } from './part.ts';
import { run, which } from '../lib/process.ts';

/** From this version on Go fetches by itself the newer one that a module asks for. */
const oldest = [1, 24] as const;
const remedy =
  "install Go 1.24 or newer: 'apt-get install golang-go' on Debian 13, from go.dev/dl elsewhere";

/** Major and minor of what `go version` prints; undefined when it is something else. */
export function parseGoVersion(text: string): readonly [number, number] | undefined {
  const match = /\bgo(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** Whether a version of Go can build the parts. */
export function goSuffices([major, minor]: readonly [number, number]): boolean {
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

async function find(): Promise<Finding> {
  if (which('go') === undefined) return { missing: 'Go is not installed', remedy };
  const { stdout } = await run('go', ['version'], { env: { GOTOOLCHAIN: 'local' } });
  const version = parseGoVersion(stdout);
  if (version === undefined || !goSuffices(version)) {
    return { missing: `Go ${stdout.trim()} is too old`, remedy };
  }
  return {
    version: /go(\S+)/.exec(stdout.replace('go version ', ''))?.[1] ?? '',
    origin: 'system',
  };
}

export const go: Part = {
  id: 'go',
  title: 'Go',
  needs: [],
  find,
  how: 'only needed to build what cannot be downloaded',
};
