/** Where a translation differs from its original in what needs no translating. */
import { dirname, join, relative } from 'node:path';
import type { CodeBlock, Section } from './page';

/** A page and its path from the root of the checkout. */
export interface Page {
  path: string;
  sections: Section[];
}

/** One sentence for each difference; it names the page and the heading. */
export function outOfStep(original: Page, translation: Page): string[] {
  const count = Math.max(original.sections.length, translation.sections.length);
  for (let at = 0; at < count; at++) {
    if (original.sections[at]?.level !== translation.sections[at]?.level)
      return [headingsOutOfStep(original, translation)];
  }
  return translation.sections.flatMap((section, at) => {
    const model = original.sections[at];
    const place = `${translation.path}, ${named(section)} (${original.path}, ${named(model)})`;
    return sectionOutOfStep({ ...original, section: model }, { ...translation, section }).map(
      (difference) => `${place}: ${difference}`,
    );
  });
}

/** Where a heading is missing, the first section that differs is the place to look: levels alone may agree up to the end. */
function headingsOutOfStep(original: Page, translation: Page): string {
  const [models, sections] = [original.sections, translation.sections];
  let at = 0;
  while (models[at]?.level === sections[at]?.level) {
    const [model, section] = [models[at], sections[at]];
    if (sectionOutOfStep({ ...original, section: model }, { ...translation, section }).length > 0) break;
    at++;
  }
  const [found, wanted] = [sections, models].map((all) => (all[at] ? named(all[at]) : 'its end'));
  return (
    `${translation.path} has ${sections.length - 1} headings, ${original.path} has ${models.length - 1}; ` +
    `out of step from ${found} on, where ${original.path} has ${wanted}`
  );
}

function sectionOutOfStep(original: PageSection, translation: PageSection): string[] {
  const [model, section] = [original.section, translation.section];
  return [
    ...blocksOutOfStep(model.blocks, section.blocks),
    ...countOutOfStep('list items', model.items, section.items),
    ...countOutOfStep('table rows', model.rows, section.rows),
    ...linksOutOfStep(original, translation),
  ];
}

function named({ heading, level, line }: Section): string {
  return level === 0 ? 'above the first heading' : `"${'#'.repeat(level)} ${heading}" (line ${line})`;
}

function blocksOutOfStep(models: CodeBlock[], blocks: CodeBlock[]): string[] {
  if (models.length !== blocks.length) return [`${blocks.length} code blocks instead of ${models.length}`];
  return blocks.flatMap((block, at) => {
    const model = models[at];
    const place = `code block ${at + 1} (line ${block.line})`;
    if (block.language !== model.language) return [`${place} is "${block.language}" instead of "${model.language}"`];
    const lines = Math.max(block.code.length, model.code.length);
    for (let line = 0; line < lines; line++) {
      if (block.code[line] === model.code[line]) continue;
      return [`${place} has ${quoted(block.code[line])} instead of ${quoted(model.code[line])}`];
    }
    return [];
  });
}

function quoted(line: string | undefined): string {
  return line === undefined ? 'nothing more' : `«${line}»`;
}

function countOutOfStep(what: string, wanted: number, found: number): string[] {
  return wanted === found ? [] : [`${found} ${what} instead of ${wanted}`];
}

type PageSection = Page & { section: Section };

/** Both lead to the same files; anchors are translated, and the links between the two pages themselves do not count. */
function linksOutOfStep(original: PageSection, translation: PageSection): string[] {
  const pair = [original.path, translation.path];
  const wanted = leadTo(original, pair);
  const found = leadTo(translation, pair);
  return [
    ...without(wanted, found).map((file) => `no link to ${file}`),
    ...without(found, wanted).map((file) => `a link to ${file} too many`),
  ];
}

function leadTo({ path, section }: PageSection, pair: string[]): string[] {
  return section.links
    .filter((link) => !link.startsWith('#'))
    .map((link) => (isOutside(link) ? link : join(dirname(path), link.replace(/#.*$/, ''))))
    .filter((file) => !pair.includes(file))
    .map(inEnglish);
}

export function isOutside(link: string): boolean {
  return /^[a-z]+:/.test(link);
}

/** `docs/zh-CN/functions.md` → `docs/functions.md`, `README.zh-CN.md` → `README.md`. */
export function inEnglish(path: string): string {
  return relative('.', path)
    .replace(/^docs\/zh-CN\//, 'docs/')
    .replace(/^README\.zh-CN\.md$/, 'README.md');
}

function without(all: string[], some: string[]): string[] {
  const left = [...some];
  return all.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
