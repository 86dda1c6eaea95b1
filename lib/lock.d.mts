/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's count; tells apart two processes of one number. */
  readonly start?: string | undefined;
}

/** What this machine knows about a holder's process. */
export interface Here {
  readonly host: string;
  readonly alive: boolean;
  readonly start?: string | undefined;
}

export function startOf(pid: number): string | undefined;
export function isAlive(pid: number): boolean;
export function holderOf(pid: number): Holder;
export function isStale(holder: Holder | undefined, here: Here): boolean;
export function tryLock(path: string): Holder | undefined;
export function unlock(path: string): void;
export function withLock<T>(
  path: string,
  work: () => T | Promise<T>,
  onWait?: (holder: Holder) => void,
): Promise<T>;
