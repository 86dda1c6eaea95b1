import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { serveHttp, type Health } from '../../../lib/http-server.ts';

let server: Server;
let health: Health;
let metrics: () => Promise<string>;
beforeEach(async () => {
  health = { healthy: true, reason: 'all is well' };
  metrics = async () => 'x 1\n';
  server = await serveHttp({ metrics: () => metrics(), health: async () => health }, 0);
});
afterEach(() => new Promise((done) => server.close(done)));

const ask = async (path: string, method = 'GET'): Promise<[number, string]> => {
  const { port } = server.address() as AddressInfo;
  const headers = { connection: 'close' };
  const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method, headers });
  return [response.status, await response.text()];
};

describe('the door of a container', () => {
  it('answers what there is', async () => {
    expect(await ask('/metrics')).toEqual([200, 'x 1\n']);
    expect(await ask('/healthz')).toEqual([200, 'all is well\n']);
    expect(await ask('/healthz?from=x', 'HEAD')).toEqual([200, '']);
  });

  it('says why it is not well', async () => {
    health = { healthy: false, reason: 'the last backup failed: no space' };
    expect(await ask('/healthz')).toEqual([503, 'the last backup failed: no space\n']);
  });

  it('refuses the rest', async () => {
    expect((await ask('/'))[0]).toBe(404);
    expect((await ask('/../../etc/passwd'))[0]).toBe(404);
    expect((await ask('/metrics', 'POST'))[0]).toBe(405);
  });

  it('survives a page that fails', async () => {
    metrics = async () => {
      throw new Error('no disk');
    };
    expect(await ask('/metrics')).toEqual([500, 'no disk\n']);
    expect((await ask('/healthz'))[0]).toBe(200);
  });
});
