/** Common parts of all dashboards: layout, names, units and colours. Pure. */
import {
  type AnnotationQuery,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkType,
  defaultDashboard,
  type GridPos,
  type Panel as PanelModel,
  RowBuilder,
  type RowPanel,
  type ThresholdsConfig,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';

/** The only data source; `grafana.ts` declares it. */
export const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const;

/** Titles of the boards by name, in display order. */
export const boardTitles = {
  overview: 'Overview',
  postgres: 'Postgres',
  queries: 'Queries',
  connections: 'Connections & PgBouncer',
  locks: 'Locks & transactions',
  redis: 'Redis',
  backups: 'Backups & restore',
  access: 'Access & isolation',
  host: 'Host & containers',
  slo: 'SLO',
  monitoring: 'Monitoring itself',
} as const;
export type BoardName = keyof typeof boardTitles;

export const uidOf = (board: BoardName): string => `plinth-${board}`;

/** Tag of all boards, so that each board links to all others. */
const TAG = 'plinth';

/** Values are in base units: seconds, bytes, ratios. */
export const UNITS = {
  count: units.Short,
  ratio: units.PercentUnit,
  seconds: units.Seconds,
  bytes: units.BytesIEC,
  perSecond: units.OpsPerSecond,
  bytesPerSecond: units.BytesPerSecondIEC,
  /** For Unix timestamps in milliseconds. */
  ago: units.DateTimeFromNow,
} as const;
export type Unit = keyof typeof UNITS;

/** Colour is never the only sign: a fault is also shown as text or as a line. */
export const COLOURS = { good: 'green', unsure: 'orange', bad: 'red', plain: 'text' } as const;

/** The threshold from which a value is bad. */
export interface Limit {
  readonly at: number;
  readonly bad: 'above' | 'below';
}
export const above = (at: number): Limit => ({ at: exact(at), bad: 'above' });
export const below = (at: number): Limit => ({ at: exact(at), bad: 'below' });

/** Without binary rounding errors. */
const exact = (value: number): number => Number(value.toPrecision(12));

/** Grafana's threshold steps: the first one has no lower bound. */
export function stepsOf(limit: Limit | undefined): ThresholdsConfig {
  const { good, bad, plain } = COLOURS;
  const colours = limit === undefined ? [plain] : limit.bad === 'above' ? [good, bad] : [bad, good];
  return {
    mode: ThresholdsMode.Absolute,
    steps: colours.map((color, index) => ({
      value: index === 0 ? null : (limit?.at ?? null),
      color,
    })),
  };
}

export type QueryKind = 'range' | 'instant';

/** A query of a panel, for tests against a Prometheus. */
export interface PanelQuery {
  /** The board's uid. */
  readonly board: string;
  /** The panel's title. */
  readonly panel: string;
  readonly expr: string;
  readonly kind: QueryKind;
}

/** Grafana's classic dashboard model, the documented format for file provisioning. */
export type BoardModel = ReturnType<typeof defaultDashboard>;

export interface Board {
  readonly uid: string;
  readonly title: string;
  /** The dashboard JSON for Grafana. */
  readonly json: BoardModel;
  readonly queries: readonly PanelQuery[];
}

/** A panel without a position; `panels.ts` creates panels. */
export interface Panel {
  readonly title: string;
  readonly queries: readonly { readonly expr: string; readonly kind: QueryKind }[];
  readonly build: (id: number, gridPos: GridPos) => PanelModel;
}

/** Panels side by side, equally wide. */
export interface Line {
  readonly height: number;
  readonly panels: readonly Panel[];
}
export const line = (height: number, ...panels: readonly Panel[]): Line => ({ height, panels });

/** Lines of panels under a heading. */
export interface Row {
  readonly title: string;
  readonly lines: readonly Line[];
}
export const row = (title: string, ...lines: readonly Line[]): Row => ({ title, lines });

/** The parts if the condition is true, otherwise none. */
export const only = <T>(there: boolean, ...parts: readonly T[]): readonly T[] =>
  there ? parts : [];

/** Replaces Grafana's variables by fixed durations, so that Prometheus can run the query. */
export const runnable = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h');

/** Width of Grafana's grid. */
const COLUMNS = 24;

/**
 * A dashboard.
 *
 * @param question the question that the board answers
 * @param from start of the default time range
 */
export function board(
  name: BoardName,
  question: string,
  rows: readonly Row[],
  from = 'now-3h',
): Board {
  const [uid, title] = [uidOf(name), boardTitles[name]];
  const there = rows
    .map((of) => ({ ...of, lines: of.lines.filter(({ panels }) => panels.length > 0) }))
    .filter(({ lines }) => lines.length > 0);
  const json: BoardModel = {
    ...defaultDashboard(),
    uid,
    title,
    description: question,
    tags: [TAG],
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from, to: 'now' },
    refresh: '30s',
    links: [...links],
    annotations: { list: [...annotations] },
    templating: { list: [] },
    panels: placed(there),
  };
  const queries = there
    .flatMap(({ lines }) => lines.flatMap(({ panels }) => panels))
    .flatMap((panel) =>
      panel.queries.map(({ expr, kind }) => ({ board: uid, panel: panel.title, expr, kind })),
    );
  return { uid, title, json, queries };
}

