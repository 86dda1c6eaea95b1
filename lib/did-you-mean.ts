import { nearest } from './suggest.ts';

/** `a, b, c: did you mean b?`, or `none`: what could have been named instead of a wrong word. */
export function listWithSuggestion(names: readonly string[], wrong: string): string {
  const near = nearest(wrong, names);
  const all = names.length === 0 ? 'none' : names.join(', ');
  return near === undefined ? all : `${all}: did you mean ${near}?`;
}
