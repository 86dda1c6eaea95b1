// Telling a person what takes so long. Everything goes to standard error: standard output belongs to
// what was asked for.

/** A duration for people: `8 s`, `1 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** One thing that is being done. */
export interface Running {
  readonly title: string;
  readonly startedMs: number;
  /** What it is at, in a few words; empty when there is nothing to add. */
  readonly detail: string;
}

/** The line that says what is still going on, each with how long it has taken. */
export function stillRunning(running: readonly Running[], nowMs: number): string {
  const parts = running.map(({ title, startedMs, detail }) => {
    const time = duration(nowMs - startedMs);
    return detail === '' ? `${title} ${time}` : `${title} ${time} (${detail})`;
  });
  return `  … ${parts.join(' · ')}`;
}

/** Hears about a step while it runs. */
export interface Step {
  /** Says what the step is at; shown with the next sign of life. */
  detail(text: string): void;
  /** Says, when the step ends, that nothing came of it, and that this is no failure. */
  leaveOut(why: string): void;
}

const tickMs = 15_000;

/** Says on standard error what begins, what goes on and what has ended. */
export class Progress {
  #running = new Set<Running & { detail: string }>();
  #ticker: NodeJS.Timeout | undefined;
  #write: (text: string) => void;

  constructor(write: (text: string) => void = (text) => void process.stderr.write(text)) {
    this.#write = write;
  }

  say(text: string): void {
    this.#write(`${text}\n`);
  }

  /** Runs a step of some length under its title; a sign of life comes every 15 s. */
  async step<T>(title: string, what: string, work: (step: Step) => Promise<T>): Promise<T> {
    const entry = { title, startedMs: Date.now(), detail: '' };
    let leftOut: string | undefined;
    this.say(`· ${title}: ${what}`);
    this.#running.add(entry);
    this.#ticker ??= setInterval(() => {
      this.say(stillRunning([...this.#running], Date.now()));
    }, tickMs);
    const step = {
      detail: (text: string) => {
        entry.detail = text;
      },
      leaveOut: (why: string) => {
        leftOut = why;
      },
    };
    try {
      const result = await work(step);
      const took = duration(Date.now() - entry.startedMs);
      this.say(leftOut === undefined ? `✓ ${title} (${took})` : `- ${title}: ${leftOut}`);
      return result;
    } catch (error) {
      this.say(`✗ ${title} (after ${duration(Date.now() - entry.startedMs)})`);
      throw error;
    } finally {
      this.#running.delete(entry);
      if (this.#running.size === 0) {
        clearInterval(this.#ticker);
        this.#ticker = undefined;
      }
    }
  }
}
