import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import Button from '@cloudscape-design/components/button';
import { CostTable } from '../cost/cost-table.tsx';
import { useCost } from '../cost/use-cost.ts';
import { Loaded } from '../layout/loaded.tsx';
import { hrefTo } from '../layout/route.ts';

/** What the HSMs of this cluster cost this month. */
export function CostTab({ cluster }: { cluster: Cluster }) {
  const answer = useCost();
  const hsms = new Set((cluster.Hsms ?? []).map(({ HsmId }) => HsmId));
  return (
    <Loaded answer={answer}>
      {(cost) => (
        <CostTable
          title="Cost of these HSMs"
          cost={cost}
          lines={cost.Lines.filter(({ Subject }) => hsms.has(Subject))}
          actions={<Button href={hrefTo(['cost'])}>All costs</Button>}
        />
      )}
    </Loaded>
  );
}
