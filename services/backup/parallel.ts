/**
 * Works on items in their order, several at a time.
 *
 * @param workers each works on one item after the other
 * @throws {unknown} the first error, after all workers have come to an end; the others get no new item
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
