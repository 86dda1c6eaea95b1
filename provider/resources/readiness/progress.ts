/** What shows that a service which does not answer yet is still getting somewhere. Pure. */

export interface Activity {
  /** Whether a process of the service runs, or waits for a disk, at this moment. */
  readonly busy: boolean;
  /** Processor time of its living processes. */
  readonly cpuSeconds: number;
}

export interface Look {
  /** What the health check said. */
  readonly words: string;
  /** The newest log lines. */
  readonly lines: readonly string[];
  /** Undefined where the engine cannot list processes. */
  readonly activity: Activity | undefined;
}

/** An idle server takes less of a processor than this; one that works takes more, even on a machine that is overloaded fifty times. */
const WORKING_SHARE = 0.01;
const LEAST_CPU_SECONDS = 1;

/**
 * A line without its numbers: a check that fails leaves the same line each time, with another time and process id in it. Such a
 * line is no progress.
 */
export function kindOf(line: string): string {
  return line.replace(/\b[0-9a-f]*\d[0-9a-f]*\b/gi, '#').replace(/\d+/g, '#');
}

/** Remembers when there was progress last. */
export class Progress {
  private readonly known = new Set<string>();
  private cpuSeconds: number | undefined;
  private wasBusy = false;
  private at: number;

  /** @param nowMs when the waiting begins, which counts as progress */
  constructor(nowMs: number) {
    this.at = nowMs;
  }

  /** Milliseconds since there was progress, after one more look. */
  idleMs(nowMs: number, { words, lines, activity }: Look): number {
    const news = [words, ...lines].map(kindOf).filter((kind) => !this.known.has(kind));
    for (const kind of news) this.known.add(kind);
    if (news.length > 0 || this.works(nowMs, activity)) {
      this.at = nowMs;
      this.cpuSeconds = activity?.cpuSeconds;
    }
    return nowMs - this.at;
  }

  private works(nowMs: number, activity: Activity | undefined): boolean {
    if (activity === undefined) return false;
    const { busy, cpuSeconds } = activity;
    // Once may be by chance: an idle server wakes up now and then.
    const keepsBusy = busy && this.wasBusy;
    this.wasBusy = busy;
    // Less than before: some of the processes have ended.
    if (this.cpuSeconds === undefined || cpuSeconds < this.cpuSeconds) this.cpuSeconds = cpuSeconds;
    const least = Math.max(LEAST_CPU_SECONDS, (WORKING_SHARE * (nowMs - this.at)) / 1000);
    return keepsBusy || cpuSeconds - this.cpuSeconds >= least;
  }
}
