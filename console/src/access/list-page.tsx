import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { describeError } from '../aws/errors.ts';
import type { Answer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { Stale } from '../layout/stale.tsx';

/** A page that lists all of one kind, and makes one more. */
export function ListPage<T>({
  title,
  one,
  answer,
  trackBy,
  columns,
  form,
  complete,
  create,
}: {
  /** `Users` */
  title: string;
  /** `user` */
  one: string;
  answer: Answer<readonly T[]>;
  trackBy: string & keyof T;
  columns: readonly TableProps.ColumnDefinition<T>[];
  /** What is asked for a new one. */
  form: ReactNode;
  /** false while something of the form is missing. */
  complete: boolean;
  /** Rejects with the API's error when it was refused. */
  create: () => Promise<void>;
}) {
  const [creating, setCreating] = useState(false);
  const { value, error } = answer;
  const what = title.toLowerCase();
  return (
    <>
      <Stale {...answer} />
      <Table
        variant="full-page"
        items={value ?? []}
        loading={value === undefined && error === undefined}
        loadingText={`Loading ${what}`}
        trackBy={trackBy}
        columnDefinitions={columns}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={`(${value?.length ?? 0})`}
            actions={
              <Button variant="primary" onClick={() => setCreating(true)}>
                Create {one}
              </Button>
            }
          >
            {title}
          </Header>
        }
        empty={error === undefined ? `There are no ${what} in this account.` : describeError(error)}
      />
      {creating ? (
        <Confirm
          title={`Create ${one}`}
          action="Create"
          allowed={complete}
          onConfirm={create}
          onClose={() => setCreating(false)}
        >
          {form}
        </Confirm>
      ) : null}
    </>
  );
}
