import { expect, it } from '@jest/globals';
import { longestPauseSec } from '../../../observability/alerts/thresholds.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

it.each([
  ['0 3 * * *', DAY],
  ['0 2 * * 0', 7 * DAY],
  ['15 * * * *', HOUR],
  ['0 4 1 * *', 31 * DAY],
  ['0 3 * * 1-5', 3 * DAY],
])(
  '%s pauses %i seconds at most, however the time zone without summer time is called',
  (line, pause) => {
    // Only Etc/UTC is counted with a fixed offset.
    expect(longestPauseSec(line, 'Etc/UTC')).toBe(pause);
    expect(longestPauseSec(line, 'Etc/GMT')).toBe(pause);
  },
);

it('counts the hour that summer time takes and gives', () => {
  expect(longestPauseSec('0 3 * * *', 'Europe/Berlin')).toBe(DAY);
  expect(longestPauseSec('0 12 * * 0', 'Europe/Berlin')).toBe(7 * DAY + HOUR);
});
