// The one door of a container of ours that serves: /metrics for Prometheus, /healthz for the container's
// own health check.

import { createServer, type Server } from 'node:http';

export interface Health {
  readonly healthy: boolean;
  /** In a few words, for a person. */
  readonly reason: string;
}

export interface Pages {
  /** Text in Prometheus's format. */
  metrics(): Promise<string>;
  health(): Promise<Health>;
}

/**
 * Answers until it is closed.
 *
 * @param port 0 for any
 */
export async function serveHttp(pages: Pages, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    pageOf(pages, request.method, request.url).then(
      ({ status, text }) => answer(status, text),
      (error: unknown) =>
        answer(500, `${error instanceof Error ? error.message : String(error)}\n`),
    );
  });
  // Whoever connects and says nothing is not waited for.
  server.requestTimeout = 10_000;
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, done);
  });
  return server;
}

async function pageOf(pages: Pages, method: string | undefined, url: string | undefined) {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'only GET\n' };
  switch (url?.split('?')[0]) {
    case '/metrics':
      return { status: 200, text: await pages.metrics() };
    case '/healthz': {
      const { healthy, reason } = await pages.health();
      return { status: healthy ? 200 : 503, text: `${reason}\n` };
    }
    default:
      return { status: 404, text: 'here are /metrics and /healthz\n' };
  }
}
