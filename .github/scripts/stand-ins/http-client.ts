/**
 * Stands in for `@actions/http-client` in dist/. `@actions/core` needs it only for OIDC tokens and `@actions/github`
 * constructs one while it is imported; we use neither, and the real one brings 400 KB of undici into every action.
 */
export class HttpClient {
  getAgent(): undefined {
    return undefined;
  }
  getAgentDispatcher(): undefined {
    return undefined;
  }
  getJson(): never {
    throw new Error("OIDC tokens are not bundled with Sluice.");
  }
}
export const Headers = {};
export const MediaTypes = {};
export const HttpCodes = {};
export const getProxyUrl = (): string => "";
export const checkBypass = (): boolean => true;
