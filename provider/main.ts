import { main } from '@pulumi/pulumi/provider/index.js';
import { actsAs } from './acts-as.ts';
import { serve } from './serve.ts';
import { migrations } from './migrations.ts';
import { pidsLimit } from './pids-limit.ts';
import { seed } from './seed.ts';

await main(
  serve({
    'plinth:index:ActsAs': actsAs,
    'plinth:index:Migrations': migrations,
    'plinth:index:PidsLimit': pidsLimit,
    'plinth:index:Seed': seed,
  }),
  process.argv.slice(2),
);
