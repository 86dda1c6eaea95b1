/** Stops a backup where one of its files is half written, for as long as a test needs it there. */
import type { Helper } from './helper.ts';

/** Of a volume that the backup's user may write, and which nothing else of a backup's container needs. */
const FOLDER = '/var/lib/drill';

/**
 * Comes before `age` on the search path. The encryption of the file that is named in the folder gets the first part of
 * its input, tells that it has come so far, and gets the rest when it is released. Everything that a run consists of is
 * the real program: the name of a process is what KILL looks for.
 */
const AGE = `#!/bin/bash
real=/usr/bin/age
if tr '\\0' ' ' <"/proc/$PPID/cmdline" | grep -qF -- "$(<${FOLDER}/file)"; then
  exec "$real" "$@" < <(exec ${FOLDER}/gate)
fi
exec "$real" "$@"
`;
const GATE = `#!/bin/bash
head -c 65536
exec 3<>${FOLDER}/release
echo here >${FOLDER}/reached
read -r _ <&3
exec cat 3<&-
`;

/** Streams: the largest table, and the definitions. */
export type HeldFile = 'data/0001' | 'schema.dump';

export class Hold {
  /** Environment of a run that is held. */
  readonly env = {
    PATH: `${FOLDER}:/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin`,
  };
  readonly #helper: Helper;

  private constructor(helper: Helper) {
    this.#helper = helper;
  }

  /** The mount that every container with a held run needs. */
  static mount(volume: string): string {
    return `${volume}:${FOLDER}`;
  }

  /** @param helper with the mount, where the test waits and releases, whichever container the run is in */
  static async create(helper: Helper): Promise<Hold> {
    await helper.bash(
      `cd ${FOLDER}; printf %s "$1" >age; printf %s "$2" >gate; chmod 755 age gate; mkfifo reached release`,
      AGE,
      GATE,
    );
    return new Hold(helper);
  }

  /** Which file the next run stops at. */
  async at(file: HeldFile): Promise<void> {
    await this.#helper.bash(`printf %s "$1" >${FOLDER}/file`, file);
  }

  /** Waits until it has come there. */
  async reached(): Promise<void> {
    await this.#helper.bash(`timeout 120 cat ${FOLDER}/reached`);
  }

  /** Lets it go on, or lets what is left of it find out that others have ended. Harmless when nothing is held. */
  async release(): Promise<void> {
    await this.#helper.bash(`echo go 1<>${FOLDER}/release`);
  }
}
