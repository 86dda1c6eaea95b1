import { changedProperties, type Handler } from '../engine/handler.ts';
import { containerSubject, type ContainerOf } from './readiness/container.ts';
import { waitUntilReady } from './readiness/wait.ts';

/** For callers that show no progress and cancel nothing. */
const ALONE = { say: () => undefined, signal: new AbortController().signal };

/** That a service answers. It is waited for once: when its container is new. */
export const readiness: Handler<ContainerOf> = {
  check: ({ test }) =>
    Array.isArray(test) && test.length > 0
      ? []
      : [{ property: 'test', reason: 'is empty: name a program and its arguments' }],
  diff: (state, inputs) => ({
    changed: changedProperties(state, inputs, ['service', 'test']),
    replace: changedProperties(state, inputs, ['container', 'dockerHost']),
  }),
  create: async (inputs, running = ALONE) => {
    await waitUntilReady(containerSubject(inputs), running);
    return { id: inputs.container, state: inputs };
  },
  // The container is the same, and was ready before.
  update: (_id, _state, inputs) => Promise.resolve(inputs),
};
