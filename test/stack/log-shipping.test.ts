import { afterAll, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import path from 'node:path';
import { logging } from '../../components/container/hardening.ts';
import { baseTag } from '../../bootstrap/image-list.ts';
import { docker, eventually, freePorts } from '../support/stack.ts';

const IMAGE = `plinth/base:${baseTag(path.resolve(import.meta.dirname, '../..'))}`;
const NAME = 't-shipping';
const LINE = 'a line of the log';

type Driver = 'fluentd' | 'gelf' | 'syslog';

/** A container whose output goes where the settings say. */
async function talk(driver: Driver, port: number): Promise<string> {
  const { logDriver, logOpts } = logging({ driver, address: `127.0.0.1:${String(port)}` }, NAME);
  const options = Object.entries(logOpts).flatMap(([key, value]) => [
    '--log-opt',
    `${key}=${value}`,
  ]);
  const container = `${NAME}-${driver}-${String(port)}`;
  const say = `for i in 1 2 3 4 5 6; do echo '${LINE}'; sleep 0.5; done`;
  const how = ['-d', '--name', container, '--network', 'none', '--log-driver', logDriver];
  await docker('run', ...how, ...options, IMAGE, 'sh', '-c', say);
  return container;
}

/** What a collector on 127.0.0.1 gets, as text. */
async function collector(driver: Driver) {
  const got: Buffer[] = [];
  if (driver === 'fluentd') {
    const server = createServer((socket) => socket.on('data', (chunk) => got.push(chunk)));
    const [port = 0] = await freePorts(1);
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    return { port, said: () => Buffer.concat(got).toString('latin1'), close: () => server.close() };
  }
  const socket = createSocket('udp4', (message) => {
    // Docker sends gelf compressed.
    got.push(driver === 'gelf' ? gunzipSync(message) : message);
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { port } = socket.address();
  return { port, said: () => Buffer.concat(got).toString('latin1'), close: () => socket.close() };
}

describe.each(['fluentd', 'gelf', 'syslog'] as const)('logs that are shipped by %s', (driver) => {
  const made: string[] = [];
  afterAll(() => docker('rm', '-f', ...made));

  it('arrive, with the name of their container, and stay readable here', async () => {
    const { port, said, close } = await collector(driver);
    const container = await talk(driver, port);
    made.push(container);
    await eventually(
      () => Promise.resolve(said()),
      (text) => text.includes(LINE) && text.includes(NAME),
      30,
    );
    expect(await docker('logs', container)).toContain(LINE);
    close();
  });

  it('hold nobody up when the collector is gone', async () => {
    const [port = 0] = await freePorts(1);
    const container = await talk(driver, port);
    made.push(container);
    expect(await docker('wait', container)).toBe('0');
    expect(await docker('logs', container)).toContain(LINE);
  });
});
