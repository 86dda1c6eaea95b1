import { endpointsFrom, maskedUrls, urlsFrom, type Endpoint, type Urls } from '../connections.ts';
import { jsonOption, stackOf, stackOption, type Command } from '../command.ts';
import { outputs } from '../pulumi.ts';
import { table } from '../table.ts';

/** The list a person reads: endpoints first, then connection strings by user. */
export function urlList(endpoints: Readonly<Record<string, Endpoint>>, urls: Urls): string {
  const where = Object.entries(endpoints).map(([name, { host, port }]) => [
    name,
    `${host}:${String(port)}`,
  ]);
  const blocks = Object.entries(urls).map(([user, byClient]) =>
    [user, table(Object.entries(byClient).map(([client, url]) => [` `, client, url]))].join('\n'),
  );
  return [table(where), ...blocks].filter((block) => block !== '').join('\n\n');
}

export const command: Command = {
  summary: 'print endpoints and connection strings (passwords only with --show)',
  options: {
    stack: stackOption,
    show: { type: 'boolean', help: 'with passwords' },
    json: jsonOption,
  },
  run: async (values) => {
    const all = await outputs(stackOf(values));
    const endpoints = endpointsFrom(all);
    const urls = values['show'] === true ? urlsFrom(all) : maskedUrls(urlsFrom(all));
    console.log(
      values['json'] === true
        ? JSON.stringify({ endpoints, urls }, null, 2)
        : urlList(endpoints, urls),
    );
    return 0;
  },
};
