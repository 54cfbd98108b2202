import { Mode } from '@cloudscape-design/global-styles';
import AppLayout from '@cloudscape-design/components/app-layout';
import Box from '@cloudscape-design/components/box';
import Flashbar from '@cloudscape-design/components/flashbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import Spinner from '@cloudscape-design/components/spinner';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { Suspense, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { currentMode, toggleMode } from './mode.ts';
import { NotificationsContext, useNotificationList } from './notifications.ts';
import { FIRST_PAGE, PAGES } from './pages.ts';
import { goTo, hrefTo, useRoute } from './route.ts';

/** What all pages share: top bar, navigation, notifications, and the page of the route. */
export function Shell({ regions }: { regions: readonly string[] }) {
  const { session, signOut, setRegion } = useSignedIn();
  const { path } = useRoute();
  const [mode, setMode] = useState(currentMode());
  const notifications = useNotificationList();
  const name = path[0] ?? FIRST_PAGE;
  const page = PAGES[name];
  return (
    <NotificationsContext value={notifications}>
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
              ariaLabel: 'Region',
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
        navigation={
          <SideNavigation
            header={{ text: 'Key management', href: '#/' }}
            activeHref={hrefTo([name])}
            items={navigationItems()}
            onFollow={(event) => {
              event.preventDefault();
              goTo(event.detail.href.replace(/^#\//, '').split('/'));
            }}
          />
        }
        notifications={<Flashbar items={notifications.items} stackItems />}
        content={
          page === undefined ? (
            <Box variant="h1">There is no such page.</Box>
          ) : (
            <Suspense fallback={<Spinner size="large" />}>
              <page.Content path={path.slice(1)} key={session.region} />
            </Suspense>
          )
        }
      />
    </NotificationsContext>
  );
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
