/**
 * What one kind of resource does. `Inputs` is what the program declares, `State` what the engine
 * keeps beside it. Handlers see plain values: secrets are unwrapped before and wrapped again after.
 * For `read` and `delete`, the `connection` of the state is the one that the inputs had last.
 */
export interface Handler<Inputs, State = Inputs> {
  /** Sentences about wrong inputs, by property. Empty when all is well. */
  readonly check?: (inputs: Inputs) => readonly Failure[];
  /** What it will mean that it is made: lines for people, shown in the preview. */
  readonly describe?: (inputs: Inputs) => readonly string[];
  /** Names of the inputs that changed; those in `replace` cannot change in place. */
  readonly diff: (state: State, inputs: Inputs) => Difference | Promise<Difference>;
  /** Makes it. Must succeed when it is there already: a killed run is simply run again. */
  readonly create: (inputs: Inputs, running?: Running) => Promise<Created<State>>;
  /**
   * What is really there, for refresh; undefined when it is gone. The engine then asks `diff` what an update would do about
   * it: whatever a state shows otherwise than the inputs say is drift.
   */
  readonly read?: (id: string, state: State) => Promise<State | undefined>;
  /** Changes it in place. */
  readonly update?: (id: string, state: State, inputs: Inputs) => Promise<State>;
  /** Removes it. Absent where the thing lives and dies with another resource. */
  readonly delete?: (id: string, state: State) => Promise<void>;
}

/** What a handler that takes long can do meanwhile. */
export interface Running {
  /** Shows a line beside the resource, in place of the one before. */
  readonly say: (line: string) => void;
  /** Aborted when the update is canceled. */
  readonly signal: AbortSignal;
}

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Difference {
  readonly changed: readonly string[];
  readonly replace?: readonly string[];
  /** Which properties differ between state and inputs, by path (`grants.app`). @default whatever the inputs show */
  readonly details?: Readonly<Record<string, Kind>>;
  /** What the change means: lines for people, shown in the preview. */
  readonly words?: readonly string[];
}

/** How a property of the inputs differs from that of the state. */
export type Kind = 'add' | 'delete' | 'update';

export interface Created<State> {
  readonly id: string;
  readonly state: State;
}

/** The names of the properties in `names` whose JSON differs between two records. */
export function changedProperties<T extends object>(
  before: Partial<T>,
  after: T,
  names: readonly (keyof T & string)[],
): string[] {
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
