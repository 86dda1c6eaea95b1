/** The same as `plinth.ts` at the top, at the place where a folder beside this file looks for it. */
export * from '../plinth.ts';
