import { flushCompileCache } from 'node:module';
import { loginDefaultRole } from './resources/login-default-role.ts';
import { EngineLog } from './engine/engine-log.ts';
import { image } from './resources/image.ts';
import { migrations } from './resources/migrations.ts';
import { pidsLimit } from './resources/pids-limit.ts';
import { readiness } from './resources/readiness.ts';
import { rollbackPoint } from './resources/rollback-point.ts';
import { roleSet } from './resources/role-set.ts';
import { rowSecurity } from './resources/row-security.ts';
import { schemaAccess } from './resources/schema-access.ts';
import { seed } from './resources/seed.ts';
import { serve } from './engine/dispatcher.ts';
import { listen } from './engine/grpc-server.ts';
import { tenantContext } from './resources/tenant-context.ts';

const log = new EngineLog();
// The engine's address is the one argument that is no flag.
const address = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
if (address !== undefined) log.attach(address);

const service = serve(
  {
    'plinth:index:ActsAs': loginDefaultRole,
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
