import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as module from '../../../../provider/resources/rollback-point.ts';

/** The docker client's arguments so far, and its answers by their first word. */
const asked: string[][] = [];
let answers: Record<string, string | Error> = {};

jest.mock('node:child_process', () => {
  const execFile = (): never => {
    throw new Error('only its promise is used');
  };
  return {
    execFile: Object.assign(execFile, {
      [Symbol.for('nodejs.util.promisify.custom')]: async (_program: string, args: string[]) => {
        asked.push(args);
        const answer = answers[args.find((word) => !word.startsWith('-')) ?? ''] ?? '';
        if (answer instanceof Error) throw answer;
        return { stdout: answer };
      },
    }),
  };
});

let rollbackPoint: typeof module.rollbackPoint;

beforeAll(async () => {
  ({ rollbackPoint } = await import('../../../../provider/resources/rollback-point.ts'));
});

beforeEach(() => {
  asked.length = 0;
  answers = { ps: 'c0ffee\n' };
});

const POINT = { stack: 'prod', label: 'before-migrations', before: { '0001_a.sql': 'aa' } };
const LATER = { ...POINT, before: { '0001_a.sql': 'aa', '0002_b.sql': 'bb' } };
const backups = () => asked.filter(([word]) => word === 'exec');

describe('a rollback point', () => {
  it('takes a backup in the running container of the stack when something is about to be done', async () => {
    await rollbackPoint.update?.('before-migrations', POINT, LATER);
    expect(asked).toEqual([
      [
        'ps',
        '--quiet',
        '--filter',
        'label=plinth.stack=prod',
        '--filter',
        'label=plinth.part=backup',
        '--filter',
        'label=plinth.kind=service',
      ],
      ['exec', 'c0ffee', 'plinth-backup', 'now', '--label', 'before-migrations'],
    ]);
  });

  it('says in a preview what is taken, and because of what', async () => {
    expect(await rollbackPoint.diff(POINT, LATER)).toEqual({
      changed: ['before'],
      replace: [],
      words: ['a backup called before-migrations is taken first, because of 0002_b.sql'],
    });
    expect(await rollbackPoint.diff(POINT, POINT)).toEqual({ changed: [], replace: [], words: [] });
  });

  it('has nothing to save where nothing runs yet', async () => {
    answers = { ps: '' };
    await rollbackPoint.create(POINT);
    expect(backups()).toEqual([]);
  });

  it('stops the update when the backup fails, with its last words and a way out', async () => {
    answers['exec'] = Object.assign(new Error('exit 1'), {
      stderr: '{"msg":"begin"}\nno space left\n',
    });
    await expect(rollbackPoint.update?.('before-migrations', POINT, LATER)).rejects.toThrow(
      "no backup could be taken before 0001_a.sql, 0002_b.sql (no space left): see 'npx plinth backup now --stack prod', or set backup.rollbackPoints to false",
    );
  });

  it('asks the engine of the environment', async () => {
    await rollbackPoint.create({ ...POINT, dockerHost: 'ssh://db' });
    expect(asked.every(([option, host]) => option === '--host' && host === 'ssh://db')).toBe(true);
  });

  it.each(['Before', '', 'a'.repeat(41), 'a b'])('cannot be called %j', (label) => {
    expect(rollbackPoint.check?.({ ...POINT, label })).toEqual([
      { property: 'label', reason: `label is ${JSON.stringify(label)}: write a-z, 0-9 and -` },
    ]);
  });
});
