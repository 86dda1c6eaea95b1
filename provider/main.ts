import { flushCompileCache } from 'node:module';
import { actsAs } from './acts-as.ts';
import { EngineLog } from './engine-log.ts';
import { image } from './image.ts';
import { migrations } from './migrations.ts';
import { pidsLimit } from './pids-limit.ts';
import { readiness } from './readiness.ts';
import { rollbackPoint } from './rollback-point.ts';
import { roleSet } from './role-set.ts';
import { rowSecurity } from './row-security.ts';
import { schemaAccess } from './schema-access.ts';
import { seed } from './seed.ts';
import { serve } from './serve.ts';
import { listen } from './server.ts';
import { tenantContext } from './tenant-context.ts';

const log = new EngineLog();
// The engine's address is the one argument that is no flag.
const address = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
if (address !== undefined) log.attach(address);

const service = serve(
  {
    'plinth:index:ActsAs': actsAs,
    'plinth:index:Image': image,
    'plinth:index:Migrations': migrations,
    'plinth:index:PidsLimit': pidsLimit,
    'plinth:index:Readiness': readiness,
    'plinth:index:RoleSet': roleSet,
    'plinth:index:RollbackPoint': rollbackPoint,
    'plinth:index:RowSecurity': rowSecurity,
    'plinth:index:SchemaAccess': schemaAccess,
    'plinth:index:Seed': seed,
    'plinth:index:TenantContext': tenantContext,
  },
  (urn, message, passing) => void log.info(urn, message, passing),
);
// The engine reads the port from the first line.
console.log(String((await listen(service, log)).port));
// The engine kills this process when it is done: what was compiled would be compiled again next time.
flushCompileCache();
