/** The only module that reads the Pulumi config and the name of the stack. */
import * as pulumi from '@pulumi/pulumi';
import type { EnvironmentConfig } from './environment.ts';
import { parseEnvironment } from './parse.ts';
import { checkMachine, type Machine } from './ports.ts';
import { ConfigError } from './errors.ts';

export type { EnvironmentConfig } from './environment.ts';
export { parseEnvironment } from './parse.ts';

/**
 * Loads the environment of the current Pulumi stack and checks that this machine can run it.
 *
 * @param application names the database where the settings name none
 * @throws {pulumi.RunError} with all mistakes in one message, before any resource is declared
 */
export async function loadConfig(
  application: { readonly database: string },
  machine?: Machine,
): Promise<EnvironmentConfig> {
  return withConfigErrors(async () => {
    const config = parseEnvironment(pulumi.runtime.allConfig(), {
      stack: pulumi.getStack(),
      project: pulumi.getProject(),
      database: application.database,
      secretKeys: secretKeys(),
    });
    const preview = pulumi.runtime.isDryRun();
    if (config.docker.previewOnly && !preview) {
      throw new ConfigError(`Pulumi.${config.stack}.yaml`, [
        `docker.previewOnly is true but this is an up of ${config.stack}: run pulumi preview, or set docker.previewOnly to false`,
      ]);
    }
    await checkMachine(config, preview, machine);
    return config;
  });
}

/** Runs `work`. A ConfigError ends the program with its message only, without a stack trace. */
export async function withConfigErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConfigError ? toRunError(error) : error;
  }
}

/**
 * Pulumi prints a RunError without a stack trace: the user needs only the message. The error must not have a stack
 * either: Pulumi also formats it in color, and Node hangs on a stack with a line that ends in a directory below
 * node_modules.
 */
function toRunError(error: ConfigError): pulumi.RunError {
  const sentence = new pulumi.RunError(error.message);
  sentence.stack = error.message;
  return sentence;
}

/** Pulumi passes the names of the encrypted keys to the program in an environment variable. */
function secretKeys(): readonly string[] {
  const keys: unknown = JSON.parse(process.env['PULUMI_CONFIG_SECRET_KEYS'] ?? '[]');
  return Array.isArray(keys) ? keys.map((key) => String(key).replace(':config:', ':')) : [];
}
