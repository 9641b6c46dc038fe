export { type BioImageITImport, type BioImageITImported, importBioImageIT } from './import-bioimageit.ts';
export { type BioImageITPreview, previewBioImageIT } from './preview-bioimageit.ts';
export { type BioImageITReading, isBioImageIT, readBioImageIT } from './read-bioimageit.ts';
