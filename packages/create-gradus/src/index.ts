#!/usr/bin/env node
import { ask, defaultFolder } from './ask.ts';
import { type Options, parseOptions, UsageError, usage } from './options.ts';
import { commands, packageManager } from './package-manager.ts';
import { type Project, scaffold } from './scaffold.ts';
import { whyNot } from './target.ts';

/** What to do without questions; with them, where somebody is there to answer. */
async function choose(options: Options): Promise<Project | null> {
  const { folder = defaultFolder, template = 'node', language = 'ts', yes } = options;
  const open = options.folder === undefined || options.template === undefined || options.language === undefined;
  if (open && !yes && process.stdin.isTTY) return ask(options);
  if (open && !yes) throw new UsageError('nobody is there to answer questions: name what you want, or add --yes');
  return { folder, template, language };
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(usage);
  if (options.folder !== undefined) refuse(options.folder);
  const project = await choose(options);
  if (project === null) {
    process.exitCode = 130; // as for an interrupt
    return;
  }
  refuse(project.folder);
  scaffold(project);
  const [install, start] = commands[packageManager()];
  console.log(`\nDone. Now run\n\n  cd ${project.folder}\n  ${install}\n  ${start}\n`);
}

function refuse(folder: string): void {
  const reason = whyNot(folder);
  if (reason !== undefined) throw new UsageError(reason);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`create-gradus: ${error.message}\n\n${usage}`);
  process.exitCode = 1;
}
