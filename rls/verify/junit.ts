import { groupBy } from '../../lib/group-by.ts';
import { isFailure, sentence, type CaseResult, type ProofReport } from './report.ts';

/** The report as JUnit's XML: one suite a role, one test a case. */
export function junit({ cases, seconds }: ProofReport): string {
  const roles = groupBy(cases, ({ role }) => role);
  const counts = (some: readonly CaseResult[]) =>
    `tests="${some.length}" failures="${some.filter(({ outcome }) => isFailure(outcome)).length}"`;
  const suites = [...roles].map(
    ([role, some]) =>
      `  <testsuite name="isolation of ${escaped(role)}" ${counts(some)}>\n${some.map(testcase).join('')}  </testsuite>\n`,
  );
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites name="plinth prove isolation" ${counts(cases)} time="${seconds.toFixed(3)}">\n${suites.join('')}</testsuites>\n`
  );
}

function testcase(one: CaseResult): string {
  const { role, table, command, context, route, outcome, got } = one;
  const head = `    <testcase classname="${escaped(`${role}.${table}`)}" name="${escaped(`${command}, ${context}, ${route}`)}"`;
  if (isFailure(outcome)) {
    return `${head}>\n      <failure type="${outcome}" message="${escaped(sentence(one))}"/>\n    </testcase>\n`;
  }
  return outcome === 'acknowledged'
    ? `${head}>\n      <system-out>${escaped(`acknowledged: ${got}`)}</system-out>\n    </testcase>\n`
    : `${head}/>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
};

/** Text for an element or an attribute; what XML cannot hold becomes a question mark. */
function escaped(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- exactly these cannot be written in XML
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '?')
      .replaceAll(/[&<>"'\n]/g, (letter) => ENTITIES[letter] ?? letter)
  );
}
