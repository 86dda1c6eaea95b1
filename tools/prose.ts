/**
 * Rejects words that cannot be searched for where people read: documents, and texts in the code. The right words
 * are in docs/glossary.md. Run by `npm run check`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A rejected word, and what to write instead. */
interface Rejected {
  readonly pattern: RegExp;
  readonly instead: string;
}

const REJECTED: readonly Rejected[] = [
  { pattern: /\banew\b/i, instead: 'again; recreates' },
  { pattern: /\bwhoever\b/i, instead: 'the noun: the user, the role, the reader' },
  { pattern: /(?<!\/)\bnobody\b/i, instead: 'no user, no role, no receiver' },
  { pattern: /\bcannot be had\b/i, instead: 'is not available' },
  { pattern: /\bwhat watches\b/i, instead: 'the monitoring containers' },
  { pattern: /\bwalks? around\b/i, instead: 'bypasses' },
  { pattern: /\b(put|set)s? right\b/i, instead: 'fixes' },
  { pattern: /\b(left|leaves?) out\b/i, instead: 'skipped, omits' },
  { pattern: /\b(un)?seal(s|ed|ing)?\b/i, instead: 'encrypt, decrypt' },
  { pattern: /\b(is|are|was|were|be|been) told\b/i, instead: 'receives a notification; reports' },
  { pattern: /\btorn\b/i, instead: 'truncated' },
  { pattern: /\bfor want of\b/i, instead: 'because there is no …' },
  { pattern: /\bshall\b/i, instead: 'must, will' },
  { pattern: /\bits last words\b/i, instead: 'its last log lines' },
];

/** Where the words are rejected. What is not here yet is written in the old way. */
const AREAS = [
  'README.md',
  'docs/glossary.md',
  'docs/guarantees.md',
  'docs/guides/',
  'docs/runbooks/',
  'docs/reference/',
];
/** Code whose texts, not its comments, are looked at. */
const CODE = ['config/', 'observability/', 'exporter/metrics.ts', 'backup/metrics.ts'];

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** Rejected words in one text. */
export function findings(file: string, text: string, firstLine = 1): Finding[] {
  return text.split('\n').flatMap((line, index) =>
    REJECTED.flatMap(({ pattern, instead }) => {
      const word = pattern.exec(line)?.[0];
      return word === undefined ? [] : [{ file, line: firstLine + index, word, instead }];
    }),
  );
}

/** The texts of a source file: string literals and the fixed parts of templates, with their lines. */
export function textsIn(
  file: string,
  source: string,
): { readonly line: number; readonly text: string }[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const texts: { line: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      texts.push({ line: line + 1, text: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return texts;
}

function trackedFiles(): string[] {
  return execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

/** All rejected words of the checkout. */
export function checkProse(files: readonly string[] = trackedFiles()): Finding[] {
  const within = (file: string, areas: readonly string[]): boolean =>
    areas.some((area) => file === area || (area.endsWith('/') && file.startsWith(area)));
  return files.flatMap((file) => {
    if (file.endsWith('.md') && within(file, AREAS)) {
      // Code blocks hold what programs print.
      const prose = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, (block) =>
        block.replaceAll(/[^\n]/g, ''),
      );
      return findings(file, prose);
    }
    if (file.endsWith('.ts') && within(file, CODE)) {
      return textsIn(file, readFileSync(file, 'utf8')).flatMap(({ line, text }) =>
        findings(file, text, line),
      );
    }
    return [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = checkProse();
  for (const { file, line, word, instead } of found) {
    console.log(`${file}:${line}: "${word}": write ${instead}`);
  }
  process.exitCode = found.length === 0 ? 0 : 1;
}
