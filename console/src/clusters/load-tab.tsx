import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import LineChart from '@cloudscape-design/components/line-chart';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { timeOf } from '../aws/claviger-client.ts';
import type { Answer } from '../aws/use-answer.ts';
import { momentText } from '../layout/dates.ts';
import { Loaded } from '../layout/loaded.tsx';
import { number } from '../layout/numbers.ts';
import type { Figures, FiguresOfHsm } from './use-figures.ts';

/** What each HSM does now and did in the last quarter of an hour: throughput, latency, and what it holds. */
export function LoadTab({ answer }: { answer: Answer<Figures> }) {
  return (
    <Loaded answer={answer}>
      {({ Hsms }) => (
        <SpaceBetween size="l">
          <ColumnLayout columns={2}>
            <Graph
              title="Throughput"
              unit="Operations per second"
              hsms={Hsms}
              value={({ OperationsPerSecond }) => OperationsPerSecond}
            />
            <Graph
              title="Latency"
              unit="Milliseconds, 99 % are faster"
              hsms={Hsms}
              value={({ P99Milliseconds }) => P99Milliseconds}
            />
          </ColumnLayout>
          <Numbers hsms={Hsms} />
        </SpaceBetween>
      )}
    </Loaded>
  );
}

function Graph({
  title,
  unit,
  hsms,
  value,
}: {
  title: string;
  unit: string;
  hsms: readonly FiguresOfHsm[];
  /** Of one interval; undefined where nothing was measured. */
  value: (work: FiguresOfHsm['LastMinute']) => number | undefined;
}) {
  const series = hsms.map(({ HsmId, Intervals }) => ({
    title: HsmId,
    type: 'line' as const,
    data: pointsOf(Intervals, value),
    valueFormatter: number,
  }));
  const times = hsms[0]?.Intervals.map(({ StartTime }) => StartTime * 1000) ?? [];
  const [from = 0, to = 1] = [times[0], times.at(-1)];
  const highest = Math.max(1, ...series.flatMap(({ data }) => data.map(({ y }) => y)));
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      <LineChart
        height={180}
        series={series}
        xScaleType="time"
        xDomain={[new Date(from), new Date(to)]}
        yDomain={[0, highest * 1.1]}
        yTitle={unit}
        ariaLabel={`${title} of each HSM in the last quarter of an hour: ${unit}`}
        hideFilter
        i18nStrings={{
          xTickFormatter: clock,
          yTickFormatter: number,
          chartAriaRoleDescription: 'line chart',
        }}
        empty={<Box textAlign="center">Nothing was asked of the HSMs in the last quarter of an hour.</Box>}
      />
    </Container>
  );
}

/** Where nothing was measured next, a line goes on to the end of its interval: one interval alone would be a point, which no line shows. */
function pointsOf(
  intervals: FiguresOfHsm['Intervals'],
  value: (work: FiguresOfHsm['LastMinute']) => number | undefined,
): { x: Date; y: number }[] {
  return intervals.flatMap(({ StartTime, Work }, index) => {
    const y = value(Work);
    if (y === undefined) return [];
    const next = intervals[index + 1];
    const points = [{ x: new Date(StartTime * 1000), y }];
    if (next !== undefined && value(next.Work) === undefined)
      points.push({ x: new Date(next.StartTime * 1000), y });
    return points;
  });
}

function clock(time: Date): string {
  return time.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
}

function Numbers({ hsms }: { hsms: readonly FiguresOfHsm[] }) {
  return (
    <Table
      header={
        <Header variant="h2" description="Work of the last minute, and what the HSM holds now">
          Figures
        </Header>
      }
      items={hsms}
      trackBy="HsmId"
      empty="The cluster has no HSM that KMS uses yet."
      ariaLabels={{ tableLabel: 'Figures of each HSM' }}
      columnDefinitions={[
        { id: 'hsm', header: 'HSM', isRowHeader: true, cell: ({ HsmId }) => HsmId },
        {
          id: 'throughput',
          header: 'Ops/s',
          cell: ({ LastMinute }) => number(LastMinute.OperationsPerSecond),
        },
        { id: 'errors', header: 'Errors', cell: ({ LastMinute }) => number(LastMinute.Errors) },
        {
          id: 'latency',
          header: 'p50 / p95 / p99 (ms)',
          cell: ({ LastMinute: { P50Milliseconds, P95Milliseconds, P99Milliseconds } }) =>
            P50Milliseconds === undefined
              ? '–'
              : [P50Milliseconds, P95Milliseconds, P99Milliseconds].map(number).join(' / '),
        },
        { id: 'flight', header: 'In flight', cell: ({ InFlight }) => InFlight },
        { id: 'keys', header: 'Keys', cell: ({ KeysHeld }) => number(KeysHeld) },
        { id: 'cached', header: 'Message keys', cell: ({ Vitals }) => number(Vitals?.MessageKeys) },
        { id: 'sessions', header: 'Sessions', cell: ({ Vitals }) => number(Vitals?.Sessions) },
        { id: 'step', header: 'In step', cell: ({ InStepAt }) => momentText(timeOf(InStepAt)) },
        { id: 'repaired', header: 'Repaired', cell: ({ RepairedAt }) => momentText(timeOf(RepairedAt)) },
      ]}
    />
  );
}
