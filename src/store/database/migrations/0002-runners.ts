/** Attempts run in several places: whoever takes them over has to know where to look. */
export const runners = `
ALTER TABLE attempts ADD COLUMN runner TEXT NOT NULL DEFAULT 'local'
`;
