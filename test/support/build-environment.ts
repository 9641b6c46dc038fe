import { localEnvironments } from './local-environments.ts';
import { processOf } from './process-of.ts';

// Another engine that needs the same environment at the same moment: builds it and prints its identity.
const [folder = '', ...packages] = process.argv.slice(2);
const environments = localEnvironments(folder, { offline: true });
const [resolved] = await environments.resolve([processOf({ language: 'python', environment: { pip: packages } })]);
if (resolved === undefined) throw new Error('nothing resolved');
console.log(JSON.stringify((await environments.build(resolved, () => {})).identity));
