import { TypedWrong } from '../command.ts';
import type { TableName } from './toc.ts';

/**
 * `schema.name`, either part in double quotes where it has dots or capitals that matter; without a schema it is
 * `public`.
 *
 * @throws TypedWrong for anything else
 */
export function tableName(text: string): TableName {
  const part = '("(?:[^"]|"")+"|[^".]+)';
  const found = new RegExp(`^(?:${part}\\.)?${part}$`, 's').exec(text);
  const name = found?.[2];
  if (name === undefined) {
    throw new TypedWrong(
      `--table is ${JSON.stringify(text)}, but must be schema.name, as in public.orders`,
    );
  }
  return { schema: plain(found?.[1] ?? 'public'), name: plain(name) };
}

function plain(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}
