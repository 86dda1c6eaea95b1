/** Alerts on the Postgres server log. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords } from './format.ts';

const WINDOW_SEC = 600;
/** Deployments and interactive sessions cause a few. */
const FATALS = 10;
/** A person with a typo stops after about three attempts; an application with an old password does not. */
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
        why: 'A PANIC terminates all connections and starts crash recovery from WAL. A single one is critical.',
        summary: 'Postgres logged a PANIC',
        description: `Log lines of severity PANIC within ${words}: {{ $value | humanize }}; expected: 0.`,
        explains: ['FatalErrorsLogged'],
      },
      {
        name: 'FatalErrorsLogged',
        subject: 'postgres',
        severity: 'warning',
        // Failed logins are FATAL too, and have their own alert.
        expr: `round(${lines('fatal')} - (${refusals} or vector(0))) > ${number(FATALS)}`,
        forSec: 0,
        why: `A FATAL error terminates one connection: too many connections, an unknown database, or a timeout. More than one per minute is a fault.`,
        summary: 'Postgres terminates connections with FATAL errors',
        description: `{{ $value | humanize }} log lines of severity FATAL, excluding failed logins, within ${words}; the alert fires above ${number(FATALS)}.`,
      },
      {
        name: 'AuthenticationFailures',
        subject: 'access',
        severity: 'warning',
        expr: `round(${refusals}) > ${number(REFUSALS)}`,
        forSec: 0,
        why: `A person with a typo stops after a few attempts. More than ${number(REFUSALS)} failures in ${words} come from an application with an old password, or from password guessing.`,
        summary: 'Many logins to Postgres fail',
        description: `{{ $value | humanize }} logins failed within ${words}; the alert fires above ${number(REFUSALS)}.`,
      },
    ],
  };
}
