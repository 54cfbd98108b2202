/** Dates as people read them, in their own time zone. */
const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const dateText = (date: Date | undefined): string => (date === undefined ? '–' : FORMAT.format(date));
