/** A function that starts each piece of work once and hands everybody the same result. */
export function makeOnce(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const started = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const running = started.get(key) ?? work();
    started.set(key, running);
    return running as Promise<T>;
  };
}