/** Positions rows and panels from top to bottom, with ids from 1. */
function placed(rows: readonly Row[]): (PanelModel | RowPanel)[] {
  const parts: (PanelModel | RowPanel)[] = [];
  const next = () => parts.length + 1;
  let y = 0;
  for (const { title, lines } of rows) {
    const gridPos = { x: 0, y: y++, w: COLUMNS, h: 1 };
    parts.push(new RowBuilder(title).id(next()).gridPos(gridPos).build());
    for (const { height, panels } of lines) {
      const edge = (index: number) => Math.floor((index * COLUMNS) / panels.length);
      for (const [index, panel] of panels.entries()) {
        const [x, end] = [edge(index), edge(index + 1)];
        parts.push(panel.build(next(), { x, y, w: end - x, h: height }));
      }
      y += height;
    }
  }
  return parts;
}

/** The link of a panel to a board; it keeps the time range. */
export const linkTo = (name: BoardName): DashboardLink => ({
  title: boardTitles[name],
  type: DashboardLinkType.Link,
  icon: 'dashboard',
  tooltip: '',
  url: `/d/${uidOf(name)}?\${__url_time_range}`,
  tags: [],
  asDropdown: false,
  targetBlank: false,
  includeVars: false,
  keepTime: false,
});

/** Links at the top of each board. The SDK's default would put them into a menu. */
const links: readonly DashboardLink[] = [
  { ...linkTo('overview'), url: `/d/${uidOf('overview')}`, keepTime: true },
  {
    ...linkTo('overview'),
    title: 'All boards',
    type: DashboardLinkType.Dashboards,
    url: '',
    tags: [TAG],
    asDropdown: true,
    keepTime: true,
  },
];

/** Annotations on every graph, because most faults follow a change. */
const annotations: readonly AnnotationQuery[] = [
  annotation('Restarts', 'changes(plinth_container_start_timestamp_seconds[2m]) > 0', 'blue', {
    title: '{{part}} restarted',
    tags: 'part',
  }),
  annotation('Migrations', 'max(delta(plinth_migrations_applied[2m])) > 0', 'purple', {
    title: 'A migration was applied',
    tags: '',
  }),
];

function annotation(
  name: string,
  expr: string,
  iconColor: string,
  text: { readonly title: string; readonly tags: string },
): AnnotationQuery {
  return {
    name,
    datasource: DATASOURCE,
    enable: true,
    hide: false,
    iconColor,
    expr,
    step: '60s',
    titleFormat: text.title,
    tagKeys: text.tags,
  };
}

/** Queries of the annotations; on a healthy stack they usually return no result. */
export const annotationQueries: readonly string[] = annotations.map(({ expr = '' }) => expr);
