// Whether Pulumi's own downloads can be reached: asked once, and only when something is missing.

import type { Context } from './part.ts';

const probeTimeoutMs = 4000;
const address = 'https://get.pulumi.com/';

/** What PLINTH_TOOLCHAIN asks for: `official` or `build`; anything else lets the probe decide. */
export function forcedOrigin(value: string | undefined): boolean | undefined {
  if (value === 'official') return true;
  if (value === 'build') return false;
  return undefined;
}

async function probe(): Promise<boolean> {
  try {
    const answer = await fetch(address, {
      method: 'HEAD',
      redirect: 'follow',
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    return answer.status < 500;
  } catch {
    return false;
  }
}

/** Whether to try the official downloads. */
export function officialIsReachable(context: Context): Promise<boolean> {
  return context.once('official downloads', async () => {
    const forced = forcedOrigin(process.env['PLINTH_TOOLCHAIN']);
    const reachable = forced ?? (await probe());
    context.progress.say(
      reachable
        ? '· Pulumi: official downloads'
        : '· Pulumi: official downloads cannot be reached from here, so the parts are built from Go modules',
    );
    return reachable;
  });
}
