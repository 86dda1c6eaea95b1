// Sequences: what can be read of them is shown, and what cannot is no success.

import { asking, Partly, type Asked, type Collector } from '../collector.ts';
import { SEQUENCES, UNREADABLE_SEQUENCES } from './tables.ts';

export function sequences(asked: Asked): Collector {
  const readable = asking(SEQUENCES, asked);
  return {
    name: SEQUENCES.name,
    collect: async () => {
      const samples = await readable.collect();
      const hidden = (await asked.query(UNREADABLE_SEQUENCES)).map(({ name }) => String(name));
      if (hidden.length === 0) return samples;
      const first = hidden.slice(0, 3).join(', ');
      const rest = hidden.length > 3 ? ` and ${String(hidden.length - 3)} more` : '';
      throw new Partly(
        `sequences ${first}${rest} cannot be read: GRANT SELECT ON SEQUENCE … to who watches`,
        samples,
      );
    },
  };
}
