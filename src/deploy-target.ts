import type { Shifts } from "./target-shifts.ts";

/** What a command on one host came to, such as a question to Docker about a version's container there. */
export interface HostAnswer {
  readonly host: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the HAProxy of one host counted, and which of its servers is a version's. */
export interface RouterStatistics {
  readonly host: string;
  readonly backend: string;
  readonly server: string;
  /** CSV, as `show stat` answers. */
  readonly statistics: string;
}

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
  | {
      readonly outcome: "applied";
      readonly production: Production;
      /**
       * Nothing was left to write, so the generation is the old one; on a platform that refuses no late write, it was
       * waited for until none that was sent before can arrive any more.
       */
      readonly settled?: true;
    }
  | {
      readonly outcome: "not-applied";
      readonly reason: string;
      readonly message: string;
      readonly production?: Production;
      /**
       * The write was taken and only a part of production followed, such as some hosts of several: `production` shows
       * what is true, and the same write may be sent again at its generation.
       */
      readonly partly?: true;
    }
  | { readonly outcome: "unknown"; readonly message: string };

export interface StageRequest {
  /** Full commit sha the version is built from. */
  readonly commit: string;
  /** Checked-out tree of that commit. */
  readonly directory: string;
  /** Variables of the new version only; a platform whose versions have none of their own leaves them to `configure`. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Percents of traffic it will get, rising to 100: a platform that keeps its own list of shares is given this one.
   * All at once when absent.
   */
  readonly shares?: readonly number[] | undefined;
  /** Tells versions of one commit apart that run with other flags; a version of its own for each. */
  readonly variant?: string | undefined;
}

/** A version's name where a platform names versions by their commit. */
export const versionNameOf = ({ commit, variant }: Pick<StageRequest, "commit" | "variant">): string =>
  variant === undefined ? commit : `${commit}-${variant}`;

export interface StagedVersion {
  readonly version: string;
  /** Where the version answers without taking production traffic. */
  readonly url: string;
}

/** What a rollback has to know before it writes. */
export interface LookBack {
  readonly production: Production;
  /** Names in `production` that stand for parts of it which did not answer; the others can be given back all the same. */
  readonly outOfReach?: readonly string[];
  /** As `history` gives it; undefined on a platform that keeps no more than `observe` tells. */
  readonly history: readonly PastVersion[] | undefined;
  /** As `health` gives it. */
  health(version: string): Promise<{ readonly healthy: boolean; readonly message: string }>;
}

/** What a platform can do; what a runbook may ask of it is refused earlier, when it is checked (`shiftsOf`). */
export interface Capabilities {
  readonly shifts: Shifts;
  /** Whether the platform itself refuses a write of shares made for another generation. */
  readonly compareAndSet: boolean;
}

/** Something about the platform's own settings that would let a release be a lie, such as pushes that ship by themselves. */
export interface Finding {
  /** Stable code, such as `auto-deploy-on`. */
  readonly reason: string;
  /** What was found, and how to mend it. */
  readonly message: string;
}

/** The variables that versions staged from now on will have. */
export interface PlatformVariables {
  readonly values: Readonly<Record<string, string>>;
  /** Names that are set and whose values the platform never shows again. */
  readonly unreadable: readonly string[];
}

/** What was changed of the service's variables. Holds names and handles, never a value. */
export interface Configured {
  /** Names that have another value now. */
  readonly changed: readonly string[];
  /** Names that were set although nothing can be read back, such as secrets the platform never shows again. */
  readonly unreadable: readonly string[];
  /** The platform's own handle of what was before, for `unconfigure`; absent when versions keep their own variables. */
  readonly before?: string | undefined;
}

/** A version that served production once and can serve it again. */
export interface PastVersion {
  readonly version: string;
  /** Full sha of the commit it was built from, where the platform knows it. */
  readonly commit?: string | undefined;
  /** When it was made, milliseconds since the epoch. */
  readonly at: number;
}

/** Containers for what is no version, made from a commit that need not be staged yet. */
export interface ServiceRequest {
  /** As the commit's compose file calls it. */
  readonly service: string;
  /** Full commit sha the image is built from. */
  readonly commit: string;
  /** Checked-out tree of that commit. */
  readonly directory: string;
  /** Variables that the compose file may hand to the service. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Service {
  /** Where its containers run. */
  readonly host: string;
  /**
   * Runs words in a container of its own, in place of the image's entrypoint, with these variables besides the service's.
   * The container is gone when this returns, when the job is cancelled, and when nobody listens to it any more.
   * @throws ProviderError when the host is not reached, or the connection is lost meanwhile.
   */
  run(request: {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly withinMs: number;
    readonly onLine?: (line: string) => void;
  }): Promise<Omit<HostAnswer, "host">>;
}

/** Where versions run and traffic is divided. Every method reads or writes the platform; none keeps state of its own. */
export interface DeployTarget {
  readonly kind: string;
  readonly capabilities: Capabilities;
  /** Settings of the platform that have to be mended before a release may begin; empty when all is well. */
  findings?(wanted: { readonly shares: readonly number[] }): Promise<readonly Finding[]>;
  /**
   * Where a service has variables of its own: what they are now. Where its versions have them: what the named one would
   * run with, and undefined without one.
   */
  variables?(version?: Pick<StageRequest, "commit" | "directory" | "env">): Promise<PlatformVariables | undefined>;
  /**
   * A mark of each of these variables that is another one once the variable was set anew, such as `set:1795765200000`,
   * and none where it is not set. In front of the colon stands what it was made with: marks of different makers cannot
   * be compared. No value can be told from it. Absent where a service has no variables of its own.
   */
  marks?(names: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /**
   * Sets variables of the service, so that versions staged from now on run with them. What serves keeps running as it
   * is. Reads back what can be read; with `shown` the values are no secrets, and the platform may show them again.
   */
  configure?(
    variables: Readonly<Record<string, string>>,
    options?: { readonly shown?: boolean | undefined },
  ): Promise<Configured>;
  /** Removes variables of the service by name, and reads that they are gone. */
  unset?(names: readonly string[]): Promise<void>;
  /** Puts the variables back to what they were; without a handle there is nothing to do. */
  unconfigure?(before: string): Promise<void>;
  /**
   * Versions one could go back to, newest first, where the platform keeps more of them than `observe` tells. `named` is
   * looked up besides; an InputError says why it cannot be gone back to: deleted, another project's, never in production.
   */
  history?(named?: string): Promise<readonly PastVersion[]>;
  observe(): Promise<Production>;
  /** What a rollback has to know, where the platform can be asked at once; else each question is asked by itself. */
  lookBack?(named?: string): Promise<LookBack>;
  /** Builds and starts a version that takes no traffic. Staging the same commit again returns the same version. */
  stage(request: StageRequest): Promise<StagedVersion>;
  /** Gives `candidate` its share and `stable` the rest; refused as `not-applied` when the generation differs. */
  shift(request: {
    readonly candidate: string;
    readonly stable: string;
    readonly weight: number;
    /** The candidate gets so many whole hosts instead of a share of each host's requests; `weight` is what that comes to. */
    readonly hosts?: number | undefined;
    readonly ifGeneration: string;
  }): Promise<Outcome>;
  /** Gives `to` all traffic. With `ifGeneration` it is refused when somebody moved traffic meanwhile. */
  restore(request: { readonly to: string; readonly ifGeneration?: string }): Promise<Outcome>;
  /** Whether a version still exists and answers its health check: asked before traffic returns to it. */
  health(version: string): Promise<{ readonly healthy: boolean; readonly message: string }>;
  /** Where one version answers directly, for scraping it; undefined when the platform has no such address. */
  address(version: string): Promise<string | undefined>;
  /**
   * What answers at an address that this target gave, by a name that it has in every process. Absent where the address
   * is such a name itself.
   */
  placeOf?(address: string): string | undefined;
  /**
   * What a request to an address that this target gave has to carry, such as the secret that passes its protection; empty
   * for every other address. Never for code of the user's. Absent where nothing is protected.
   */
  headersFor?(address: URL): Readonly<Record<string, string>>;
  /** Brings an address of the platform's own network here, until this process ends; absent where there is none. */
  forward?(host: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Asks Docker about the container of one version on every host that runs it, `question` being the words after `docker`
   * for a container's id; absent where versions are no containers. @throws ProviderError when a host is not reached.
   */
  askContainers?(version: string, question: (container: string) => readonly string[]): Promise<readonly HostAnswer[]>;
  /**
   * Statistics of HAProxy on every host that runs the version; absent where no HAProxy divides traffic.
   * @throws ProviderError when a host is not reached.
   */
  askRouter?(version: string): Promise<readonly RouterStatistics[]>;
  /**
   * Runs a line of shell of the user's on every host, in the home of who logs in; absent where there are no hosts.
   * @throws ProviderError when a host is not reached.
   */
  runOnHosts?(command: string, withinMs: number): Promise<readonly HostAnswer[]>;
  /**
   * Brings the image of a commit to where one host is and opens one of its services; absent where versions are no
   * containers. @throws InputError when that service would run another image.
   */
  openService?(request: ServiceRequest): Promise<Service>;
  /** Removes staged versions, never one that serves or that is named in `keep`. */
  cleanup(keep: readonly string[]): Promise<readonly string[]>;
}
