/** Answers the questions of `problems.ts` about the schema: the known keys of a group, and advice for certain keys. */
import { z } from 'zod';
import type { Path, SchemaGuide } from './errors.ts';
import { environmentSchema } from './schema.ts';
import { ownedSettingAdvice } from './settings.ts';

export const schemaGuide: SchemaGuide = {
  keysAt(path) {
    const schema = path.reduce<z.core.$ZodType | undefined>(step, environmentSchema);
    const inner = schema === undefined ? undefined : bare(schema);
    return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  },

  adviceFor(path, key) {
    const group = path.join('.');
    if (group === 'postgres.settings') return ownedSettingAdvice(key);
    if (path.length === 0 && key === 'example') {
      return `is called application now: write plinth:application, with the same migrations and seed`;
    }
    if (/^(password|passwd|secret)/i.test(key)) {
      return 'is not a setting: passwords are generated, not configured; increase users.<name>.rotation for a new one';
    }
    if (/^(bind|host|ip|address|listen)/i.test(key) && group !== 'docker' && group !== '') {
      return 'is not a setting: ports are published on 127.0.0.1 only';
    }
    const dot = key.indexOf('.');
    if (path.length === 0 && dot > 0 && this.keysAt([]).includes(key.slice(0, dot))) {
      return `is not a setting: write ${key.slice(dot + 1)} indented under plinth:${key.slice(0, dot)}`;
    }
    return undefined;
  },
};

function step(schema: z.core.$ZodType | undefined, key: Path[number]): z.core.$ZodType | undefined {
  const inner = schema === undefined ? undefined : bare(schema);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const shape = inner.shape as Readonly<Record<string, z.core.$ZodType>>;
  if (Object.hasOwn(shape, key)) return shape[String(key)];
  return inner.def.catchall;
}

/** The schema under `.optional()`. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? bare(schema.unwrap()) : schema;
}
