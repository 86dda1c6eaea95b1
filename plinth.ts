/**
 * What an application imports from the platform. `examples/plinth.ts` passes it on, so that a folder of `examples/` works in
 * the place of `app/` without a changed line.
 */
export {
  defineApplication,
  type Application,
  type ApplicationArgs,
  type Sample,
  type SeedFile,
} from './rls/application.ts';
export {
  belongsVia,
  belongsTo,
  customPolicies,
  READ,
  WRITE,
  type CustomPolicy,
  type Tenancy,
} from './rls/model/tenancy.ts';
