import type { TenantType } from '../../../rls/model/tenancy.ts';
import type { ContextMode } from '../../../rls/model/tenant-context.ts';
import type { Connection } from '../../connection.ts';

export interface ContextInputs {
  /** The bootstrap superuser. */
  readonly connection: Connection;
  readonly database: string;
  readonly mode: ContextMode;
  readonly setting: string;
  readonly type: TenantType;
  readonly roles: readonly string[];
  /** Secrets in hexadecimal by id. */
  readonly keys: Readonly<Record<string, string>>;
}
