/**
 * Processes items in order, several in parallel.
 *
 * @param workers each processes one item at a time
 * @throws {unknown} the first error, after all workers have finished. After an error, no new item is started.
 */
export async function inParallel<T>(
  items: readonly T[],
  workers: readonly ((item: T) => Promise<void>)[],
): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  await Promise.all(
    workers.map(async (work) => {
      while (errors.length === 0) {
        const item = queue.shift();
        if (item === undefined) return;
        try {
          await work(item);
        } catch (error) {
          errors.push(error);
        }
      }
    }),
  );
  if (errors.length > 0) throw errors[0];
}
