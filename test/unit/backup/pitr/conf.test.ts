import { describe, expect, it } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import {
  pgbackrestConf,
  type PgbackrestConf,
  type Repository,
} from '../../../../backup/pitr/conf.ts';
import { compareGolden } from '../../../support/golden.ts';

const sftp: Repository = {
  kind: 'sftp',
  host: 'backup.example.com',
  port: 2222,
  user: 'plinth',
  path: '/srv/plinth/prod',
  privateKeyFile: '/run/secrets/repository.key',
  hostFingerprint: 'f84e172dfead7aeeeae6c1fdfb5aa8cf',
};
const s3: Repository = {
  kind: 's3',
  bucket: 'plinth-prod',
  endpoint: 's3.example.com',
  region: 'eu-central-1',
  key: 'made-up-key',
  keySecret: 'made-up/secret+key=',
  uriStyle: 'path',
  prefix: '/prod',
};
const args = (repository: Repository, more: Partial<PgbackrestConf> = {}): PgbackrestConf => ({
  repository,
  cipherPass: 'made-up passphrase',
  retention: { full: 2, differential: 7 },
  ...more,
});

describe('pgbackrest.conf', () => {
  it('is, for each kind of repository, what people have read', () => {
    expect(
      compareGolden('test/golden/pgbackrest', {
        'local.conf': pgbackrestConf(args({ kind: 'local' })),
        's3.conf': pgbackrestConf(args(s3)),
        'sftp.conf': pgbackrestConf(args(sftp)),
      }),
    ).toEqual([]);
  });

  it('keeps odd characters as they are', () => {
    const cipherPass = `a=b #c ;d [e] "f" 'g' \\h ä€ %p $HOME`;
    expect(pgbackrestConf(args({ kind: 'local' }, { cipherPass }))).toContain(
      `\nrepo1-cipher-pass=${cipherPass}\n`,
    );
  });

  it.each(['a\nrepo1-cipher-type=none', 'a\r', 'a\0b', 'a\tb', '\x7f'])(
    'refuses control characters: %j',
    (cipherPass) => {
      expect(() => pgbackrestConf(args({ kind: 'local' }, { cipherPass }))).toThrow(
        'repo1-cipher-pass contains a control character',
      );
    },
  );

  it('never says a secret in an error', () => {
    for (const cipherPass of ['hush\n', ' hush', 'hush ']) {
      expect(() => pgbackrestConf(args({ kind: 'local' }, { cipherPass }))).toThrow(/^(?!.*hush)/);
    }
  });

  it('refuses what pgBackRest would read as something else', () => {
    const refused = (repository: Repository) => () => pgbackrestConf(args(repository));
    expect(refused({ ...sftp, path: 'relative' })).toThrow(
      'path is "relative": write an absolute path that begins with',
    );
    expect(refused({ ...s3, prefix: 'prod' })).toThrow('prefix is "prod"');
    expect(refused({ ...s3, bucket: '' })).toThrow('repo1-s3-bucket is empty');
    expect(refused({ ...s3, region: ' eu' })).toThrow('begins or ends with a space');
  });

  it('has one line for each option, whatever the passphrase is', () => {
    const names = (text: string): string[] => text.split('\n').map((line) => line.split('=')[0]!);
    const plain = names(pgbackrestConf(args(s3)));
    assert(
      property(string({ minLength: 1, unit: 'binary' }), (cipherPass) => {
        let text: string;
        try {
          text = pgbackrestConf(args(s3, { cipherPass }));
        } catch {
          return;
        }
        expect(names(text)).toEqual(plain);
        expect(text.split('\n')).toContain(`repo1-cipher-pass=${cipherPass}`);
      }),
    );
  });
});
