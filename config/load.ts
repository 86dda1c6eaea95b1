/** The only place that reads Pulumi's config and asks for the stack's name. */
import * as pulumi from '@pulumi/pulumi';
import type { EnvironmentConfig } from './environment.ts';
import { parseEnvironment } from './parse.ts';
import { checkMachine, type Machine } from './ports.ts';
import { ConfigError } from './problems.ts';

export type { EnvironmentConfig } from './environment.ts';
export { parseEnvironment } from './parse.ts';

/**
 * The environment of the stack that Pulumi is working on, checked against the machine it is for.
 *
 * @param application names the database where the settings name none
 * @throws {pulumi.RunError} with every mistake in one message, before any resource is declared
 */
export async function loadConfig(
  application: { readonly database: string },
  machine?: Machine,
): Promise<EnvironmentConfig> {
  return refusing(async () => {
    const config = parseEnvironment(pulumi.runtime.allConfig(), {
      stack: pulumi.getStack(),
      project: pulumi.getProject(),
      database: application.database,
      secretKeys: secretKeys(),
    });
    const preview = pulumi.runtime.isDryRun();
    if (config.docker.previewOnly && !preview) {
      throw new ConfigError(`Pulumi.${config.stack}.yaml`, [
        `docker.previewOnly is true but this is an up of ${config.stack}: preview it, or set docker.previewOnly to false`,
      ]);
    }
    await checkMachine(config, preview, machine);
    return config;
  });
}

/** Does `work`; mistakes of the person who wrote its input end the program with their sentences alone. */
export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConfigError ? told(error) : error;
  }
}

/**
 * A RunError is printed without a stack trace: the sentence is what the reader needs. Nor may it have
 * one: the engine's side also formats it in colour, and Node takes for ever over a stack in which a
 * line ends in a folder below node_modules.
 */
function told(error: ConfigError): pulumi.RunError {
  const sentence = new pulumi.RunError(error.message);
  sentence.stack = error.message;
  return sentence;
}

/** Pulumi hands the names of encrypted keys to the program beside the values. */
function secretKeys(): readonly string[] {
  const keys: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  return Array.isArray(keys) ? keys.map((key) => String(key).replace(':config:', ':')) : [];
}
