// What a test run costs the machine, containers and daemons included.

import { cpus, freemem, totalmem } from 'node:os';

/** Processor time of the whole machine since it started, in seconds, without idle time. */
export function busySec(): number {
  const ms = cpus().reduce(
    (sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq,
    0,
  );
  return ms / 1000;
}

/** Follows how much memory is in use; `peakBytes` is the most that was seen. */
export class MemoryWatch {
  peakBytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs = 1000) {
    const look = (): void => {
      this.peakBytes = Math.max(this.peakBytes, totalmem() - freemem());
    };
    look();
    this.#timer = setInterval(look, everyMs);
    this.#timer.unref();
  }

  stop(): number {
    clearInterval(this.#timer);
    return this.peakBytes;
  }
}
