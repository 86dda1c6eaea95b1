/** Aborts when the process receives SIGTERM or SIGINT. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('it was stopped'));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  return controller.signal;
}
