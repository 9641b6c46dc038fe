import { orcid } from '../data/experiments/orcid.ts';
import type { Author } from '../engine/ports/catalog.ts';
import { CommandProblem } from './problem.ts';
import { loadSettings } from './settings/settings.ts';
import type { Surroundings } from './verb.ts';

/** Who the settings say is at work, for what a change tells of itself beside the account; nothing where they do not say. */
export async function changeAuthor(around: Surroundings): Promise<{ readonly author?: Author }> {
  const { values, said } = await loadSettings(around, { beside: around.folder });
  const name = values['author.name'];
  const text = values['author.orcid'];
  if (name === undefined) return {};
  if (text === undefined) return { author: { name } };
  const id = orcid(text);
  if (id === undefined)
    throw new CommandProblem({
      exit: 2,
      message: `The setting author.orcid is no ORCID iD: \`${text}\``,
      help: `Correct the digit that is wrong; it comes from ${said['author.orcid'].at(-1)?.by ?? 'the settings'}.`,
    });
  return { author: { name, orcid: id } };
}
