/** Resource limits of a container. */
export interface ContainerLimits {
  readonly memoryBytes: number;
  /** CPU limit; may be a fraction. */
  readonly cpus: number;
}
