import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { parseEnvironment } from '../../../config/parse.ts';
import { checkMachine, readContainer, thisMachine } from '../../../config/ports.ts';
import type { Machine, RunningContainer } from '../../../config/ports.ts';
import { rawFromYaml } from './raw.ts';

const environment = (yaml = '') => parseEnvironment(rawFromYaml(yaml), { stack: 'dev' });

function machine(
  taken: Record<number, string>,
  containers: readonly RunningContainer[] = [],
  gibibytes = 8,
): Machine {
  return {
    memoryBytes: gibibytes * 1024 ** 3,
    portProblem: (port) => Promise.resolve(taken[port]),
    containers: () => Promise.resolve(containers),
  };
}

describe('ports of this machine', () => {
  it('that are free are taken', async () => {
    await expect(checkMachine(environment(), false, machine({}))).resolves.toBeUndefined();
  });

  it('that the stack has already are its own', async () => {
    const own = { stack: 'dev', name: 'plinth-dev-postgres', ports: [55432] };
    await expect(
      checkMachine(environment(), false, machine({ 55432: 'EADDRINUSE' }, [own])),
    ).resolves.toBeUndefined();
  });

  it('that others have are all told at once, with who has them', async () => {
    const other = { stack: 'staging', name: 'plinth-staging-postgres', ports: [55432] };
    const taken = { 55432: 'EADDRINUSE', 6432: 'EADDRINUSE', 56380: 'EACCES' };
    await expect(checkMachine(environment(), true, machine(taken, [other]))).rejects.toMatchObject({
      message: [
        'Pulumi.dev.yaml has 3 mistakes, nothing was touched:',
        '  postgres.port is 55432 but 127.0.0.1:55432 is used by the container plinth-staging-postgres: free it, or set plinth:postgres.port to another',
        "  pgbouncer.port is 6432 but 127.0.0.1:6432 is used by another program (ss -ltnp 'sport = :6432' shows it): free it, or set plinth:pgbouncer.port to another",
        '  redis.queue.port is 56380 but 127.0.0.1:56380 is not available (EACCES): free it, or set plinth:redis.queue.port to another',
      ].join('\n'),
    });
  });

  it('of a service that is switched off are not asked for', async () => {
    const config = environment('redis: { queue: { enabled: false } }');
    await expect(
      checkMachine(config, false, machine({ 56380: 'EADDRINUSE' })),
    ).resolves.toBeUndefined();
  });

  it.each(['docker: { previewOnly: true }', 'docker: { host: "ssh://deploy@db.example.org" }'])(
    'do not matter to %s',
    async (yaml) => {
      await expect(
        checkMachine(environment(yaml), false, machine({ 6432: 'EADDRINUSE' }, [], 0)),
      ).resolves.toBeUndefined();
    },
  );

  it('are asked of the machine itself', async () => {
    const holder = createServer();
    const port = await new Promise<number>((done) => {
      holder.listen(0, '127.0.0.1', () => done((holder.address() as AddressInfo).port));
    });
    expect(await thisMachine.portProblem(port)).toBe('EADDRINUSE');
    await new Promise((done) => holder.close(done));
    expect(await thisMachine.portProblem(port)).toBeUndefined();
  });
});

describe('memory of this machine', () => {
  const sentence =
    'preset is "large" and all containers together need 16.4 GiB but this machine has 8.0 GiB: choose a smaller preset or lower postgres.memory';

  it('must hold all containers, except in a preview', async () => {
    await expect(
      checkMachine(
        environment(
          '{ preset: large, backup: { acceptNoRecipient: true }, monitoring: { acceptNoReceiver: true } }',
        ),
        false,
        machine({}),
      ),
    ).rejects.toMatchObject({ problems: [sentence] });
    await expect(
      checkMachine(
        environment(
          '{ preset: large, backup: { acceptNoRecipient: true }, monitoring: { acceptNoReceiver: true } }',
        ),
        true,
        machine({}),
      ),
    ).resolves.toBeUndefined();
  });
});

it.each([
  [
    'dev\tplinth-dev-pgbouncer\t127.0.0.1:6432->6432/tcp',
    { stack: 'dev', name: 'plinth-dev-pgbouncer', ports: [6432] },
  ],
  [
    '\tweb\t0.0.0.0:80-81->80-81/tcp, :::80-81->80-81/tcp, 9000/tcp',
    { stack: '', name: 'web', ports: [80, 81] },
  ],
  ['dev\tplinth-dev-exporter\t', { stack: 'dev', name: 'plinth-dev-exporter', ports: [] }],
])('docker ps says %j', (line, container) => {
  expect(readContainer(line)).toEqual(container);
});
