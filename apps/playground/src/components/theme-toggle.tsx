import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { applyTheme, isDark, onThemeChange, storedTheme } from '../theme.ts';

/** Light or dark; what the system prefers until it is pressed. */
export function ThemeToggle(): VNode {
  const [dark, setDark] = useState(() => isDark(storedTheme()));
  useEffect(() => onThemeChange(() => setDark(isDark(storedTheme()))), []);
  return (
    <button type="button" class="quiet" aria-pressed={dark} onClick={() => applyTheme(dark ? 'light' : 'dark')}>
      Dark
    </button>
  );
}
