/** Dates as people read them, in their own time zone. */
const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const dateText = (date: Date | undefined): string => (date === undefined ? '–' : FORMAT.format(date));

/** Of something that was lately: today's time alone. */
export function momentText(date: Date | undefined): string {
  if (date?.toDateString() !== new Date().toDateString()) return dateText(date);
  return date.toLocaleTimeString(undefined, { timeStyle: 'medium' });
}
