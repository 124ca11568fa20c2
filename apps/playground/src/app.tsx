import type { ComponentType, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { BoundaryPage } from './boundary/page.tsx';
import { ThemeToggle } from './components/theme-toggle.tsx';
import { DigitsPage } from './digits/page.tsx';
import { OptimizersPage } from './optimizers/page.tsx';

interface Route {
  readonly hash: string;
  readonly title: string;
  readonly page: ComponentType;
}

const routes: readonly [Route, ...Route[]] = [
  { hash: '#/digits', title: 'Digits', page: DigitsPage },
  { hash: '#/boundary', title: 'Decision boundary', page: BoundaryPage },
  { hash: '#/optimizers', title: 'Optimizers', page: OptimizersPage },
];

const currentRoute = (): Route => routes.find(({ hash }) => hash === location.hash) ?? routes[0];

/** The page that the address names; the keyboard's focus follows to its heading. */
export function App(): VNode {
  const [route, setRoute] = useState(currentRoute);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    const follow = (): void => setRoute(currentRoute());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    document.title = `${route.title} · Gradus playground`;
    if (isFirst.current) isFirst.current = false;
    else main.current?.focus();
  }, [route]);
  const Page = route.page;
  return (
    <>
      <header class="site">
        <a class="skip" href={route.hash} onClick={(event) => skip(event, main.current)}>
          Skip to content
        </a>
        <p class="brand">
          <img src="./icon.svg" alt="" width="28" height="28" /> Gradus <span>playground</span>
        </p>
        <nav aria-label="Pages">
          {routes.map(({ hash, title }) => (
            <a key={hash} href={hash} aria-current={hash === route.hash ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <ThemeToggle />
      </header>
      <main ref={main} tabIndex={-1}>
        <Page />
      </main>
    </>
  );
}

/** The address is the route's, so the link can't be an anchor. */
function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}
