/** Programs of the test's own in a stack's network: who is told of alerts, and an application that is measured. */
import { docker, dockerLines, eventually } from '../stack.ts';

/** Writes every message it gets as one line: `<path> <body>`. */
const HEARS = `
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => { console.log(request.url + ' ' + body.replaceAll('\\n', ' ')); response.end(); });
}).listen(8080);`;

/** A shop: its page and its metrics, which need a key; \`/broken\` makes every further page fail, \`/mended\` ends that. */
const SHOP = `
const counts = { 200: 0, 500: 0 };
let broken = false;
const memory = () => process.memoryUsage().rss;
require('node:http').createServer((request, response) => {
  if (request.url === '/metrics') {
    if (request.headers.authorization !== 'Bearer ' + process.env.KEY) { response.statusCode = 401; return response.end(); }
    const lines = Object.entries(counts).map(([status, n]) => 'http_requests_total{status="' + status + '"} ' + n);
    return response.end(['# TYPE http_requests_total counter', ...lines, '# TYPE process_resident_memory_bytes gauge', 'process_resident_memory_bytes ' + memory(), ''].join('\\n'));
  }
  if (request.url === '/broken') broken = true;
  if (request.url === '/mended') broken = false;
  response.statusCode = broken ? 500 : 200;
  counts[response.statusCode] += 1;
  response.end('shop');
}).listen(5000);
setInterval(() => require('node:http').get('http://127.0.0.1:5000/').on('error', () => {}), 200);`;

export interface ReceivedAlert {
  readonly status: 'firing' | 'resolved';
  readonly alert: string;
  readonly at: Date;
}

export class AlertReceiver {
  private readonly network: string;
  private readonly image: string;

  /** @param image one with Node */
  constructor(network: string, image: string) {
    this.network = network;
    this.image = image;
  }

  /** Waits for the network, which an update is just making. */
  async start(key: string): Promise<void> {
    await this.remove();
    await eventually(
      () => dockerLines('network', 'ls', '--format', '{{.Name}}'),
      (names) => names.includes(this.network),
      300,
    );
    await this.run('told', HEARS);
    await this.run('shop', SHOP, '-e', `KEY=${key}`);
  }

  container(name: 'told' | 'shop'): string {
    return `${this.network}-beside-${name}`;
  }

  /** Everything that was told so far, in order. */
  async told(): Promise<ReceivedAlert[]> {
    const lines = (await docker('logs', '--timestamps', this.container('told'))).split('\n');
    return lines.flatMap((line) => {
      const [, at = '', path = '', body = ''] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
      if (path !== '/alerts') return [];
      const { alerts } = JSON.parse(body) as {
        readonly alerts: readonly {
          status: ReceivedAlert['status'];
          labels: { alertname: string };
        }[];
      };
      return alerts.map(({ status, labels }) => ({
        status,
        alert: labels.alertname,
        at: new Date(at),
      }));
    });
  }

  /** How often the dead man's switch was called. */
  async heartbeats(): Promise<number> {
    const said = await docker('logs', this.container('told'));
    return said.split('\n').filter((line) => line.startsWith('/heartbeat ')).length;
  }

  async remove(): Promise<void> {
    await docker('rm', '-f', this.container('told'), this.container('shop')).catch(() => undefined);
  }

  private async run(name: 'told' | 'shop', program: string, ...options: string[]): Promise<void> {
    await docker(
      'run',
      '-d',
      '--name',
      this.container(name),
      '--network',
      this.network,
      '--network-alias',
      name,
      ...options,
      '--entrypoint',
      'node',
      this.image,
      '-e',
      program,
    );
  }
}
