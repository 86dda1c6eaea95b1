import { setTimeout as wait } from 'node:timers/promises';
import { duration } from '../../lib/progress.ts';
import { monitoringStatusLines, monitoringStatusOf } from '../alerts/monitoring-status.ts';
import { safetyLines, safetyOf } from '../backup/recovery-point.ts';
import { services, type ServiceStatus } from '../containers.ts';
import { jsonOption, stackOf, stackOption, type Command } from '../command.ts';
import { table } from '../table.ts';

/** Whether every service is there and passes its check. */
export function allHealthy(all: readonly ServiceStatus[]): boolean {
  return all.length > 0 && all.every(({ health }) => health === 'healthy');
}

/** The table a person reads; `nowMs` decides how long something has been up. */
export function statusTable(all: readonly ServiceStatus[], nowMs: number): string {
  const rows = all.map(({ part, health, image, startedAt, memory }) => [
    part,
    health,
    startedAt === undefined ? '-' : duration(nowMs - Date.parse(startedAt)),
    memory?.replace(' / ', ' of ') ?? '-',
    image,
  ]);
  return table([['PART', 'HEALTH', 'UP', 'MEMORY', 'IMAGE'], ...rows]);
}

/** What to do when there is nothing, or a service is not healthy; undefined when all is well. */
export function advice(stack: string, all: readonly ServiceStatus[]): string | undefined {
  if (all.length === 0) return `nothing of ${stack} is here: run 'npx plinth up --stack ${stack}'`;
  const ailing = all.filter(({ health }) => health !== 'healthy');
  const [first] = ailing;
  if (first === undefined) return undefined;
  const says = ailing.map(
    ({ container, health, words }) =>
      `${container} is ${health}${words === undefined ? '' : `: ${words}`}`,
  );
  return `${says.join('\n')}\nsee 'docker logs ${first.container}'`;
}

/** This long without one more healthy service means that there will be none. */
const SETTLE_MS = 45_000;
const LOOK_AGAIN_MS = 1_000;

/**
 * Services of a stack, looked at again until all are healthy, or no more of them become healthy: an update does not wait for
 * those that only watch or make backups.
 */
export async function settled(
  stack: string,
  look: (stack: string) => Promise<ServiceStatus[]> = services,
  now: () => number = Date.now,
  pause: (ms: number) => Promise<unknown> = wait,
): Promise<ServiceStatus[]> {
  let most = -1;
  let progressAt = now();
  for (;;) {
    const all = await look(stack);
    const healthy = all.filter(({ health }) => health === 'healthy').length;
    if (healthy === all.length) return all;
    if (healthy > most) {
      most = healthy;
      progressAt = now();
    }
    if (now() - progressAt > SETTLE_MS) return all;
    await pause(LOOK_AGAIN_MS);
  }
}

export const command: Command = {
  summary: 'show the running parts, and what would be lost now',
  options: { stack: stackOption, json: jsonOption },
  run: async (values) => {
    const stack = stackOf(values);
    const [all, safety] = await Promise.all([services(stack), safetyOf(stack)]);
    const watching = await monitoringStatusOf(stack, all);
    if (values['json'] === true) {
      const healthy = allHealthy(all);
      console.log(JSON.stringify({ stack, healthy, services: all, safety, watching }, null, 2));
    } else {
      if (all.length > 0) console.log(statusTable(all, Date.now()));
      if (safety !== undefined) console.log(`\n${safetyLines(safety, Date.now()).join('\n')}`);
      if (watching !== undefined) console.log(monitoringStatusLines(watching).join('\n'));
      const what = advice(stack, all);
      if (what !== undefined) console.error(what);
    }
    return allHealthy(all) ? 0 : 1;
  },
};
