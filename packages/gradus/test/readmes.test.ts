import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { vulkanEnvironment } from '../../../scripts/vulkan.ts';

const packages = fileURLToPath(new URL('../..', import.meta.url));
// The example of backend-conformance declares tests; apps/custom-backend runs it.
const names = (await readdir(packages)).filter((name) => name !== 'backend-conformance');

/** The first example of a README. */
async function exampleOf(name: string): Promise<string> {
  const text = await readFile(`${packages}${name}/README.md`, 'utf8');
  const example = /^# @gradus\/[\w-]+\n\n```ts\n(.+?)```/s.exec(text)?.[1];
  if (example === undefined) throw new Error(`${name}/README.md doesn't begin with an example`);
  return example;
}

/** The examples of a page of the documentation, each a program of its own, by the heading above it. */
async function examplesIn(page: string): Promise<[heading: string, example: string][]> {
  const text = await readFile(`${packages}../docs/${page}`, 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const [heading = ''] = section.split('\n');
    return [...section.matchAll(/^```ts\n(.+?)^```/gms)].map(([, example = '']): [string, string] => [
      heading,
      example,
    ]);
  });
}

/** What the comments behind `console.log` say it prints; lines of a loop are told apart by `//`. */
function promisedBy(example: string): string[] {
  const comments = [...example.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)];
  return comments.flatMap(([, comment = '']) => comment.split(' // '));
}

/** Spaces and line breaks are where Node wants them. */
const compact = (text: string): string => text.replaceAll(/\s/g, '');

/** Runs an example from where every package can be imported. */
async function printedBy(example: string): Promise<string> {
  const args = ['--conditions=@gradus/source', '--input-type=module-typescript', '--eval', example];
  const env = { ...process.env, ...vulkanEnvironment() };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: `${packages}gradus`, env });
  return compact(stdout);
}

describe("a README's example runs and prints what it says:", () => {
  for (const name of names) {
    test(name, async (context) => {
      const example = await exampleOf(name);
      const printed = await printedBy(example).catch((error: Error) => {
        if (/webgpu: there is no GPU/.test(error.message)) context.skip('no GPU here, not even one in software');
        throw error;
      });
      expect(printed).toBe(compact(promisedBy(example).join('\n')));
    });
  }
});

describe('the examples of docs/autograd.md run and print what they say:', async () => {
  test.each(await examplesIn('autograd.md'))('%s', async (_, example) => {
    expect(await printedBy(example)).toBe(compact(promisedBy(example).join('\n')));
  });
});
