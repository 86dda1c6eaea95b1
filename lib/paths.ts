// Where things are. Everything here follows from the checkout's folder and the environment.

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolchain } from '../config/versions.ts';

export interface Paths {
  /** The checkout. */
  readonly root: string;
  /** What this checkout keeps for itself; not in git. */
  readonly own: string;
  readonly state: string;
  readonly passphrase: string;
  /** The line that Pulumi wants in a stack's file, made from the passphrase. */
  readonly salt: string;
  /** What all checkouts of a user share. */
  readonly cache: string;
  readonly pulumiHome: string;
  readonly pulumiCli: string;
  readonly compileCache: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** Where somebody keeps the state in a folder of their own. */
function stateFolder(environment: Environment): string | undefined {
  const url = given(environment['PULUMI_BACKEND_URL']);
  return url?.startsWith('file:///') === true ? url.slice('file://'.length) : undefined;
}

/** The folder of this checkout. */
export function checkoutRoot(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}

/**
 * Places for a checkout at `root` under the given environment: `PLINTH_CACHE`, `XDG_CACHE_HOME`,
 * `PULUMI_HOME`, `PULUMI_BACKEND_URL` (of a folder) and `HOME` are heeded; an empty variable counts
 * as unset.
 */
export function pathsFor(root: string, environment: Environment): Paths {
  const home = given(environment['HOME']) ?? '/';
  const cache =
    given(environment['PLINTH_CACHE']) ??
    join(given(environment['XDG_CACHE_HOME']) ?? join(home, '.cache'), 'plinth');
  const pulumiHome = given(environment['PULUMI_HOME']) ?? join(home, '.pulumi');
  const own = join(root, '.plinth');
  return {
    root,
    own,
    state: stateFolder(environment) ?? join(own, 'state'),
    passphrase: join(own, 'passphrase'),
    salt: join(own, 'encryptionsalt'),
    cache: resolve(cache),
    pulumiHome: resolve(pulumiHome),
    pulumiCli: join(resolve(pulumiHome), 'versions', toolchain.pulumi, 'bin', 'pulumi'),
    compileCache: join(resolve(cache), 'compile'),
  };
}

/** The places of this checkout for this process. */
export function places(): Paths {
  return pathsFor(checkoutRoot(), process.env);
}
