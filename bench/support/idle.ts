/** What an idle environment costs: counters of the kernel, and arithmetic. Pure. */

/** Counters at one moment. */
export interface Counters {
  readonly atMs: number;
  /** Processes and threads that the machine has started since it was booted. */
  readonly forks: number;
  /** Processor time of everything on the machine. */
  readonly machineSec: number;
  /** Of the containers of one stack. */
  readonly containersSec: number;
  /** Of Docker's own processes. */
  readonly daemonsSec: number;
}

export interface Rates {
  readonly forksPerMin: number;
  /** Shares of one core. */
  readonly machine: number;
  readonly containers: number;
  readonly daemons: number;
}

/** What happened between two moments. */
export function rates(before: Counters, after: Counters): Rates {
  const sec = (after.atMs - before.atMs) / 1000;
  return {
    forksPerMin: (60 * (after.forks - before.forks)) / sec,
    machine: (after.machineSec - before.machineSec) / sec,
    containers: (after.containersSec - before.containersSec) / sec,
    daemons: (after.daemonsSec - before.daemonsSec) / sec,
  };
}

/** What is left of an environment's rates without those of the machine when no environment runs on it. */
export function above(rest: Rates, measured: Rates): Rates {
  return {
    forksPerMin: measured.forksPerMin - rest.forksPerMin,
    machine: measured.machine - rest.machine,
    containers: measured.containers,
    daemons: measured.daemons - rest.daemons,
  };
}

const TICKS_PER_SEC = 100;

/** Out of /proc/stat. */
export function machineCounters(text: string): { forks: number; machineSec: number } {
  const forks = /^processes (\d+)$/m.exec(text)?.[1];
  const cpu = /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ').map(Number);
  if (forks === undefined || cpu === undefined) throw new Error('/proc/stat has another form');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = cpu;
  return {
    forks: Number(forks),
    machineSec: (user + nice + system + irq + softirq) / TICKS_PER_SEC,
  };
}

const DAEMON = /^(dockerd|containerd|containerd-shim.*|docker-proxy)$/;

/**
 * Processor time of a daemon out of /proc/<pid>/stat; 0 for any other process. That of its children is left out: a shim's are
 * those of its container, which are counted there. So runc, which starts each check, is only in the figure of the whole machine.
 */
export function daemonSec(stat: string): number {
  // The name may have spaces and brackets in it.
  const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
  if (!DAEMON.test(name)) return 0;
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC;
}

const FORKS_GOAL = 100;
const PROCESSOR_GOAL = 0.1;

export interface Goal {
  readonly line: string;
  readonly met: boolean;
}

/**
 * @param rest the machine without an environment
 * @param base an environment of the base commit
 * @param head an environment of this checkout
 */
export function goals(rest: Rates, base: Rates, head: Rates): Goal[] {
  const [was, is] = [above(rest, base), above(rest, head)];
  return [
    goal(
      is.forksPerMin / FORKS_GOAL,
      1,
      `process creations a minute: ${is.forksPerMin.toFixed(0)} of at most ${FORKS_GOAL}, ${was.forksPerMin.toFixed(0)} before`,
    ),
    // Of the whole machine: what starts a check (runc) belongs to no container and to no daemon.
    goal(
      is.machine / was.machine,
      PROCESSOR_GOAL,
      `processor time, without the machine's own: ${percent(is.machine)} of a core, ${percent(was.machine)} before`,
    ),
  ];
}

function goal(ratio: number, most: number, words: string): Goal {
  const met = ratio <= most;
  return {
    met,
    line: `ratio ${ratio.toFixed(3)} goal ${most.toFixed(2)}: ${met ? 'pass' : 'fail'} (${words})`,
  };
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
