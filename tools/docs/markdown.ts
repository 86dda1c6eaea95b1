// Pieces of Markdown that both references are made of.

/** A table, without columns that are empty; without rows, nothing. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const filled = head.map((_, column) => rows.some((row) => row[column] !== ''));
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .filter((_, column) => filled[column])
      .map(cell)
      .join(' | ')} |`;
  return ['', line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** Text as code, whatever is in it. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

/** What stands at the top of a page that nobody edits. */
export function notice(source: string): string[] {
  return ['', `<!-- Written by \`npm run docs\` from ${source}. Do not edit. -->`, ''];
}

/** A sentence with a capital letter and a full stop. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.:!?]$/.test(capital) ? capital : `${capital}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
