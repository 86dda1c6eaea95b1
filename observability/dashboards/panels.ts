/** The four panel types: status tile, number, graph, table. Pure. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  ThresholdsConfigBuilder,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as tables from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { RUNBOOKS } from '../alerts/rule.ts';
import {
  type BoardName,
  COLOURS,
  DATASOURCE,
  type Limit,
  linkTo,
  type Panel,
  type QueryKind,
  stepsOf,
  type Unit,
  UNITS,
} from './builders.ts';

/** The description of a panel, behind its (i) icon. */
interface About {
  readonly shows: string;
  readonly normal: string;
  /** What to do if the panel is not normal. */
  readonly ifNot: string;
  /** The alert on the same metric. @default none */
  readonly alert?: string;
  /** The board with more details. @default none */
  readonly more?: BoardName;
}

type Builder = stat.PanelBuilder | timeseries.PanelBuilder | tables.PanelBuilder;

interface Asked {
  readonly expr: string;
  readonly legend?: string;
}

function panel(
  title: string,
  about: About,
  kind: QueryKind,
  queries: readonly Asked[],
  builder: Builder,
  format = PromQueryFormat.TimeSeries,
): Panel {
  const targets = queries.map(({ expr, legend = '' }, index) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .datasource(DATASOURCE)
      .expr(expr)
      .format(format)
      .legendFormat(legend);
    return kind === 'instant' ? query.instant() : query.range();
  });
  const { shows, normal, ifNot, alert, more } = about;
  const description = [
    shows,
    `**Normal:** ${normal}`,
    `**If not:** ${ifNot}`,
    ...(alert === undefined ? [] : [`**Runbook:** ${RUNBOOKS}/${alert}.md`]),
  ].join('\n\n');
  return {
    title,
    queries: queries.map(({ expr }) => ({ expr, kind })),
    build: (id, gridPos) =>
      builder
        .id(id)
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .targets(targets)
        .links(more === undefined ? [] : [{ build: () => linkTo(more) }])
        .gridPos(gridPos)
        .build(),
  };
}

function big(unit: Unit, limit: Limit | undefined): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .unit(UNITS[unit])
    .thresholds({ build: () => stepsOf(limit) })
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .graphMode(common.BigValueGraphMode.None)
    .textMode(common.BigValueTextMode.Value)
    .justifyMode(common.BigValueJustifyMode.Center)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields(''));
}

interface TileSpec extends About {
  /** Number of faults: 0 is healthy. Without a result the tile shows that, which is not healthy either. */
  readonly expr: string;
  readonly fine: string;
  readonly wrong: string;
}

/** A green or red tile with a text. */
export function tile(title: string, spec: TileSpec): Panel {
  const { good, bad, unsure } = COLOURS;
  const unknown = 'Not measured';
  const mappings: ValueMapping[] = [
    {
      type: MappingType.ValueToText,
      options: { '0': { text: spec.fine, color: good, index: 0 } },
    },
    {
      type: MappingType.RangeToText,
      options: { from: 0.000001, to: null, result: { text: spec.wrong, color: bad, index: 1 } },
    },
    {
      type: MappingType.SpecialValue,
      options: {
        match: SpecialValueMatch.NullAndNan,
        result: { text: unknown, color: unsure, index: 2 },
      },
    },
  ];
  const builder = big('count', { at: 0.000001, bad: 'above' })
    .mappings(mappings)
    .noValue(unknown)
    .colorMode(common.BigValueColorMode.BackgroundSolid);
  return panel(title, spec, 'instant', [spec], builder);
}

interface NumberSpec extends About {
  readonly expr: string;
  readonly unit: Unit;
  readonly limit?: Limit;
  /** @default Grafana's choice */
  readonly decimals?: number;
  /** Text for -1. @default -1 is shown as a number */
  readonly none?: string;
}

/** One current value. */
export function number(title: string, spec: NumberSpec): Panel {
  const { unit, limit, none, decimals } = spec;
  const builder = big(unit, limit).colorMode(common.BigValueColorMode.Value);
  if (decimals !== undefined) builder.decimals(decimals);
  if (none !== undefined) {
    builder.mappings([
      {
        type: MappingType.ValueToText,
        options: { '-1': { text: none, color: COLOURS.unsure, index: 0 } },
      },
    ]);
  }
  return panel(title, spec, 'instant', [spec], builder);
}

interface GraphSpec extends About {
  readonly unit: Unit;
  /** Expressions by legend; the legend may use `{{label}}`. */
  readonly lines: Readonly<Record<string, string>>;
  readonly limit?: Limit;
  /** Whether the lines are stacked. @default false */
  readonly stacked?: boolean;
}

/** Values over time, with a dashed line at the alert threshold. */
export function graph(title: string, spec: GraphSpec): Panel {
  const { unit, lines, limit, stacked = false } = spec;
  const { GraphThresholdsStyleMode: style, StackingMode: stacking } = common;
  const builder = new timeseries.PanelBuilder()
    .unit(UNITS[unit])
    .min(0)
    .thresholds({ build: () => stepsOf(limit) })
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        limit === undefined ? style.Off : style.Dashed,
      ),
    )
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .drawStyle(common.GraphDrawStyle.Line)
    .lineInterpolation(common.LineInterpolation.Linear)
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .stacking(
      new common.StackingConfigBuilder().mode(stacked ? stacking.Normal : stacking.None).group('A'),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  const queries = Object.entries(lines).map(([legend, expr]) => ({ legend, expr }));
  return panel(title, spec, 'range', queries, builder);
}

interface Column {
  readonly name: string;
  readonly expr: string;
  readonly unit: Unit;
  readonly limit?: Limit;
}

interface TableSpec extends About {
  /** Label → heading. All queries must have exactly these labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly columns: readonly [Column, ...Column[]];
  /** The column to sort by. @default the first one */
  readonly sortBy?: string;
  /** @default true */
  readonly descending?: boolean;
  /** Colours of texts in the label columns. @default none */
  readonly colours?: Readonly<Record<string, string>>;
}

/** A table with one row per label set and one column per query. */
export function table(title: string, spec: TableSpec): Panel {
  const { labels, columns, sortBy = columns[0].name, descending = true, colours = {} } = spec;
  const values = columns.map(({ name }, index): [string, string] => [
    // Grafana names the value column differently for one query and for several.
    columns.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + index)}`,
    name,
  ]);
  const names = [...Object.entries(labels), ...values];
  const builder = new tables.PanelBuilder()
    .unit(UNITS.count)
    .thresholds(new ThresholdsConfigBuilder().steps(stepsOf(undefined).steps))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .cellHeight(common.TableCellHeight.Sm)
    .filterable(false)
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(sortBy).desc(descending)])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(names.map(([name], index) => [name, index])),
        renameByName: Object.fromEntries(names),
      },
    });
  for (const column of columns) builder.overrideByName(column.name, cells(column));
  const words = Object.entries(colours);
  if (words.length > 0) {
    const options = Object.fromEntries(
      words.map(([text, color], index) => [text, { text, color, index }]),
    );
    builder.overrideByRegexp(`/^(${Object.values(labels).join('|')})$/`, [
      { id: 'mappings', value: [{ type: MappingType.ValueToText, options }] },
      { id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } },
    ]);
  }
  return panel(title, spec, 'instant', columns, builder, PromQueryFormat.Table);
}

function cells({ unit, limit }: Column): DynamicConfigValue[] {
  return [
    { id: 'unit', value: UNITS[unit] },
    ...(limit === undefined
      ? []
      : [
          { id: 'thresholds', value: stepsOf(limit) },
          { id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } },
        ]),
  ];
}
