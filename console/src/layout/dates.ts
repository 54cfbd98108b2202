/** Dates as people read them, in their own time zone, which is named: records and log files beside them are in UTC. */
const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

export const dateText = (date: Date | undefined): string => (date === undefined ? '–' : FORMAT.format(date));

/** Of something that was lately: today's time alone. */
export function momentText(date: Date | undefined): string {
  if (date?.toDateString() !== new Date().toDateString()) return dateText(date);
  return date.toLocaleTimeString(undefined, { timeStyle: 'medium' });
}
