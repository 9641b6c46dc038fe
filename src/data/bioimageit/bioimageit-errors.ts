import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';

/** What can be wrong with an experiment made by BioImageIT: BIT5380 to BIT5399. Errors keep all of it out; with warnings it is imported. */
export const bioimageitErrors = {
  /** BIT5380. */
  noExperiment: (at: Span, of: { folder: string }): Diagnostic =>
    error('BIT5380', at, {
      message: `${of.folder} is no experiment of BioImageIT: it has no \`experiment.md.json\``,
      help: 'Name the folder of one experiment, the one that holds `experiment.md.json`.',
    }),

  /** BIT5381. */
  missingMetadata: (at: Span, of: { place: string }): Diagnostic =>
    error('BIT5381', at, {
      message: `A metadata file is not there: ${of.place}`,
      help: 'Put it back from a copy of the experiment, or remove its entry from this list.',
    }),

  /** BIT5382. */
  unreadableMetadata: (at: Span, of: { place: string; why: string }): Diagnostic =>
    error('BIT5382', at, {
      message: `The metadata file ${of.place} cannot be read: ${of.why}`,
      help: 'Make it a plain file that you may read.',
    }),

  /** BIT5383. */
  badJson: (at: Span, of: { place: string; what: string }): Diagnostic =>
    error('BIT5383', at, {
      message: `${of.place} is no JSON: ${of.what}`,
      help: 'Correct the file at this place, or put it back from a copy.',
    }),

  /** BIT5384. */
  missingField: (at: Span, of: { place: string; field: string; expected: string }): Diagnostic =>
    error('BIT5384', at, {
      message: `${of.place} does not say \`${of.field}\`, which has to be ${of.expected}`,
      help: 'Open the experiment in BioImageIT to see whether it can still read it; else add the field by hand.',
    }),

  /** BIT5385. */
  oddField: (at: Span, of: { place: string; field: string; expected: string }): Diagnostic =>
    warning('BIT5385', at, {
      message: `In ${of.place} \`${of.field}\` is not ${of.expected}; it is kept as it is, and not used`,
      help: 'Nothing is lost. Correct the file and import again to have it used.',
    }),

  /** BIT5386. */
  outsideMetadata: (at: Span, of: { url: string }): Diagnostic =>
    error('BIT5386', at, {
      message: `The metadata \`${of.url}\` is not in the folder of the experiment`,
      help: 'Copy the whole experiment into one folder, with BioImageIT or by hand, and correct the path.',
    }),

  /** BIT5387. */
  missingData: (at: Span, of: { file: string; item: string; why: string }): Diagnostic =>
    error('BIT5387', at, {
      message: `The data of \`${of.item}\` ${of.why}: ${of.file}`,
      help: 'Put the file back or connect the disk that it is on; or remove the data from the dataset, in BioImageIT.',
    }),

  /** BIT5388. */
  missingResult: (at: Span, of: { file: string; item: string }): Diagnostic =>
    warning('BIT5388', at, {
      message: `The result \`${of.item}\` is not there: ${of.file}; it stands in the history as one that failed`,
      help: 'The tool failed, or the file was deleted since. If you have it elsewhere, put it back and import again.',
    }),

  /** BIT5389. */
  outsideData: (at: Span, of: { file: string; item: string }): Diagnostic =>
    warning('BIT5389', at, {
      message: `The data of \`${of.item}\` is not in the folder of the experiment: ${of.file}`,
      help: 'It is imported from where it is. Make sure that it stays there, or import with `--copy`.',
    }),

  /** BIT5390. */
  dangling: (at: Span, of: { item: string; what: string; url: string }): Diagnostic =>
    warning('BIT5390', at, {
      message: `\`${of.item}\` names ${of.what} that is not there: ${of.url}`,
      help: 'Its history ends here. Put the file back and import again to have the rest.',
    }),

  /** BIT5391. */
  sameUuid: (at: Span, of: { uuid: string; first: string; second: string }): Diagnostic =>
    warning('BIT5391', at, {
      message: `${of.first} and ${of.second} have one uuid, ${of.uuid}`,
      help: 'They are told apart by where they are. A metadata file that was copied by hand looks so.',
    }),

  /** BIT5392. */
  sameDatasetName: (at: Span, of: { name: string; first: string; second: string }): Diagnostic =>
    error('BIT5392', at, {
      message: `Two datasets are called \`${of.name}\`: ${of.first} and ${of.second}`,
      help: 'Give one of them another `name` in its file.',
    }),

  /** BIT5393. */
  listedTwice: (at: Span, of: { place: string; list: string }): Diagnostic =>
    warning('BIT5393', at, {
      message: `${of.place} is listed twice in ${of.list}; it is imported once`,
      help: 'BioImageIT drops spaces from names: the metadata of `a 1.tif` were overwritten by those of `a1.tif` if both were imported.',
    }),

  /** BIT5394. */
  unlisted: (at: Span, of: { place: string; list: string }): Diagnostic =>
    warning('BIT5394', at, {
      message: `${of.place} stands in no list; it is left out, as BioImageIT does`,
      help: `Add it to ${of.list} and import again to have it.`,
    }),

  /** BIT5395. */
  otherFormat: (at: Span, of: { item: string; format: string; problem: string }): Diagnostic =>
    warning('BIT5395', at, {
      message: `\`${of.item}\` is said to be \`${of.format}\`, and is not: ${of.problem}`,
      help: 'It is imported as the file it is. Check that it is whole.',
    }),

  /** BIT5396. */
  otherExperiment: (at: Span, of: { name: string; folder: string | undefined }): Diagnostic =>
    error('BIT5396', at, {
      message: `There is an experiment \`${of.name}\` already, and it is another one${of.folder === undefined ? '' : `: ${of.folder}`}`,
      help: 'Import this one under a name of its own with `--experiment NAME`.',
    }),

  /** BIT5397. */
  otherType: (at: Span, of: { item: string; key: string; value: string; type: string }): Diagnostic =>
    error('BIT5397', at, {
      message: `\`${of.key}\` of \`${of.item}\` is ${of.value}, and the experiment has it as ${of.type}`,
      help: 'Correct the value, or change the type of the key in the experiment.',
    }),

  /** BIT5398. */
  unreadableData: (at: Span, of: { file: string; why: string }): Diagnostic =>
    error('BIT5398', at, {
      message: `${of.file} cannot be read: ${of.why}`,
      help: 'Import again when you may read it and nothing writes to it.',
    }),

  /** BIT5399. */
  ownAncestor: (at: Span, of: { item: string }): Diagnostic =>
    warning('BIT5399', at, {
      message: `\`${of.item}\` is said to be made from itself`,
      help: 'Its history goes round in a circle; tags are not taken over from there.',
    }),
};

