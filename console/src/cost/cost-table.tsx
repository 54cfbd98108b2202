import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { number } from '../layout/numbers.ts';
import type { Cost } from './use-cost.ts';

/** What was used and what it costs, line by line, with the total of these lines. */
export function CostTable({
  title,
  cost: { Month, Currency },
  lines,
  actions,
  variant = 'h2',
}: {
  title: string;
  cost: Cost;
  lines: Cost['Lines'];
  actions?: ReactNode;
  variant?: 'h1' | 'h2';
}) {
  const money = (amount: number): string =>
    `${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${Currency}`;
  const total = lines.reduce((sum, line) => sum + line.Cost, 0);
  const priced =
    total === 0 && lines.length > 0 ? 'The configuration has no prices for this.' : `Total: ${money(total)}`;
  return (
    <Table
      variant={variant === 'h1' ? 'full-page' : 'container'}
      header={
        <Header
          variant={variant === 'h1' ? 'awsui-h1-sticky' : 'h2'}
          description={`What was used in ${Month}, at the prices of the configuration. ${priced}`}
          actions={actions}
        >
          {title}
        </Header>
      }
      items={lines}
      empty="Nothing was used in this month."
      ariaLabels={{ tableLabel: title }}
      columnDefinitions={[
        { id: 'of', header: 'Of', isRowHeader: true, cell: ({ Subject }) => Subject },
        { id: 'item', header: 'What', cell: ({ Item }) => Item },
        { id: 'region', header: 'Region', cell: ({ Region }) => Region },
        { id: 'amount', header: 'Amount', cell: ({ Amount }) => number(Amount) },
        { id: 'cost', header: 'Cost', cell: (line) => money(line.Cost) },
      ]}
    />
  );
}
