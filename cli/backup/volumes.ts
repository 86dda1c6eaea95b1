// The volumes that hold an environment's data: the one it began with, and those that restores have made.

import { physicalName } from '../../components/container/names.ts';
import { builtImage } from '../../bootstrap/built-image.ts';
import { docker } from '../containers.ts';
import { ephemeralArguments, volumesWith } from './docker.ts';
import { POSTGRES_UID } from './users.ts';

/** Labels of a data volume, as the component gives them (components/postgres/server.ts). */
export function dataLabels(stack: string): Readonly<Record<string, string>> {
  return {
    'plinth.project': 'plinth',
    'plinth.stack': stack,
    'plinth.part': 'postgres',
    'plinth.holds': 'data',
  };
}

/** The volume that an environment has when nothing else is said. */
export function defaultVolume(stack: string): string {
  return physicalName(stack, 'postgres', 'data');
}

/** `plinth-dev-postgres-data-20261121t153000z`. */
export function restoredVolume(stack: string, at: Date): string {
  const time = at.toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '').toLowerCase();
  return `${defaultVolume(stack)}-${time}`;
}

export interface DataVolume {
  readonly name: string;
  /** What it was restored from; undefined for one that has grown. */
  readonly restored?: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

interface Inspected {
  readonly Name: string;
  readonly CreatedAt: string;
}

/**
 * Data volumes out of `docker volume inspect`, the oldest first.
 *
 * @param origins text of `plinth.restored` in them, in the same order; empty where there is none
 */
export function dataVolumesFrom(
  inspected: readonly Inspected[],
  origins: readonly string[] = [],
): DataVolume[] {
  return inspected
    .map(({ Name, CreatedAt }, index): DataVolume => {
      const restored = originOf(origins[index] ?? '');
      return { name: Name, createdAt: CreatedAt, ...(restored === undefined ? {} : { restored }) };
    })
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** A backup's id, or a moment of point-in-time recovery. */
function originOf(text: string): string | undefined {
  try {
    const { backup, pointInTime } = JSON.parse(text) as {
      backup?: string;
      pointInTime?: { backup: string; lastCommitAt: string | null };
    };
    return backup ?? pointInTime?.lastCommitAt ?? pointInTime?.backup;
  } catch {
    return undefined;
  }
}

/** The data volumes of a stack, the oldest first. */
export async function dataVolumes(stack: string): Promise<DataVolume[]> {
  const inspected = await inspectedVolumes(stack);
  return dataVolumesFrom(inspected);
}

/** The same, with what each was restored from. */
export async function knownDataVolumes(stack: string): Promise<DataVolume[]> {
  const inspected = await inspectedVolumes(stack);
  if (inspected.length === 0) return [];
  const places = inspected.map((_, index) => `/data-${String(index)}`);
  const said = await docker(
    ephemeralArguments({
      image: await builtImage('backup'),
      user: POSTGRES_UID,
      volumes: inspected.map(({ Name }, index) => `${Name}:${places[index] ?? ''}:ro`),
      entrypoint: 'sh',
      args: [
        '-c',
        'for at; do cat "$at/plinth.restored" 2>/dev/null; printf "\\0"; done',
        'origins',
        ...places,
      ],
    }),
  );
  return dataVolumesFrom(inspected, said.split('\0'));
}

async function inspectedVolumes(stack: string): Promise<Inspected[]> {
  const labels = Object.entries(dataLabels(stack)).map(([name, value]) => `${name}=${value}`);
  const names = await volumesWith(...labels);
  if (names.length === 0) return [];
  return JSON.parse(await docker(['volume', 'inspect', ...names])) as Inspected[];
}

/**
 * Makes a volume as the component would. Another label would make it another volume for Pulumi, which would then
 * replace it.
 */
export async function makeDataVolume(stack: string, name: string): Promise<void> {
  const labels = Object.entries(dataLabels(stack));
  const args = labels.flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  await docker(['volume', 'create', ...args, name]);
}
