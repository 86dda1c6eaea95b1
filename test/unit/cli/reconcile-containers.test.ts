import { describe, expect, it } from '@jest/globals';
import { driftedContainers } from '../../../cli/reconcile-containers.ts';

const container = (name: string, mustRun: boolean) => ({
  urn: `urn:pulumi:demo::plinth::docker:index/container:Container::${name}`,
  type: 'docker:index/container:Container',
  outputs: { name, mustRun },
});
const exported = {
  deployment: {
    resources: [
      { urn: 'urn:pulumi:demo::plinth::pulumi:pulumi:Stack::demo', type: 'pulumi:pulumi:Stack' },
      container('server', true),
      container('files', false),
    ],
  },
};
const remedies = (server?: string, files?: string) =>
  driftedContainers(exported, {
    ...(server === undefined ? {} : { server }),
    ...(files === undefined ? {} : { files }),
  }).map(({ name, remedy }) => `${remedy} ${name}`);

describe('a container is astray', () => {
  it.each<[string | undefined, string | undefined, string[]]>([
    ['running', 'created', []],
    ['restarting', 'exited', []],
    ['exited', 'created', ['start server']],
    ['created', 'created', ['start server']],
    ['paused', 'created', ['unpause server']],
    [undefined, 'created', ['make anew server']],
    ['running', undefined, ['make anew files']],
    [undefined, undefined, ['make anew server', 'make anew files']],
  ])('where it is %s, with files %s: %j', (server, files, expected) => {
    expect(remedies(server, files)).toEqual(expected);
  });

  it('only where the state has one', () => {
    expect(driftedContainers({}, {})).toEqual([]);
    expect(driftedContainers({ deployment: { resources: [] } }, { other: 'exited' })).toEqual([]);
  });
});
