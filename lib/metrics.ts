// What Prometheus reads: values with names and labels, and the text of a page of them.

export interface Sample {
  /** Of the family: a histogram's own parts are in `part`. */
  readonly name: string;
  readonly value: number;
  /** @default none */
  readonly labels?: Labels;
  /** Which part of a histogram. @default none */
  readonly part?: 'bucket' | 'sum' | 'count';
}

export type Labels = Readonly<Record<string, string>>;

export interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** A sentence. */
  readonly help: string;
}

export type Families = Readonly<Record<string, Family>>;

/** Text of a page. Samples of one family come together, in the order of their first; what is no number is left out. */
export function renderSamples(samples: readonly Sample[], families: Families): string {
  const lines = new Map<string, string[]>();
  for (const sample of samples) {
    if (!Number.isFinite(sample.value)) continue;
    const { name } = sample;
    let list = lines.get(name);
    if (list === undefined) {
      list = heading(name, families);
      lines.set(name, list);
    }
    list.push(lineOf(sample));
  }
  return [...lines.values()].map((list) => `${list.join('\n')}\n`).join('');
}

function heading(name: string, families: Families): string[] {
  const family = Object.hasOwn(families, name) ? families[name] : undefined;
  if (family === undefined) return [];
  const help = family.help.replaceAll(/[\\\n]/g, escaped);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${family.type}`];
}

function lineOf({ name, value, labels = {}, part }: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${labelText(text)}"`);
  const inBraces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return `${part === undefined ? name : `${name}_${part}`}${inBraces} ${String(value)}`;
}

/** Whatever it holds, it stays one label of one line. */
function labelText(text: string): string {
  return text.replaceAll(/[\\\n"]/g, escaped).toWellFormed();
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
