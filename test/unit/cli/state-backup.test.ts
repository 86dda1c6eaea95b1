import { expect, it } from '@jest/globals';
import { withConfiguration } from '../../../cli/backup/state-backup.ts';
import { checkStackExport } from '../../../backup/environment.ts';

it('hands the export over as it is, with the settings beside it', () => {
  const exported = { version: 3, deployment: { resources: [] } };
  const text = withConfiguration(JSON.stringify(exported), 'config:\n  plinth:preset: small\n');
  expect(JSON.parse(text)).toEqual({
    ...exported,
    configuration: 'config:\n  plinth:preset: small\n',
  });
  expect(() => checkStackExport(text)).not.toThrow();
});
