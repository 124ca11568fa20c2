/** What the visitor chose; `auto` is what the system prefers. */
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'gradus-playground-theme';
const changes: EventTarget = new EventTarget();
const systemIsDark: MediaQueryList = matchMedia('(prefers-color-scheme: dark)');

systemIsDark.addEventListener('change', () => changes.dispatchEvent(new Event('change')));

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    // Where storage is refused, the choice lasts as long as the page.
    return 'auto';
  }
}

export function isDark(theme: Theme): boolean {
  return theme === 'auto' ? systemIsDark.matches : theme === 'dark';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above.
  }
  changes.dispatchEvent(new Event('change'));
}

/** Calls back whenever colours may have changed; returns what ends that. */
export function onThemeChange(listener: () => void): () => void {
  changes.addEventListener('change', listener);
  return () => changes.removeEventListener('change', listener);
}

/** A colour of the style sheets as a canvas understands it, `rgb(...)`: they are registered as colours there. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
