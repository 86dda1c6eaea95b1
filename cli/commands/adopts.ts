import { shouldImport, detectExisting } from '../import-existing.ts';
import { stackOf, stackOption, type Command } from '../command.ts';

export const command: Command = {
  summary: 'tell whether `up` takes over data that an earlier stack left (exit code 0: yes)',
  details: 'Plain `pulumi` asks this by itself where a stack is new and its data volume is not.',
  options: { stack: stackOption },
  run: async (values) => {
    const stack = stackOf(values);
    const yes = shouldImport(await detectExisting(stack));
    if (yes) console.log(`adopts: the data of an earlier ${stack} was kept and is taken over`);
    else console.log(`adopts: there is no data of an earlier ${stack} to take over`);
    return yes ? 0 : 1;
  },
};
