// Sequences: readable ones are exported; an unreadable one makes the collector fail.

import {
  sqlCollector,
  PartialResult,
  type CollectorContext,
  type Collector,
} from '../collector.ts';
import { sequencesBy, TELLS_SEQUENCES, unreadableSequences } from './tables.ts';

export function sequences(asked: CollectorContext): Collector {
  return {
    name: 'sequences',
    collect: async () => {
      const tells = (await asked.query(TELLS_SEQUENCES))[0]?.['tells'] === true;
      const samples = await sqlCollector(sequencesBy(tells), asked).collect();
      const hidden = (await asked.query(unreadableSequences(tells))).map(({ name }) =>
        String(name),
      );
      if (hidden.length === 0) return samples;
      const first = hidden.slice(0, 3).join(', ');
      const rest = hidden.length > 3 ? ` and ${String(hidden.length - 3)} more` : '';
      throw new PartialResult(
        `sequences ${first}${rest} cannot be read: make their owner the migrator, or GRANT SELECT ON SEQUENCE … to who watches`,
        samples,
      );
    },
  };
}
