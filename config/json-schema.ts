/**
 * Generates the JSON Schema of `Pulumi.<stack>.yaml`. Editors use it for completion, documentation and validation.
 *
 *     node config/json-schema.ts            writes config.schema.json
 *     node config/json-schema.ts --check    fails when it is not up to date
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { namespace } from './parse.ts';
import { environmentSchema } from './schema.ts';

type JsonSchema = Record<string, unknown>;

/** The schema of a whole stack file. The settings are under `config:`; other namespaces are not checked. */
export function stackFileSchema(): JsonSchema {
  const settings = z.toJSONSchema(environmentSchema, {
    io: 'input',
    target: 'draft-7',
    reused: 'inline',
  });
  const keys = Object.entries(settings.properties ?? {}).map(([key, value]) => [
    `${namespace}:${key}`,
    value,
  ]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Plinth environment',
    description: 'A Pulumi stack file. Its config describes one environment.',
    type: 'object',
    properties: {
      config: {
        description: 'The settings. All of them are optional.',
        type: 'object',
        properties: Object.fromEntries(keys) as JsonSchema,
        patternProperties: { [`^(?!${namespace}:)`]: {} },
        additionalProperties: false,
      },
      secretsprovider: { description: 'Set by Pulumi: the secrets provider.', type: 'string' },
      encryptedkey: { description: 'Set by Pulumi.', type: 'string' },
      encryptionsalt: { description: 'Set by Pulumi.', type: 'string' },
      environment: { description: 'Set by Pulumi.' },
    },
    additionalProperties: false,
  };
}

/** The text of config.schema.json, formatted by Prettier with the options of the repository. */
async function render(path: string): Promise<string> {
  const { format, resolveConfig } = await import('prettier');
  const style = await resolveConfig(path);
  return format(JSON.stringify(stackFileSchema()), { printWidth: 100, ...style, parser: 'json' });
}

async function main(check: boolean): Promise<void> {
  const path = fileURLToPath(new URL('../config.schema.json', import.meta.url));
  const text = await render(path);
  if (!check) {
    await writeFile(path, text);
  } else if ((await readFile(path, 'utf8')) !== text) {
    process.stderr.write(
      'config.schema.json does not match config/schema.ts: run node config/json-schema.ts\n',
    );
    process.exitCode = 1;
  }
}

// No top-level await: the tests load this file as CommonJS.
if (process.argv[1] === fileURLToPath(import.meta.url)) void main(process.argv.includes('--check'));
