import { belongsVia, belongsTo, type Tenancy } from '../plinth.ts';

/** The example application: who sees which of its rows. A new table is one line here. */
export const tenancy: Tenancy = {
  schema: 'public',
  tenant: { is: 'facilitator', setting: 'app.facilitator_id', type: 'uuid' },
  tables: {
    facilitators: belongsTo('id', {
      reveals: { facilitators_email_key: 'people sign in with their address, so it is unique' },
    }),
    classrooms: belongsTo('facilitator_id', {
      reveals: { classrooms_classroom_code_key: 'students type the code and nothing else' },
    }),
    students: belongsTo('facilitator_id'),
    student_progress: belongsTo('facilitator_id'),
    analytics_events: belongsVia('classroom_id'),
    student_feedback: belongsTo('facilitator_id'),
  },
  bypass: { backup: 'a dump that misses rows is no backup' },
};
