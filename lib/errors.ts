/** Something that set-up cannot have: what it is and what a person can do about it. */
export class UserError extends Error {
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    super(`${what}: ${remedy}`);
    this.name = 'Problem';
    this.remedy = remedy;
  }
}
