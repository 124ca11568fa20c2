const packageManagers = ['npm', 'pnpm', 'yarn', 'bun'] as const;

export type PackageManager = (typeof packageManagers)[number];

/**
 * Who runs this program, by the user agent that package managers put in the environment: `pnpm/10.0.0 npm/? node/v24.0.0 linux x64`.
 *
 * @see https://docs.npmjs.com/cli/v11/using-npm/config#user-agent
 */
export function packageManager(userAgent: string = process.env.npm_config_user_agent ?? ''): PackageManager {
  return packageManagers.find((name) => userAgent.startsWith(`${name}/`)) ?? 'npm';
}

/** What to type to install the project's packages, and to start it. */
export const commands: Readonly<Record<PackageManager, readonly [install: string, start: string]>> = {
  npm: ['npm install', 'npm start'],
  pnpm: ['pnpm install', 'pnpm start'],
  yarn: ['yarn', 'yarn start'],
  bun: ['bun install', 'bun run start'],
};
