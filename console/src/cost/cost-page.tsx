import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { Loaded } from '../layout/loaded.tsx';
import { CostTable } from './cost-table.tsx';
import { useCost } from './use-cost.ts';

const MONTHS = 12;

/** The last twelve, the present one first: `2026-11`. */
function months(): string[] {
  const now = new Date();
  return Array.from({ length: MONTHS }, (_, ago) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago)).toISOString().slice(0, 7),
  );
}

/** `cost`: what the account used in a month, in all Regions. */
export function CostPage() {
  const [month, setMonth] = useState(months()[0] ?? '');
  const answer = useCost(month);
  return (
    <Loaded answer={answer}>
      {(cost) => (
        <CostTable
          title="Cost"
          variant="h1"
          cost={cost}
          lines={cost.Lines}
          actions={
            <Select
              selectedOption={{ value: month, label: month }}
              options={months().map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setMonth(detail.selectedOption.value ?? month)}
              ariaLabel="Month"
            />
          }
        />
      )}
    </Loaded>
  );
}
