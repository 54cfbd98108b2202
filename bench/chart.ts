/** Line charts as inline SVG: no script, no font, nothing from elsewhere; colours come from the page's style (html.ts). */

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Drawn thin and grey-ish: what something is compared with. */
  muted?: boolean;
}

export interface Chart {
  title: string;
  /** One sentence: what to see. */
  note?: string;
  series: readonly Series[];
  x: Axis;
  y: Axis;
  /** Things that happened, at a place on the x axis. */
  events?: readonly { x: number; name: string }[];
}

export interface Axis {
  label: string;
  scale: 'linear' | 'log';
  /** Where labels stand; chosen when undefined. */
  ticks?: readonly { at: number; text: string }[];
  /** A linear axis begins at 0, a log axis at the smallest value, unless told. */
  from?: number;
  to?: number;
}

const WIDTH = 760;
const HEIGHT = 320;
const PLOT = { left: 64, right: 24, top: 16, bottom: 44 };
const COLOURS = 6;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Numbers as people read them: 0.25, 12, 3,400, 1.2 M. */
export function shortNumber(value: number): string {
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(3)} M`;
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return String(+value.toPrecision(3));
}

interface Scale {
  ticks: { at: number; text: string }[];
  place(value: number): number;
}

/** @param tight whether a linear axis ends where the values end, and not at the next tick */
function scaleOf(
  axis: Axis,
  values: readonly number[],
  [from, to]: readonly [number, number],
  tight: boolean,
): Scale {
  const finite = values.filter((value) => Number.isFinite(value) && (axis.scale === 'linear' || value > 0));
  const least = Math.min(...finite);
  const most = Math.max(...finite, axis.scale === 'linear' ? 1e-9 : least);
  if (axis.scale === 'log') {
    const low = axis.from ?? 10 ** Math.floor(Math.log10(least));
    const high = axis.to ?? Math.max(most * 1.05, low * 10);
    const ticks = axis.ticks ?? logTicks(low, high);
    return {
      ticks: [...ticks],
      place: (value) => from + (Math.log(Math.max(value, low) / low) / Math.log(high / low)) * (to - from),
    };
  }
  const low = axis.from ?? 0;
  const step = niceStep(((axis.to ?? most) - low) / 5);
  const high = axis.to ?? (tight ? most : low + Math.max(1, Math.ceil(((most - low) / step) * 1.02)) * step);
  const ticks = [];
  for (let at = low; at <= high + step / 1000; at += step) ticks.push({ at, text: shortNumber(at) });
  return {
    ticks: [...(axis.ticks ?? ticks)],
    place: (value) => from + ((value - low) / (high - low)) * (to - from),
  };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
}

function logTicks(low: number, high: number): { at: number; text: string }[] {
  const few = high / low > 1e4;
  const ticks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const factor of few ? [1] : [1, 2, 5]) {
      const at = power * factor;
      if (at >= low * 0.999 && at <= high) ticks.push({ at, text: shortNumber(at) });
    }
  }
  return ticks;
}

/** The chart with its title, as a figure. */
export function figure(chart: Chart): string {
  const all = chart.series.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const right = WIDTH - PLOT.right;
  const bottom = HEIGHT - PLOT.bottom;
  const xs = scaleOf(
    chart.x,
    all.map(([x]) => x),
    [PLOT.left, right],
    true,
  );
  const ys = scaleOf(
    chart.y,
    all.map(([, y]) => y),
    [bottom, PLOT.top],
    false,
  );
  const f = (value: number): string => value.toFixed(1);
  const grid = ys.ticks.map(
    ({ at, text }) =>
      `<line class="grid" x1="${PLOT.left}" x2="${right}" y1="${f(ys.place(at))}" y2="${f(ys.place(at))}"/>` +
      `<text class="tick" x="${PLOT.left - 8}" y="${f(ys.place(at) + 4)}" text-anchor="end">${escaped(text)}</text>`,
  );
  const below = xs.ticks.map(
    ({ at, text }) =>
      `<line class="grid" x1="${f(xs.place(at))}" x2="${f(xs.place(at))}" y1="${bottom}" y2="${bottom + 4}"/>` +
      `<text class="tick" x="${f(xs.place(at))}" y="${bottom + 18}" text-anchor="middle">${escaped(text)}</text>`,
  );
  const events = (chart.events ?? []).map(
    ({ x, name }) =>
      `<line class="event" x1="${f(xs.place(x))}" x2="${f(xs.place(x))}" y1="${PLOT.top}" y2="${bottom}"><title>${escaped(name)}</title></line>`,
  );
  const lines = chart.series.map(({ points, muted, name }, at) => {
    const path = points
      .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
      .map(([x, y]) => `${f(xs.place(x))},${f(ys.place(y))}`);
    const colour = muted === true ? 'muted' : `c${at % COLOURS}`;
    const dot =
      path.length === 1
        ? `<circle class="${colour} dot" cx="${path[0]?.split(',')[0]}" cy="${path[0]?.split(',')[1]}" r="3"/>`
        : '';
    return `<polyline class="line ${colour}" points="${path.join(' ')}"><title>${escaped(name)}</title></polyline>${dot}`;
  });
  const legend = chart.series.map(
    ({ name, muted }, at) =>
      `<span><i class="${muted === true ? 'muted' : `c${at % COLOURS}`}"></i>${escaped(name)}</span>`,
  );
  return [
    `<figure><figcaption><h3>${escaped(chart.title)}</h3>`,
    chart.note === undefined ? '' : `<p>${escaped(chart.note)}</p>`,
    `<div class="legend">${legend.join('')}${events.length > 0 ? '<span><i class="mark"></i>fault</span>' : ''}</div></figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(chart.title)}">`,
    ...grid,
    ...below,
    `<line class="axis" x1="${PLOT.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    ...events,
    ...lines,
    `<text class="label" x="${right}" y="${HEIGHT - 6}" text-anchor="end">${escaped(chart.x.label)}</text>`,
    `<text class="label" transform="translate(14 ${PLOT.top}) rotate(-90)" text-anchor="end">${escaped(chart.y.label)}</text>`,
    '</svg></figure>',
  ].join('\n');
}
