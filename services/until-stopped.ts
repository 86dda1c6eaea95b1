/** Aborts when the process is told to stop. */
export function untilStopped(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('it was told to stop'));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  return controller.signal;
}
