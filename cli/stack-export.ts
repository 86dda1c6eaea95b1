// A stack's state as `pulumi stack export` prints it, as far as it matters here.

type Properties = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Properties;
  readonly outputs?: Properties;
}

export interface PendingOperation {
  readonly type: string;
  readonly resource: Resource;
}

export interface Exported {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly Resource[];
    pending_operations?: readonly PendingOperation[];
  };
}

/** Resources of a state; none where nothing was ever made. */
export function resourcesOf(exported: unknown): readonly Resource[] {
  return (exported as Partial<Exported>).deployment?.resources ?? [];
}

/** What the state calls a resource that is looked for in it. */
export const resourceTypes = {
  container: 'docker:index/container:Container',
  network: 'docker:index/network:Network',
  volume: 'docker:index/volume:Volume',
  role: 'postgresql:index/role:Role',
  database: 'postgresql:index/database:Database',
} as const;
