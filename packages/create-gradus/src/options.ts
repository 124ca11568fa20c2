import { parseArgs } from 'node:util';

const templates = ['node', 'vite'] as const;
const languages = ['ts', 'js'] as const;

/** What a project is: a trainer for Node, or a page that Vite builds. */
export type Template = (typeof templates)[number];
export type Language = (typeof languages)[number];

/** What the command line said; what it left open is undefined. */
export interface Options {
  readonly folder?: string | undefined;
  readonly template?: Template | undefined;
  readonly language?: Language | undefined;
  /** Ask nothing: take the first choice of what was left open. */
  readonly yes: boolean;
  readonly help: boolean;
}

export const usage: string = `npm create gradus@latest [FOLDER] -- [OPTIONS]

  --template node|vite   a trainer for Node, or a page that trains in the browser
  --language ts|js       TypeScript, or JavaScript
  --yes, -y              ask nothing; what is left open is gradus-app, node, ts
  --help, -h             this text`;

/** A command line that says something wrong. */
export class UsageError extends Error {}

export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) throw new UsageError(`one folder is enough, got ${positionals.join(', ')}`);
  return {
    folder: positionals[0],
    template: oneOf('--template', templates, values.template),
    language: oneOf('--language', languages, values.language),
    yes: values.yes ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<typeof config>> {
  try {
    return parseArgs({ ...config, args: [...args] });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const config = {
  allowPositionals: true,
  options: {
    template: { type: 'string' },
    language: { type: 'string' },
    yes: { type: 'boolean', short: 'y' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;

function oneOf<T extends string>(flag: string, choices: readonly T[], value: string | undefined): T | undefined {
  const found = choices.find((choice) => choice === value);
  if (value !== undefined && found === undefined) {
    throw new UsageError(`${flag} is ${choices.join(' or ')}, got '${value}'`);
  }
  return found;
}
