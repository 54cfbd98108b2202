/** The hours of the last day, as the usage graph has them. */

const HOURS = 24;
const HOUR_MS = 3_600_000;

/** When each hour of the user's clock begins, the present one last. Milliseconds since 1970. */
export function lastHours(now: number): number[] {
  const present = new Date(now).setMinutes(0, 0, 0);
  return Array.from({ length: HOURS }, (_, index) => present - (HOURS - 1 - index) * HOUR_MS);
}

/** How many of the times are in each of the hours; those before the first are in none. */
export function countByHour(hours: readonly number[], times: readonly Date[]): { x: string; y: number }[] {
  const counts = hours.map(() => 0);
  for (const time of times) {
    const at = Math.floor((time.getTime() - (hours[0] ?? 0)) / HOUR_MS);
    const before = counts[at];
    if (before !== undefined) counts[at] = before + 1;
  }
  return hours.map((from, index) => ({ x: hourOf(new Date(from)), y: counts[index] ?? 0 }));
}

function hourOf(date: Date): string {
  return `${String(date.getHours()).padStart(2, '0')}:00`;
}
