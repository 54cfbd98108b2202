/** The result as one HTML file that needs nothing else: plots are SVG, light and dark as the reader's system has it. */
import { figure } from './chart.ts';
import type { Chart } from './chart.ts';
import type { Histogram } from './histogram.ts';

export interface Section {
  title: string;
  /** What was done, in a sentence or two. */
  text: string;
  /** Large figures on top. */
  figures?: readonly { value: string; name: string; good?: boolean }[];
  table?: { head: readonly string[]; rows: readonly (readonly string[])[] };
  charts?: readonly Chart[];
}

/** Latency over quantiles, further apart the closer they come to one: 90, 99, 99.9 % at equal distances. */
export function latencyChart(
  title: string,
  runs: readonly { name: string; latencies: Histogram; muted?: boolean }[],
  note?: string,
): Chart {
  const most = Math.max(...runs.map(({ latencies }) => latencies.count), 1000);
  const nines = Math.min(5, Math.floor(Math.log10(most)));
  const ticks = [1, 2, 10, 100, 1_000, 10_000, 100_000]
    .slice(0, nines + 2)
    .map((at) => ({ at, text: at === 1 ? 'fastest' : `${+(100 - 100 / at).toFixed(3)} %` }));
  const steps = Array.from({ length: 120 }, (_, n) => 10 ** ((n / 119) * nines));
  return {
    title,
    ...(note !== undefined && { note }),
    x: { label: 'share of the requests that were as fast', scale: 'log', ticks, from: 1, to: 10 ** nines },
    y: { label: 'milliseconds', scale: 'log' },
    series: runs
      .filter(({ latencies }) => latencies.count > 0)
      .map(({ name, latencies, muted }) => ({
        name,
        ...(muted !== undefined && { muted }),
        points: steps
          .filter((step) => step <= latencies.count)
          .map((step) => [step, latencies.quantile(1 - 1 / step)] as const),
      })),
  };
}

const STYLE = `
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #ffffff; --ink: #1b1f24; --soft: #5b6470; --line: #e4e5e1; --good: #1a7f4b;
  --c0: #2456c7; --c1: #d1602a; --c2: #14856f; --c3: #8d46b0; --c4: #b3891b; --c5: #c2346b; --grey: #9aa1a9; --fault: #c8342e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #9ba4ae; --line: #2d333a; --good: #4cc38a;
  --c0: #79a6ff; --c1: #f2945f; --c2: #45c4a8; --c3: #c58ae6; --c4: #e0bb55; --c5: #f27aa7; --grey: #6d757e; --fault: #f0746c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 48px 24px 96px; }
header { border-bottom: 1px solid var(--line); margin-bottom: 40px; padding-bottom: 20px; }
h1 { font-size: 30px; letter-spacing: -0.02em; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 21px; letter-spacing: -0.01em; margin: 56px 0 6px; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0 0 12px; color: var(--soft); max-width: 72ch; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.figures b { display: block; font-size: 25px; font-weight: 620; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.figures b.good { color: var(--good); }
.figures span { color: var(--soft); font-size: 13px; }
figure { margin: 20px 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 18px 8px; }
figcaption p { font-size: 14px; margin: 2px 0 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 10px 0 4px; }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 7px; vertical-align: middle; background: var(--grey); }
${[0, 1, 2, 3, 4, 5].map((n) => `.legend i.c${n} { background: var(--c${n}); } .line.c${n} { stroke: var(--c${n}); } .dot.c${n} { fill: var(--c${n}); }`).join('\n')}
.legend i.mark { width: 2px; height: 12px; background: var(--fault); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.muted { stroke: var(--grey); stroke-width: 1.5; stroke-dasharray: 4 4; }
.grid { stroke: var(--line); } .axis { stroke: var(--grey); } .event { stroke: var(--fault); stroke-dasharray: 2 3; opacity: 0.8; }
.tick, .label { fill: var(--soft); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: 20px 0; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; text-align: right; white-space: nowrap; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
footer { margin-top: 64px; font-size: 13px; color: var(--soft); }
`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function htmlPage(title: string, machine: string, sections: readonly Section[], now: Date): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<main>
<header><h1>${escaped(title)}</h1><p>${escaped(machine)}<br>${now.toISOString().slice(0, 16).replace('T', ' ')} UTC</p></header>
${sections.map(sectionHtml).join('\n')}
<footer>Made by <code>npm run bench</code>. How it is measured, and how to read it: docs/performance.md.</footer>
</main>
</html>
`;
}

function sectionHtml({ title, text, figures = [], table, charts = [] }: Section): string {
  const large = figures.map(
    ({ value, name, good }) =>
      `<div><b${good === true ? ' class="good"' : ''}>${escaped(value)}</b><span>${escaped(name)}</span></div>`,
  );
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return [
    `<section><h2>${escaped(title)}</h2><p>${escaped(text)}</p>`,
    large.length > 0 ? `<div class="figures">${large.join('')}</div>` : '',
    ...charts.map(figure),
    table === undefined
      ? ''
      : `<div class="scroll"><table><thead>${cells('th', table.head)}</thead><tbody>${table.rows.map((row) => cells('td', row)).join('')}</tbody></table></div>`,
    '</section>',
  ].join('\n');
}
