import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { contentStoreContract } from '../../contract/content-store.contract.ts';
import { runStoreContract } from '../../contract/run-store.contract.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

runStoreContract('the store on disk', async () => (await opened(join(newFolder(), '.bit'))).runs);

contentStoreContract('the store on disk', async () => {
  const folder = newFolder();
  const store = await opened(join(folder, '.bit'));
  const work = join(folder, 'work');
  mkdirSync(work);
  return { content: store.content, folder: work };
});
