import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compact, type Example, examplesIn, promisedBy, unformatted } from '../src/examples/extract.ts';
import { printedBy } from '../src/examples/run.ts';
import { root } from '../src/packages.ts';
import { markdownFiles } from '../src/site/pages.ts';

const examples = markdownFiles().flatMap(examplesIn);
const marked = (mark: RegExp) => examples.filter((example) => mark.test(example.mark)).map(titled);
const titled = (example: Example) => ({ ...example, title: `${example.file}:${example.line}` });

test('what a program says that it prints', () => {
  expect(promisedBy('console.log(1) // 1\nf() // not printed\nconsole.log(2) // 2 // 3\n')).toBe('1\n2\n3');
  expect(promisedBy('for (;;) {\n  console.log(1)\n}\n// 1\n// 2\n')).toBe('1\n2\n');
});

describe('an example runs, and prints what it says:', () => {
  test.concurrent.each(marked(/^$/))('$title', async ({ code }) => {
    expect(compact(await printedBy(code))).toBe(compact(promisedBy(code)));
  });
});

describe('an example on a GPU runs where there is one, and prints what it says:', () => {
  test.for(marked(/^gpu$/))('$title', async ({ code }, { skip }) => {
    const printed = await printedBy(code).catch((error: Error) => {
      if (error.message.includes('webgpu: there is no GPU')) skip(error.message);
      throw error;
    });
    expect(compact(printed)).toBe(compact(promisedBy(code)));
  });
});

describe('a quotation is what its file says:', () => {
  test.each(marked(/^from=/))('$title', ({ code, mark }) => {
    const source = readFileSync(root + mark.slice('from='.length), 'utf8');
    expect(unformatted(source)).toContain(unformatted(code));
  });
});

test('what is neither says that it is an excerpt', () => {
  expect(marked(/^(?!gpu$|excerpt$|setup$|from=|$)/).map(({ title }) => title)).toEqual([]);
});

test.each(readdirSync(`${root}packages`))(
  'the README of %s begins with an example, and the docs can import it',
  (folder) => {
    const { name } = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8'));
    expect(readFileSync(`${root}packages/${folder}/README.md`, 'utf8')).toMatch(/^# .+\n\n```(ts|sh)/);
    const { dependencies } = JSON.parse(readFileSync(`${root}apps/docs/package.json`, 'utf8'));
    if (name.startsWith('@gradus/')) expect(dependencies).toHaveProperty([name]);
  },
);
