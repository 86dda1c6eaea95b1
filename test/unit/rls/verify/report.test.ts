import { describe, expect, it } from '@jest/globals';
import { junit } from '../../../../rls/verify/junit.ts';
import {
  proven,
  reportText,
  type CaseResult,
  type ProofReport,
} from '../../../../rls/verify/report.ts';

const one = (more: Partial<CaseResult> = {}): CaseResult => ({
  table: 'students',
  role: 'app',
  command: 'SELECT',
  context: 'none',
  route: 'direct',
  expected: 'no rows',
  got: 'no rows',
  outcome: 'held',
  ...more,
});
const report = (...cases: CaseResult[]): ProofReport => ({
  schema: 'public',
  mode: 'setting',
  cases,
  seconds: 1.26,
});

const mixed = report(
  one(),
  one({ context: 'foreign', route: 'pooled', outcome: 'leaked', got: '2 rows' }),
  one({ context: 'spoofed', outcome: 'acknowledged', got: '1 row (any SQL can)' }),
  one({ context: 'spoofed', outcome: 'acknowledged', got: '3 rows (any SQL can)' }),
  one({ command: 'UPDATE without WHERE' }),
  one({ command: 'UPDATE', outcome: 'vacuous', got: 'no way in' }),
  one({ command: 'DELETE', outcome: 'vacuous', got: 'no way in' }),
  one({ table: 'a_table_with_quite_a_long_name', command: 'TRUNCATE' }),
  one({ table: '*', role: 'readonly', command: 'BYPASSRLS' }),
);

describe('the report', () => {
  it('reads as a matrix, then sums, then sentences', () => {
    expect(reportText(mixed)).toBe(
      `
app                SELECT  INSERT  UPDATE  DELETE  UPSERT UPD.RET   MERGE COPY TO COPY FROM TRUNCATE
a_table_with_qui…       -       -       -       -       -       -       -       -         -      ✓ 1
students            ✗ 1/4       -   ✗ 1/2   ✗ 1/1       -       -       -       -         -        -

readonly           SELECT  INSERT  UPDATE  DELETE  UPSERT UPD.RET   MERGE COPY TO COPY FROM TRUNCATE
✓ 1 on what readonly is and may otherwise

routes
  direct  ✗ 2/8
  pooled  ✗ 1/1
contexts
  none     ✗ 2/6     nobody said who the tenant is
  foreign  ✗ 1/1     the tenant, with another tenant's rows
  spoofed  ✓ 2       another tenant named in the middle of the transaction

acknowledged in 2 cases: any SQL can

✗ leaked: app, SELECT on students, context foreign, pooled: expected no rows, got 2 rows

✗ vacuous: app, UPDATE on students, context none, direct: expected no rows, got no way in (and 1 more cases like it)

4 cases held, 2 acknowledged, 1 leaked, 2 vacuous in 1.3 s`.trim(),
    );
  });

  it('is no proof with a leak, with an empty case, or with none at all', () => {
    expect(proven(report(one(), one({ outcome: 'acknowledged' })))).toBe(true);
    expect(proven(report(one(), one({ outcome: 'leaked' })))).toBe(false);
    expect(proven(report(one(), one({ outcome: 'vacuous' })))).toBe(false);
    expect(proven(report())).toBe(false);
  });

  it('fits a terminal of 100 columns, but for the sentences', () => {
    const lines = reportText(mixed)
      .split('\n')
      .filter((line) => !/^(✗ (leaked|vacuous)|acknowledged)/.test(line));
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });
});

describe('JUnit', () => {
  it('has a suite a role, a test a case, and nothing that breaks XML', () => {
    const odd = one({ role: 'r&d', table: '<"t\'>', outcome: 'leaked', got: 'a\u0000b\ud800\nc' });
    expect(junit(report(odd, one({ outcome: 'acknowledged', got: 'known' }), one()))).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="plinth prove isolation" tests="3" failures="1" time="1.260">
  <testsuite name="isolation of r&amp;d" tests="1" failures="1">
    <testcase classname="r&amp;d.&lt;&quot;t&apos;&gt;" name="SELECT, none, direct">
      <failure type="leaked" message="✗ leaked: r&amp;d, SELECT on &lt;&quot;t&apos;&gt;, context none, direct: expected no rows, got a?b?&#10;c"/>
    </testcase>
  </testsuite>
  <testsuite name="isolation of app" tests="2" failures="0">
    <testcase classname="app.students" name="SELECT, none, direct">
      <system-out>acknowledged: known</system-out>
    </testcase>
    <testcase classname="app.students" name="SELECT, none, direct"/>
  </testsuite>
</testsuites>
`,
    );
  });
});
