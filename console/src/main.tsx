/**
 * The console: one more client of the API, in the browser. Every call is made by the official SDK and signed with the
 * user's own session, so that nothing is possible here that the API forbids. Rooms: session (who is signed in), aws (the
 * clients), layout (what all pages share), and one folder for each service page.
 */
import '@cloudscape-design/global-styles/index.css';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Console } from './layout/console.tsx';
import { applyStoredMode } from './layout/mode.ts';

applyStoredMode();
const root = document.getElementById('console');
if (root === null) throw new Error('the page has no place for the console');
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <Console />
    </I18nProvider>
  </StrictMode>,
);
