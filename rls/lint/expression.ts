/** What a policy's expression does, judged by its text as `pg_get_expr` prints it. */

/** Where each character stands: inside a string or a quoted name it says nothing about structure. */
function blanked(text: string): string {
  return text
    .replace(/'(?:[^']|'')*'/g, (found) => `'${'_'.repeat(found.length - 2)}'`)
    .replace(/"(?:[^"]|"")*"/g, (found) => '_'.repeat(found.length));
}

/** Index of the parenthesis that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return text.length - 1;
}

/** The text with every sub-select, and what is in it, as `( SELECT)`. */
export function outsideSubselects(text: string): string {
  const plain = blanked(text);
  let kept = '';
  let at = 0;
  for (;;) {
    const next = plain.indexOf('( SELECT', at);
    if (next === -1) return kept + text.slice(at);
    kept += `${text.slice(at, next)}( SELECT)`;
    at = closing(plain, next) + 1;
  }
}

/** Without the parentheses around the whole. */
function bare(text: string): string {
  const trimmed = text.trim();
  const whole = trimmed.startsWith('(') && closing(blanked(trimmed), 0) === trimmed.length - 1;
  return whole ? bare(trimmed.slice(1, -1)) : trimmed;
}

/** The parts of an expression that are joined by AND or OR outside of any parentheses. */
function parts(text: string, word: 'AND' | 'OR'): string[] {
  const plain = blanked(text);
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < plain.length; at += 1) {
    if (plain[at] === '(') depth += 1;
    if (plain[at] === ')') depth -= 1;
    if (depth === 0 && plain.startsWith(` ${word} `, at)) {
      found.push(text.slice(from, at));
      from = at + word.length + 2;
    }
  }
  return [...found, text.slice(from)];
}

/** Whether it lets every row through: `true`, `1 = 1`, or one of them after an OR. */
export function alwaysTrue(text: string): boolean {
  const inner = bare(text);
  const either = parts(inner, 'OR');
  if (either.length > 1) return either.some(alwaysTrue);
  const both = parts(inner, 'AND');
  if (both.length > 1) return both.every(alwaysTrue);
  if (inner === 'true' || inner === 'NOT false') return true;
  const sides = /^('(?:[^']|'')*'(?:::\w+)?|\d+) = (.*)$/.exec(inner);
  return sides !== null && sides[1] === sides[2];
}

/** Whether rows are chosen by one condition or another, for which no single index serves. */
export function hasOr(text: string): boolean {
  return / OR /.test(blanked(outsideSubselects(text)));
}

/** Words that stand before a parenthesis and are no functions, and functions that cost nothing. */
const NO_CALLS = new Set(
  (
    'any all array in and or not exists case when then else select values row coalesce nullif greatest least cast ' +
    'varying varchar character char numeric decimal bit time timestamp interval now statement_timestamp ' +
    'transaction_timestamp is from over filter'
  ).split(' '),
);

/**
 * Functions that are called once for every row although they know nothing of it: their arguments name no column, and no
 * sub-select keeps their value.
 */
export function perRowCalls(text: string): string[] {
  const outside = outsideSubselects(text);
  const plain = blanked(outside);
  const names = [...plain.matchAll(/([\w.]+)\(/g)].flatMap((found) => {
    const name = found[1] ?? '';
    if (NO_CALLS.has(name.toLowerCase())) return [];
    const open = found.index + found[0].length - 1;
    const argument = plain.slice(open + 1, closing(plain, open));
    const words = argument
      .replace(/'_*'/g, '')
      .replace(/::[a-z_. ]+(\[\])?/gi, '')
      .replace(/\b(true|false|null|\d+)\b/gi, '');
    // What an inner call gives is as constant as its own arguments, so only names beside calls count.
    const columns = words.replace(/[\w.]+\(/g, '(');
    return /[a-z_]/i.test(columns) ? [] : [name];
  });
  return [...new Set(names)];
}

/** Whether rows are looked for in a sub-select that the planner runs through for all tenants. */
export function walksAll(text: string): boolean {
  return /( IN|EXISTS) \( SELECT\)/.test(blanked(outsideSubselects(text)));
}

/** Whether it asks who the tenant is. */
export function readsTenant(text: string, setting: string): boolean {
  return /\btenant\.id\(\)/.test(text) || text.includes(`current_setting('${setting}'`);
}

/** What goes wrong when nobody has set a setting that the expression reads; undefined when nothing does. */
export function unsetSetting(text: string): string | undefined {
  if (/current_setting\('[^']*'(::text)?\)/.test(text)) {
    return 'fails with an error where the setting was never set';
  }
  const cast = /current_setting\([^()]*\)\)?::(?!text|character varying)/.test(text);
  return cast && !text.includes('pg_input_is_valid(')
    ? 'fails with an error after a transaction that had set it: the setting is then empty'
    : undefined;
}

/** Whether it reads the table that it stands on, which Postgres refuses to run. */
export function readsItself(text: string, table: string): boolean {
  const name = table.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\b(FROM|JOIN) \\(*(\\w+\\.)?"?${name}"?( |\\)|$)`, 'm').test(text);
}
