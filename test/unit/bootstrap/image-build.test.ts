import { describe, expect, it } from '@jest/globals';
import { idsByReference } from '../../../bootstrap/built-image.ts';
import { baseOf, buildChain, buildCommand } from '../../../bootstrap/image-build.ts';

const server = {
  reference: 'plinth/server:a',
  context: './images/server',
  buildArgs: { BASE: 'plinth/base:0', X: '1.*' },
};
const postgres = {
  reference: 'plinth/postgres:b',
  context: './images/postgres',
  buildArgs: { BASE: server.reference },
  on: server,
};

describe('an image', () => {
  it('is built by one command, with its arguments and under its name', () => {
    expect(buildCommand(server)).toEqual([
      'build',
      '--build-arg',
      'BASE=plinth/base:0',
      '--build-arg',
      'X=1.*',
      '--tag',
      'plinth/server:a',
      './images/server',
    ]);
  });

  it('comes after what it stands on', () => {
    expect(buildChain(postgres)).toEqual([server, postgres]);
    expect(buildChain(server)).toEqual([server]);
    expect(baseOf(postgres)).toBe('plinth/server:a');
  });
});

describe('idsByReference', () => {
  it('finds each reference among all names of an image, and leaves out what is not there', () => {
    const text = 'sha256:1 plinth/a:1 other/a:1\nsha256:2 plinth/b:1\nsha256:3 \n';
    expect([...idsByReference(text, ['plinth/a:1', 'plinth/b:1', 'plinth/c:1'])]).toEqual([
      ['plinth/a:1', 'sha256:1'],
      ['plinth/b:1', 'sha256:2'],
    ]);
  });

  it('is empty where no engine answers', () => {
    expect(idsByReference('', ['plinth/a:1']).size).toBe(0);
  });

  it('takes no name for another that it begins with', () => {
    expect(idsByReference('sha256:1 plinth/a:12\n', ['plinth/a:1']).size).toBe(0);
  });
});
