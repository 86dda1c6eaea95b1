/** Which metrics an expression of PromQL is about. */

const KEYWORDS = new Set(
  `and or unless on ignoring group_left group_right by without offset bool atan2 inf nan
   sum avg min max count stddev stdvar topk bottomk quantile group count_values`.split(/\s+/),
);

/** Names outside of labels, strings, durations and functions. */
export function metricsOf(expr: string): string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b\d+(\.\d+)?(ms|[smhdwy])?\b/g, ' ');
  return [...bare.matchAll(/[a-zA-Z_][\w:]*(?=\s*(\(?))/g)].flatMap(([name, follows]) =>
    follows === '(' || KEYWORDS.has(name.toLowerCase()) ? [] : [name],
  );
}
