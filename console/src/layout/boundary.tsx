import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { Component } from 'react';
import type { ReactNode } from 'react';
import { describeError } from '../aws/errors.ts';

interface Props {
  children: ReactNode;
}

/**
 * Keeps what breaks in a page from taking the top bar and the navigation with it. Mostly its code could not be loaded: the server
 * was away, or it was renewed since this tab was opened and has other files now. The browser must begin anew then.
 */
export class Boundary extends Component<Props, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Alert
        type="error"
        header="This page could not be shown"
        action={<Button onClick={() => location.reload()}>Load anew</Button>}
      >
        {describeError(error)}
      </Alert>
    );
  }
}
