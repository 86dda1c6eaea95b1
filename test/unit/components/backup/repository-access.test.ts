import { describe, expect, it } from '@jest/globals';
import { ofKey, repositoryAccess } from '../../../../components/backup/repository-access.ts';

const s3 = {
  kind: 's3',
  bucket: 'b',
  endpoint: 's3.example.org',
  region: 'eu',
  path: '/plinth/prod',
  credentialsFile: '/root/s3',
} as const;

describe('access to a repository', () => {
  it('takes nothing where it is a volume', () => {
    expect(repositoryAccess({ kind: 'local' })).toEqual({
      repository: { kind: 'local' },
      files: {},
    });
  });

  it('reads the two halves of an S3 key from a file of two lines', () => {
    const { repository } = repositoryAccess(s3, () => 'AKIA123 \n secret/+=\n');
    expect(repository).toMatchObject({ key: 'AKIA123', keySecret: 'secret/+=', prefix: s3.path });
  });

  it.each(['', 'AKIA123', 'a\nb\nc'])('refuses %j', (text) => {
    expect(() => repositoryAccess(s3, () => text)).toThrow(/does not hold two lines/);
  });

  it('carries the private key of an SFTP user as a file', () => {
    const { repository, files } = repositoryAccess(
      {
        kind: 'sftp',
        host: 'h',
        user: 'u',
        path: '/p',
        privateKeyFile: '/root/key',
        hostFingerprint: 'ab',
      },
      (file) => `text of ${file}`,
    );
    expect(repository).toMatchObject({ privateKeyFile: '/run/secrets/repository.key' });
    expect(files).toEqual({ 'repository.key': 'text of /root/key' });
  });
});

describe('a repository of another key', () => {
  it.each([
    [{ kind: 'local' }, { kind: 'local', folder: '2c26b46b' }],
    [repositoryAccess(s3, () => 'a\nb').repository, { prefix: '/plinth/prod/2c26b46b' }],
  ] as const)('is in another folder of the same place', (repository, expected) => {
    expect(ofKey(repository, 'foo')).toMatchObject(expected);
    expect(ofKey(repository, 'bar')).not.toEqual(ofKey(repository, 'foo'));
  });
});
