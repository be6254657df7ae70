/** One version and its share of production traffic. */
export interface Serving {
  /** The platform's own identifier of the version. */
  readonly version: string;
  /** Percent of production traffic, 0 to 100. */
  readonly weight: number;
}

/** What production serves right now, read from the platform: the only proof that a write took effect. */
export interface Production {
  /**
   * The platform's own version of "what serves what". Every accepted write of weights changes it, even to the same
   * weights; staging a version does not.
   */
  readonly generation: string;
  /** Every version that takes traffic, and those staged without any. Weights sum to 100 when anything serves. */
  readonly serving: readonly Serving[];
}

/** Three-valued: `unknown` is observed again, never blindly repeated. */
export type Outcome =
  | { readonly outcome: "applied"; readonly production: Production }
  | {
      readonly outcome: "not-applied";
      readonly reason: string;
      readonly message: string;
      readonly production?: Production;
    }
  | { readonly outcome: "unknown"; readonly message: string };

export interface StageRequest {
  /** Full commit sha the version is built from. */
  readonly commit: string;
  /** Checked-out tree of that commit. */
  readonly directory: string;
  /** Variables of the new version only. */
  readonly env: Readonly<Record<string, string>>;
}

export interface StagedVersion {
  readonly version: string;
  /** Where the version answers without taking production traffic. */
  readonly url: string;
}

/** Where versions run and traffic is divided. Every method reads or writes the platform; none keeps state of its own. */
export interface DeployTarget {
  readonly kind: string;
  observe(): Promise<Production>;
  /** Builds and starts a version that takes no traffic. Staging the same commit again returns the same version. */
  stage(request: StageRequest): Promise<StagedVersion>;
  /** Gives `candidate` its share and `stable` the rest; refused as `not-applied` when the generation differs. */
  shift(request: {
    readonly candidate: string;
    readonly stable: string;
    readonly weight: number;
    readonly ifGeneration: string;
  }): Promise<Outcome>;
  /** Gives `to` all traffic. With `ifGeneration` it is refused when somebody moved traffic meanwhile. */
  restore(request: { readonly to: string; readonly ifGeneration?: string }): Promise<Outcome>;
  /** Whether a version still exists and answers its health check: asked before traffic returns to it. */
  health(version: string): Promise<{ readonly healthy: boolean; readonly message: string }>;
  /** Where one version answers directly, for scraping it; undefined when the platform has no such address. */
  address(version: string): Promise<string | undefined>;
  /** Removes staged versions, never one that serves or that is named in `keep`. */
  cleanup(keep: readonly string[]): Promise<readonly string[]>;
}
