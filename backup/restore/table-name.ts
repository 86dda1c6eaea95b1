import { UsageError } from '../command.ts';
import type { TableName } from './toc.ts';

/**
 * Parses `schema.name`. A part with dots must be in double quotes. The default schema is `public`.
 *
 * @throws TypedWrong for anything else
 */
export function tableName(text: string): TableName {
  const part = '("(?:[^"]|"")+"|[^".]+)';
  const found = new RegExp(`^(?:${part}\\.)?${part}$`, 's').exec(text);
  const name = found?.[2];
  if (name === undefined) {
    throw new UsageError(
      `--table is ${JSON.stringify(text)}, but must be schema.name, as in public.orders`,
    );
  }
  return { schema: plain(found?.[1] ?? 'public'), name: plain(name) };
}

function plain(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}
