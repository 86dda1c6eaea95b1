/**
 * The JSON Schema of `Pulumi.<stack>.yaml`, for editors: completion, documentation and red lines while typing.
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

/** The schema of a whole stack file; `config:` holds the settings, other namespaces are left alone. */
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
    title: 'An environment of Plinth',
    description: 'A stack file of Pulumi whose config describes one environment.',
    type: 'object',
    properties: {
      config: {
        description: 'The settings. All of them are optional.',
        type: 'object',
        properties: Object.fromEntries(keys) as JsonSchema,
        patternProperties: { [`^(?!${namespace}:)`]: {} },
        additionalProperties: false,
      },
      secretsprovider: { description: "Pulumi's own: who encrypts secrets.", type: 'string' },
      encryptedkey: { description: "Pulumi's own.", type: 'string' },
      encryptionsalt: { description: "Pulumi's own.", type: 'string' },
      environment: { description: "Pulumi's own." },
    },
    additionalProperties: false,
  };
}

/** The text of config.schema.json, formatted as the repository formats JSON. */
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
      'config.schema.json is not what config/schema.ts says: run node config/json-schema.ts\n',
    );
    process.exitCode = 1;
  }
}

// No top-level await: the tests read this file as CommonJS.
if (process.argv[1] === fileURLToPath(import.meta.url)) void main(process.argv.includes('--check'));