const explained = (code: string, title: string, text: string): Explanation => ({ code, title, text });

export const bioimageitExplanations: readonly Explanation[] = [
  explained(
    'BIT5380',
    'A folder is no experiment of BioImageIT',
    'An experiment of BioImageIT is a folder with a file `experiment.md.json`, which names the datasets in it. `bit import` on such a folder brings the data, their key-value pairs and the history of every result.',
  ),
  explained(
    'BIT5381',
    'A metadata file of BioImageIT is missing',
    'The experiment lists its datasets and each dataset lists its data, by the paths of their `.md.json` files. One that is listed is not there. Nothing is imported, because the file may hold annotations that exist nowhere else.',
  ),
  explained(
    'BIT5382',
    'A metadata file of BioImageIT cannot be read',
    'Metadata files are plain files of a few kilobytes. This one is something else (a folder, a pipe), is larger than 64 MiB, or belongs to somebody who does not let you read it.',
  ),
  explained(
    'BIT5383',
    'A metadata file of BioImageIT is no JSON',
    'The place in the message is where the text stops making sense: an editor that left a comma, a file cut off by a full disk. An empty file is one that BioImageIT was writing when it was stopped.',
  ),
  explained(
    'BIT5384',
    'A metadata file of BioImageIT lacks a field',
    'Without this field it is not known what the file is about: the name of the experiment, the list of a dataset, the file that holds the data.',
  ),
  explained(
    'BIT5385',
    'A field of BioImageIT is of another kind than expected',
    'An author that is a number, a list of keys that holds records: it is kept in the database as it was found, and nothing is made of it.',
  ),
  explained(
    'BIT5386',
    'Metadata of BioImageIT lie outside the experiment',
    'All metadata files of an experiment lie below its folder. A path that leads out of it is not followed: an experiment that somebody sends you shall not make you read your other files.',
  ),
  explained(
    'BIT5387',
    'Raw data of BioImageIT are missing',
    'The metadata name a file that is not there. Raw data cannot be made again, so nothing is imported until it is clear where they are.',
  ),
  explained(
    'BIT5388',
    'A result of BioImageIT is missing',
    'BioImageIT writes the metadata of a result before it starts the tool, so a tool that failed leaves metadata without a file. The metadata are kept, and the history shows a task that failed.',
  ),
  explained(
    'BIT5389',
    'Data of BioImageIT lie outside the experiment',
    'Early versions could import without copying. Such data are imported from where they are.',
  ),
  explained(
    'BIT5390',
    'The history of a result of BioImageIT is incomplete',
    'A result names the run and the data that it was made from. One of these files was deleted or moved. What is left is imported.',
  ),
  explained(
    'BIT5391',
    'Two metadata files of BioImageIT have one uuid',
    'A uuid is meant to belong to one file. BioImageIT itself finds files by their paths, and so does the import, but a file that is moved later cannot be recognised by its uuid.',
  ),
  explained(
    'BIT5392',
    'Two datasets of BioImageIT have one name',
    'Datasets are found by their names, in BioImageIT (which sees only the first) and here.',
  ),
  explained(
    'BIT5393',
    'Data of BioImageIT are listed twice',
    'Two entries of a list name one metadata file. The file says only one of the two things that it was to say; the other is lost.',
  ),
  explained(
    'BIT5394',
    'A metadata file of BioImageIT stands in no list',
    'It lies in the folder of a dataset, and the dataset does not list it: BioImageIT does not show it either.',
  ),
  explained(
    'BIT5395',
    'A file is not of the format that BioImageIT says',
    'The metadata name a format (`imagetiff`, `tablecsv`, …). The file was looked into and is something else, or damaged.',
  ),
  explained(
    'BIT5396',
    'An experiment of this name is there already',
    'Importing an experiment again adds what is new. This one has the name of another experiment, so it is not added to.',
  ),
  explained(
    'BIT5397',
    'A value of BioImageIT is not of the type of its key',
    'The first import gives each key the narrowest type that all its values have. A value that was added later is of another type.',
  ),
  explained(
    'BIT5398',
    'A data file of BioImageIT cannot be read',
    'Every file is read once, to know it by its content. This one could not be, or changed meanwhile.',
  ),
  explained(
    'BIT5399',
    'A result of BioImageIT is made from itself',
    'The inputs of a result lead back to it. No program can have written this; a metadata file was changed by hand or copied over another.',
  ),
];
