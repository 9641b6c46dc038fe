import type { Explanation } from '../../diagnostics/diagnostic.ts';

export const importExplanations: readonly Explanation[] = [
  {
    code: 'BIT5300',
    title: 'A source that cannot be imported',
    text: 'What was named is not there, may not be looked at, or is in another place than the source before it: one import brings folders and files of this machine, or addresses of one kind of place. Make two imports into the same dataset where both are wanted.',
  },
  {
    code: 'BIT5301',
    title: 'No image was found',
    text: 'Files are taken as images by their extension; everything else is counted and left out, because folders of microscopes hold notes, thumbnails and settings beside the data. Folders below the source are looked into with `--recursive`. A file that is named itself is imported whatever it is: `bit import counts.csv --experiment screen`.',
  },
  {
    code: 'BIT5302',
    title: 'Files that cannot be read',
    text: 'Permission is missing, the disk fails, a folder holds a link that leads out of it, or a name is not UTF-8 (rename such files with `convmv`). An item is known by its content, so that what cannot be read cannot be imported. Nothing is imported until all of it can be read, or is moved out of the way.',
  },
  {
    code: 'BIT5303',
    title: 'Damaged images',
    text: 'The header of the file says something that is not there: it was cut off while it was copied, or it is another kind of file than its name says. A file like that which was written to in the last ten minutes is taken to be on its way, and left for next time instead.',
  },
  {
    code: 'BIT5304',
    title: 'A name that cannot be used',
    text: 'Names of experiments and datasets stand in commands and in paths such as `screen/raw/A3.tif`. They begin with a letter or a digit and hold letters, digits, spaces, dots, underscores and hyphens.',
  },
  {
    code: 'BIT5305',
    title: 'Raw data into a dataset of results',
    text: 'A dataset holds raw data, which were imported, or results, which a run published or which came with their history from another system. Mixed, nobody could say any more where its items come from.',
  },
  {
    code: 'BIT5306',
    title: 'Files that cannot be shared with the store',
    text: '`--link` shares the bytes of files with the store, by a reflink (Btrfs, XFS, ZFS, APFS) or a hard link. Both work on one disk alone. A hard link is the same file under two names: whoever edits it in place changes what the store has, which `bit verify` then tells. `--copy` is safe everywhere, and costs the space.',
  },
  {
    code: 'BIT5307',
    title: 'Files that changed since they were imported',
    text: 'Raw data do not change, so this is told before anything is done about it. `--update` takes the new content as the item; the old one stays in the history, with everything that was made of it. `bit undo` takes that back.',
  },
  {
    code: 'BIT5308',
    title: 'Tags that differ from what the rules give',
    text: 'Items that are there already keep the tags that they have: somebody may have put them right by hand. `--retag` lets the rules of this command have their way; tags that they do not name stay.',
  },
  {
    code: 'BIT5309',
    title: 'Files that are left for next time',
    text: 'The size or time of a file moved while it was imported, or an image is not whole and was written to a moment ago. Files that are younger than two seconds are looked at again when they are that old. Importing again, by hand or by a timer, brings what is finished by then.',
  },
  {
    code: 'BIT5310',
    title: 'The same content under several names',
    text: 'Two items with the same bytes are allowed: somebody may have meant to have both. More often one of them is a copy that was made by mistake, and would be counted twice.',
  },
  {
    code: 'BIT5311',
    title: 'Entries that are passed over',
    text: 'A link that leads out of the source, to a folder or to nothing is not followed: what it leads to may be anything, twice, or the source itself. A link to a file within the source is that file under another name. Pipes, sockets and devices are no data.',
  },
  {
    code: 'BIT5312',
    title: 'Items without tags',
    text: 'They can be found by name and by what the images are, and annotated at any time. Pipelines match items by their tags.',
  },
  {
    code: 'BIT5313',
    title: 'Items that stay references',
    text: 'The same files were imported without `--copy` or `--link` before. `--update` takes their content into the store; their tags and everything else stay.',
  },
  {
    code: 'BIT5314',
    title: 'Items whose files are gone',
    text: 'They were imported from this source, are not there any more, and nothing with their content is. They stay in the dataset: their tags and history are still right. What was made of them cannot be computed again without them.',
  },
  {
    code: 'BIT5315',
    title: 'A reader that is not there',
    text: '`--reader bioformats` asks the program `showinf` of Bio-Formats, `--reader python` a Python that has bioio, nd2, czifile or tifffile, about files whose headers Bitflow does not read itself. `--reader python=/opt/readers/bin/python` names the program.',
  },
  {
    code: 'BIT5317',
    title: 'A word that does not go with this import',
    text: '`--allow` takes `unmatched`, `rows-without-file`, `files-without-row` and `duplicates`, each in a flag of its own. An experiment of BioImageIT brings its own datasets and tags: rules and `--dataset` are for files.',
  },
  {
    code: 'BIT5318',
    title: 'An import without an experiment',
    text: 'Data belong to an experiment, which carries who made them, when and how, and which tags there are. It is made by the first import into it.',
  },
];
