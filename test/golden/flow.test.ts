import { flowText } from '../support/flow-text.ts';
import { golden } from '../support/golden.ts';

golden('flow', ({ main, folder }) => ({ plan: flowText(main, folder) }));
