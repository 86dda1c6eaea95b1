import { describe, expect, it } from '@jest/globals';
import { checksum, sqlFiles } from '../../../components/project-files.ts';
import { projectFile } from '../../../provider/project-file.ts';

const FILE = 'examples/classrooms/migrations/0001_classrooms_tables.sql';

describe('a file of the project', () => {
  it('is read when it is what was declared: both sides mean the same by a checksum', async () => {
    expect(await projectFile(FILE, checksum(FILE))).toMatch(/create table/i);
  });

  it('is refused when it is not, with a remedy', async () => {
    const is = checksum(FILE).slice(0, 12);
    await expect(projectFile(FILE, '0'.repeat(64))).rejects.toThrow(
      `${FILE} changed while the update ran (was 000000000000, is ${is}): run the update again`,
    );
  });

  it('is declared by name, in order, SQL only and without what lies deeper', () => {
    const files = sqlFiles('examples/classrooms/migrations');
    expect(Object.keys(files)).toEqual([
      '0001_classrooms_tables.sql',
      '0002_performance_indexes.sql',
      '0004_tenant_columns.sql',
      '0005_feedback_tenant_column.sql',
    ]);
    expect(files['0001_classrooms_tables.sql']).toBe(checksum(FILE));
  });
});
