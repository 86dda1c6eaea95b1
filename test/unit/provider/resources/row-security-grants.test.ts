import { describe, expect, it } from '@jest/globals';
import { grantStatements } from '../../../../provider/resources/row-security/grants.ts';

const T = 'TABLE public.notes';

describe('grants', () => {
  it('that are as wanted need nothing, in any order', () => {
    expect(
      grantStatements(
        T,
        { app: ['INSERT', 'SELECT'] },
        { app: ['SELECT', 'INSERT'], readonly: [] },
      ),
    ).toEqual([]);
  });

  it('that are missing are given, and only they', () => {
    expect(
      grantStatements(T, { app: ['SELECT'] }, { app: ['SELECT', 'INSERT'], readonly: ['SELECT'] }),
    ).toEqual([
      'GRANT INSERT ON TABLE public.notes TO app',
      'GRANT SELECT ON TABLE public.notes TO readonly',
    ]);
  });

  it('that are wrong are all taken from that role, and the right ones given back', () => {
    const live = { app: ['SELECT', 'TRUNCATE'], public: ['SELECT (body)'], readonly: ['SELECT'] };
    expect(grantStatements(T, live, { app: ['SELECT'], readonly: ['SELECT'] })).toEqual([
      'REVOKE ALL ON TABLE public.notes FROM app CASCADE',
      'REVOKE ALL ON TABLE public.notes FROM PUBLIC CASCADE',
      'GRANT SELECT ON TABLE public.notes TO app',
    ]);
  });

  it('that hang on a grant option are given anew by the owner', () => {
    const live = { app: ['SELECT WITH GRANT OPTION'], readonly: ['SELECT'] };
    expect(grantStatements(T, live, { app: ['SELECT'], readonly: ['SELECT'] })).toEqual([
      'REVOKE ALL ON TABLE public.notes FROM app CASCADE',
      'GRANT SELECT ON TABLE public.notes TO app',
      'GRANT SELECT ON TABLE public.notes TO readonly',
    ]);
  });

  it('take names of any kind', () => {
    expect(grantStatements(T, {}, { 'O"x': ['SELECT'] })).toEqual([
      'GRANT SELECT ON TABLE public.notes TO "O""x"',
    ]);
  });
});
