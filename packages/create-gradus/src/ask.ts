import { cancel, intro, isCancel, outro, select, text } from '@clack/prompts';
import type { Language, Options, Template } from './options.ts';
import type { Project } from './scaffold.ts';
import { whyNot } from './target.ts';

export const defaultFolder = 'gradus-app';

/** Asks for what the command line left open; null where the user doesn't want to any more. */
export async function ask(options: Options): Promise<Project | null> {
  intro('A new project with Gradus');
  const folder = options.folder ?? (await askFolder());
  const template = folder === null ? null : (options.template ?? (await askTemplate()));
  const language = template === null ? null : (options.language ?? (await askLanguage()));
  if (folder === null || template === null || language === null) {
    cancel('Nothing was written.');
    return null;
  }
  outro(`Writing ${folder}`);
  return { folder, template, language };
}

async function askFolder(): Promise<string | null> {
  const options = { placeholder: defaultFolder, defaultValue: defaultFolder };
  return answer(await text({ message: 'Folder', validate: (folder) => whyNot(folder || defaultFolder), ...options }));
}

async function askTemplate(): Promise<Template | null> {
  return answer(
    await select<Template>({
      message: 'What shall it be?',
      options: [
        { value: 'node', label: 'A trainer for Node' },
        { value: 'vite', label: 'A page that trains in the browser', hint: 'Vite' },
      ],
    }),
  );
}

async function askLanguage(): Promise<Language | null> {
  return answer(
    await select<Language>({
      message: 'In which language?',
      options: [
        { value: 'ts', label: 'TypeScript' },
        { value: 'js', label: 'JavaScript' },
      ],
    }),
  );
}

/** What was chosen; null where the question was cancelled. */
const answer = <T>(value: T): Exclude<T, symbol> | null => (isCancel(value) ? null : (value as Exclude<T, symbol>));
