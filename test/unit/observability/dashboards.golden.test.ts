/** One board as Grafana reads it, and what tells Grafana of it. */
import { expect, it } from '@jest/globals';
import { parseEnvironment } from '../../../config/parse.ts';
import { dashboards } from '../../../observability/dashboards/all.ts';
import { grafanaFiles } from '../../../observability/grafana/files.ts';
import { compareGolden } from '../../support/golden.ts';
import { rawFrom } from '../config/raw.ts';

it('is as in test/golden/grafana', () => {
  const config = parseEnvironment(rawFrom({}), { stack: 'dev', database: 'classrooms' });
  const files = grafanaFiles(dashboards(config), config.monitoring.scrapeIntervalSec);
  const chosen = Object.entries(files).filter(([file]) => /provisioning|overview/.test(file));
  expect(chosen).toHaveLength(3);
  expect(compareGolden('test/golden/grafana', Object.fromEntries(chosen))).toEqual([]);
});
