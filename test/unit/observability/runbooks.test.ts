/** Every alert has a page that helps, and every page an alert. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../../../cli/commands.ts';
import { ruleGroups } from '../../../observability/alerts/all.ts';
import { alertsOf, RUNBOOKS } from '../../../observability/alerts/rule.ts';
import { everything } from '../../support/alerts/environments.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FOLDER = path.join(ROOT, RUNBOOKS);
const HEADINGS = ['Meaning', 'Impact', 'Check', 'Repair', 'Make it fire'];

const names = alertsOf(ruleGroups(everything)).map(({ name }) => name);
const files = readdirSync(FOLDER);
const read = (file: string) => readFileSync(path.join(FOLDER, file), 'utf8');
const pages = names.map((name) => [name, read(`${name}.md`)] as const);
/** What makes each fire, and what ends it. */
const faults = pages.map(
  ([name, page]) => [name, page.split('## Make it fire\n')[1] ?? ''] as const,
);

/** What is in blocks and between backticks. */
function code(page: string): string[] {
  const blocks = [...page.matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, text]) => text!);
  const spans = [...page.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)];
  return [...blocks, ...spans.map(([, text]) => text!)];
}

describe('the runbooks', () => {
  it('are one for each alert, and the index', () => {
    expect([...files].sort()).toEqual(['README.md', ...names.map((name) => `${name}.md`)].sort());
  });

  it('are all in the index, once', () => {
    const listed = [...read('README.md').matchAll(/^- \[(\w+)\]\(\1\.md\)$/gm)].map(
      ([, name]) => name,
    );
    expect([...listed].sort()).toEqual([...names].sort());
  });

  it.each(pages)('%s says all there is to say', (name, page) => {
    const [title, ...sections] = page.split(/^## /m);
    expect(title).toBe(`# ${name}\n\n`);
    expect(sections.map((section) => section.slice(0, section.indexOf('\n')))).toEqual(HEADINGS);
    for (const section of sections) {
      expect(section.slice(section.indexOf('\n')).trim().length).toBeGreaterThan(20);
    }
    expect(sections[2]).toMatch(/```(sh|promql)\n/);
    expect(sections[4]).toMatch(/```sh\n/);
  });

  it.each(pages)('%s names only commands that are there', async (_, page) => {
    const asked = code(page).flatMap((text) => [
      ...text.matchAll(/npx plinth ([a-z]+)(?: ([a-z][a-z-]*))?((?: --?[a-z-]+(?: [^\s-]\S*)?)*)/g),
    ]);
    for (const [whole, name, word] of asked) {
      const found = commands[name!];
      if (found === undefined) throw new Error(`there is no command ${whole}`);
      const { command } = await found();
      // A lower-case word is a subcommand, and its name stands in the usage.
      if (word !== undefined)
        expect([whole, command.positionals]).toEqual([whole, expect.stringContaining(word)]);
      const options = [...whole.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option);
      expect([whole, Object.keys(command.options)]).toEqual([
        whole,
        expect.arrayContaining(options),
      ]);
    }
  });

  // An update that does not look takes the state for what is there, and changes nothing.
  it.each(faults.filter(([, fault]) => /\b(alter (role|table)|drop policy)\b/i.test(fault)))(
    '%s puts back what was changed by hand with an update that looks',
    (_, fault) => {
      expect(fault).not.toMatch(/npx plinth up\b(?! --refresh)/);
    },
  );

  it.each(pages)('%s links only to pages that are there', (_, page) => {
    const links = [...page.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, link]) => link!);
    for (const link of links) expect(() => readFileSync(path.join(FOLDER, link))).not.toThrow();
  });

  it.each(pages)(
    '%s has no number of a threshold in it, which would be a second copy',
    (_, page) => {
      const [, meaning = ''] = page.split(/^## /m);
      expect(meaning).not.toMatch(/\d+ ?(%|percent|ms\b|s\b|min\b|MiB)/);
    },
  );
});
