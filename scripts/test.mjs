// Runs every test of the workspace from sources, in Node and in Chromium, and closes with the plain line
// `N passed, N failed[, N skipped]`; the line before it says so where there is no Chromium.
// Arguments go to vitest: `npm test -- packages/storage`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

function runVitest(reportFile, args) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  return (
    spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], { cwd: root, stdio: 'inherit' }).status ?? 1
  );
}

/** A file that failed before its first test (it did not load, a hook threw) counts as one failure. */
function tally({ testResults }) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of testResults) {
    const failedBefore = counts.failed;
    for (const { status } of file.assertionResults) counts[status in counts ? status : 'skipped'] += 1;
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed += 1;
  }
  return counts;
}

/** Titles of the tests that stand for many which this machine can't run, with the reason. */
function leftOut({ testResults }) {
  const titles = testResults.flatMap((file) => file.assertionResults.map(({ title }) => title));
  return new Set(titles.filter((title) => title.startsWith('LEFT OUT')));
}

const folder = mkdtempSync(join(tmpdir(), 'gradus-test-'));
const reportFile = join(folder, 'report.json');
const code = runVitest(reportFile, process.argv.slice(2));
let counts = { passed: 0, failed: 1, skipped: 0 };
try {
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  counts = tally(report);
  for (const title of leftOut(report)) console.log(title);
} catch {
  console.error('vitest ended without a report');
}
rmSync(folder, { recursive: true });
const ok = code === 0 && counts.failed === 0;
if (!ok) counts.failed = Math.max(counts.failed, 1);
if (findChromium() === undefined) {
  console.log(
    'LEFT OUT: all tests in a browser. Install Chromium, or let the variable CHROMIUM name one, to run them.',
  );
}
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
process.exitCode = ok ? 0 : 1;
