/** What the server writes into its log. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords } from './format.ts';

const WINDOW_SEC = 600;
/** Deploys and people at a prompt give a few. */
const FATALS = 10;
/** Somebody who mistypes gives up after three; a program with an old password does not. */
const REFUSALS = 10;

export function logRules(t: Thresholds): RuleGroup {
  const window = range(t, WINDOW_SEC);
  const words = rangeInWords(t, WINDOW_SEC);
  const lines = (severity: string) =>
    `sum(increase(plinth_log_lines_total{part="postgres", severity="${severity}"}[${window}]))`;
  const refusals = `sum(increase(plinth_log_authentication_failures_total[${window}]))`;
  return {
    name: 'logs',
    alerts: [
      {
        name: 'PanicLogged',
        subject: 'postgres',
        severity: 'critical',
        expr: `round(${lines('panic')}) > 0`,
        forSec: 0,
        why: 'A PANIC ends every connection and makes the server recover from its WAL: one is too many.',
        summary: 'Postgres has logged a PANIC',
        description: `Lines of severity PANIC within ${words}: {{ $value | humanize }}; there should be 0.`,
        explains: ['FatalErrorsLogged'],
      },
      {
        name: 'FatalErrorsLogged',
        subject: 'postgres',
        severity: 'warning',
        // Refused logins are FATAL too, and have an alert of their own.
        expr: `round(${lines('fatal')} - (${refusals} or vector(0))) > ${number(FATALS)}`,
        forSec: 0,
        why: `FATAL ends one connection: no room for it, no such database, a time limit. More than one a minute are no accident.`,
        summary: 'Postgres ends connections with FATAL errors',
        description: `{{ $value | humanize }} lines of severity FATAL, refused logins left out, within ${words}; the alert begins above ${number(FATALS)}.`,
      },
      {
        name: 'AuthenticationFailures',
        subject: 'access',
        severity: 'warning',
        expr: `round(${refusals}) > ${number(REFUSALS)}`,
        forSec: 0,
        why: `A person who mistypes gives up after a few. More than ${number(REFUSALS)} in ${words} are a program with an old password, or somebody who guesses.`,
        summary: 'Postgres refuses many logins',
        description: `{{ $value | humanize }} logins were refused within ${words}; the alert begins above ${number(REFUSALS)}.`,
      },
    ],
  };
}
