import { describe } from '@jest/globals';
import { Chain } from '../support/chain.ts';
import { clientRecipes } from './steps/clients.ts';
import { killedWhileCreated, killedWhileReplaced } from './steps/interrupted.ts';
import { keptData } from './steps/kept-data.ts';
import { rollbackPoints, rollbackSettings } from './steps/rollback-points.ts';
import { signedClients } from './steps/signed-clients.ts';
import { signedContext, signedSettings } from './steps/signed-context.ts';
import { signedIsolation } from './steps/signed-isolation.ts';

describe('an environment', () => {
  const chain = new Chain('t-lifecycle');
  const workMem = '3MiB';
  const keep = { 'plinth:postgres': { workMem, volume: { onDestroy: 'keep' } } };

  chain.build('whose first update was killed', rollbackSettings('2MiB'), () =>
    killedWhileCreated(chain),
  );
  chain.step('is backed up before its server is replaced', rollbackSettings('2MiB'), () =>
    rollbackPoints(chain),
  );
  chain.step(
    'whose server is replaced by an update that is killed',
    { 'plinth:postgres': { workMem } },
    () => killedWhileReplaced(chain),
  );
  chain.step('keeps its data when it is destroyed', keep, () => keptData(chain));
  chain.step('serves the clients of the guide', {}, () => clientRecipes(chain));
  chain.step('takes the signed tokens of its clients', signedSettings(1), () =>
    signedClients(chain),
  );
  chain.step('resists attacks on signed tenants', signedSettings(1), () => signedContext(chain));
  chain.step('keeps signed tenants apart', signedSettings(3), () => signedIsolation(chain));
});
