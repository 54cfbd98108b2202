/** The API is where the console came from. */
export const endpoint = (): string => location.origin;
