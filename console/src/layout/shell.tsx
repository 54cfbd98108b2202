import { Mode } from '@cloudscape-design/global-styles';
import AppLayout from '@cloudscape-design/components/app-layout';
import Box from '@cloudscape-design/components/box';
import Flashbar from '@cloudscape-design/components/flashbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import Spinner from '@cloudscape-design/components/spinner';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { IamGate } from '../session/iam-gate.tsx';
import { Boundary } from './boundary.tsx';
import { currentMode, toggleMode } from './mode.ts';
import { NotificationsContext, useNotificationList } from './notifications.ts';
import { FIRST_PAGE, PAGES } from './pages.ts';
import { goTo, hrefTo, useRoute } from './route.ts';

/** Where the navigation would leave too little room for a page; it is opened by a button there. */
const NARROW = '(max-width: 688px)';

/** What all pages share: top bar, navigation, notifications, and the page of the route. */
export function Shell({ regions }: { regions: readonly string[] }) {
  const { session, signOut, setRegion } = useSignedIn();
  const { path } = useRoute();
  const [mode, setMode] = useState(currentMode());
  const notifications = useNotificationList();
  const [navigationOpen, setNavigationOpen] = useState(() => !matchMedia(NARROW).matches);
  const name = path[0] ?? FIRST_PAGE;
  const page = PAGES[name];
  const title = [...path.slice(1, 2), page?.title ?? 'No such page'].join(' – ');
  const content = useArrival(path.join('/'), title);
  const open = (href: string): void => {
    goTo(href.replace(/^#\//, '').split('/'));
    if (matchMedia(NARROW).matches) setNavigationOpen(false);
  };
  return (
    <NotificationsContext value={notifications}>
      <nav aria-label="Shortcut">
        <a
          className="skip"
          href={location.hash}
          onClick={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
        >
          Skip to the page
        </a>
      </nav>
      <div id="top">
        <TopNavigation
          identity={{ href: '#/', title: 'Claviger' }}
          utilities={[
            {
              type: 'button',
              text: mode === Mode.Dark ? 'Light mode' : 'Dark mode',
              onClick: () => setMode(toggleMode()),
            },
            {
              type: 'menu-dropdown',
              text: session.region,
              ariaLabel: `Region ${session.region}`,
              items: regions.map((region) => ({ id: region, text: region })),
              onItemClick: ({ detail }) => setRegion(detail.id),
            },
            {
              type: 'menu-dropdown',
              text: session.arn.split(':').at(-1) ?? session.arn,
              description: `Account ${session.accountId}`,
              iconName: 'user-profile',
              items: [{ id: 'sign-out', text: 'Sign out' }],
              onItemClick: () => signOut(),
            },
          ]}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationOpen={navigationOpen}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        ariaLabels={{
          navigation: 'Pages',
          navigationToggle: 'Open the list of pages',
          navigationClose: 'Close the list of pages',
          notifications: 'Notifications',
        }}
        navigation={
          <SideNavigation
            header={{ text: 'Key management', href: '#/' }}
            activeHref={hrefTo([name])}
            items={navigationItems()}
            onFollow={(event) => {
              event.preventDefault();
              open(event.detail.href);
            }}
          />
        }
        notifications={<Flashbar items={notifications.items} stackItems />}
        content={
          <div ref={content} tabIndex={-1} role="group" aria-label={title} className="page">
            {page === undefined ? (
              <Box variant="h1">There is no such page.</Box>
            ) : (
              <Boundary key={`${session.region} ${path.join('/')}`}>
                <Suspense fallback={<Spinner size="large" />}>
                  {page.ofIam === true ? (
                    <IamGate title={title}>
                      <page.Content path={path.slice(1)} />
                    </IamGate>
                  ) : (
                    <page.Content path={path.slice(1)} />
                  )}
                </Suspense>
              </Boundary>
            )}
          </div>
        }
      />
    </NotificationsContext>
  );
}

/**
 * Tells the browser's title and whoever uses the keyboard or a screen reader that another page is shown: the focus goes to its
 * beginning. Not at first, for the browser begins there itself.
 */
function useArrival(address: string, title: string) {
  const content = useRef<HTMLDivElement>(null);
  const shown = useRef(address);
  useEffect(() => {
    document.title = `${title} – Claviger`;
    if (shown.current === address) return;
    shown.current = address;
    content.current?.focus();
  }, [address, title]);
  return content;
}

function navigationItems() {
  const sections = new Map<string, { type: 'link'; text: string; href: string }[]>();
  for (const [name, { title, section }] of Object.entries(PAGES)) {
    if (section === undefined) continue;
    const links = sections.get(section) ?? [];
    links.push({ type: 'link', text: title, href: hrefTo([name]) });
    sections.set(section, links);
  }
  return [...sections].map(([text, items]) => ({ type: 'section' as const, text, items }));
}
