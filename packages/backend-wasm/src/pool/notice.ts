const given = new Set<string>();

/** Warns on the console, once. */
export function notice(message: string): void {
  if (given.has(message)) return;
  given.add(message);
  console.warn(message);
}
