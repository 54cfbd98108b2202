import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';
import type { TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { describeError } from '../aws/errors.ts';
import type { Answer } from '../aws/use-answer.ts';
import { Confirm } from '../layout/confirm.tsx';
import { Stale } from '../layout/stale.tsx';

/** An account has thousands of users and roles. */
const SHOWN_AT_ONCE = 50;

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
  const { items, collectionProps, filterProps, paginationProps } = useCollection(value ?? [], {
    filtering: {
      empty: error === undefined ? `There are no ${what} in this account.` : describeError(error),
      noMatch: 'Nothing matches.',
    },
    pagination: { pageSize: SHOWN_AT_ONCE },
  });
  return (
    <>
      <Stale {...answer} />
      <Table
        variant="full-page"
        {...collectionProps}
        items={items}
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
        filter={
          <TextFilter
            {...filterProps}
            filteringAriaLabel={`Find ${what}`}
            filteringPlaceholder={`Find ${what}`}
          />
        }
        pagination={<Pagination {...paginationProps} ariaLabels={{ paginationLabel: `Pages of ${what}` }} />}
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
