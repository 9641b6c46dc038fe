import type { Draft, Way } from './draft.ts';
import type { ContainerImages } from './place.ts';

/**
 * A container, whose digest is all there is to know about what lies in it: nothing in it is asked for its version. A name stands for
 * whatever it stood for when it was looked at, and the tasks run exactly that.
 */
export async function resolveContainer(
  draft: Draft,
  options: { readonly name: string; readonly images: ContainerImages },
): Promise<Way> {
  const { name, images } = options;
  const { environment } = draft.process;
  const found = await images.find(name, draft.process);
  if (found.state === 'refused') draft.diagnostics.push(found.diagnostic);
  if (found.state === 'here') {
    const containerOptions = [...(environment.container_options ?? []), ...(draft.settings.containerOptions ?? [])];
    draft.identity.push(['container', found.digest]);
    if (containerOptions.length > 0) draft.identity.push(['container options', JSON.stringify(containerOptions)]);
    if (environment.network) draft.identity.push(['network', 'yes']);
    draft.container = { image: found.image, network: environment.network, options: containerOptions };
    return { state: 'ready', name: `container ${name}` };
  }
  return {
    state: 'unbuilt',
    name: `container ${name}`,
    describe: `the image ${name}`,
    build: (progress) => images.fetch(name, draft.process, progress),
  };
}
