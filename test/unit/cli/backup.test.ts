import { describe, expect, it } from '@jest/globals';
import { ephemeralArguments } from '../../../cli/backup/docker.ts';
import { argumentsOf, backupRequestOf } from '../../../cli/commands/backup.ts';
import { UsageError } from '../../../cli/command.ts';

describe('what plinth backup is asked', () => {
  it.each([
    [['now'], {}, ['now']],
    [
      ['now'],
      { label: 'before-import', json: true },
      ['now', '--label', 'before-import', '--json'],
    ],
    [['list'], { json: true }, ['list', '--json']],
    [['verify'], { all: true }, ['verify', '--all']],
    [['verify', '20261121T020000Z'], {}, ['verify', '20261121T020000Z']],
    [['forget', '20261121T020000Z'], {}, ['forget', '20261121T020000Z']],
  ])('%j %j is handed on', (words, values, expected) => {
    expect(argumentsOf(values, backupRequestOf(values, words))).toEqual(expected);
  });

  it.each([
    [[], {}, 'say what to do: now, list, verify, forget, keygen'],
    [['restore'], {}, 'has no "restore"'],
    [['constructor'], {}, 'has no "constructor"'],
    [['list'], { label: 'x' }, 'list does not take --label'],
    [['now', 'extra'], {}, 'takes no id'],
    [['verify', 'a', 'b'], {}, 'takes one id'],
    [['forget'], {}, 'say which backup'],
    [['now'], { output: 'file' }, 'now does not take --output'],
    [['now'], { label: 'Not A Label' }, '--label'],
  ])('%j %j is refused', (words, values, says) => {
    expect(() => backupRequestOf(values, words)).toThrow(UsageError);
    expect(() => backupRequestOf(values, words)).toThrow(says);
  });
});

describe('a container for one command', () => {
  it('has no network, no root to write to and no capability', () => {
    const args = ephemeralArguments({ image: 'i', user: 10001, volumes: ['v:/v:ro'], args: ['x'] });
    expect(args.join(' ')).toBe(
      'run --rm --user 10001:10001 --network none --read-only --cap-drop ALL --security-opt no-new-privileges ' +
        '--tmpfs /tmp:size=268435456,noexec,nosuid,mode=1777 --label plinth.kind=command --volume v:/v:ro i x',
    );
  });

  it('reads only when it is meant to, and has only the mounts of others that it needs, read-only', () => {
    const args = ephemeralArguments({
      image: 'i',
      user: 1,
      volumesFrom: 'c',
      stdin: true,
      args: [],
    });
    expect(args.slice(0, 3)).toEqual(['run', '--rm', '-i']);
    expect(args.join(' ')).toContain('--volumes-from c:ro');
  });
});
