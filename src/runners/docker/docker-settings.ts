/** What settings say about Docker. */
export interface DockerSettings {
  /** `unix:///run/podman/podman.sock`; where Docker's own tools look unless said. */
  readonly host?: string;
  /** Goes before names of images that name no registry: `registry.lab.org/mirror`. */
  readonly registry?: string;
}
