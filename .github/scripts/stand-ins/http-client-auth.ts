/** Stands in for `@actions/http-client/lib/auth` in dist/; see http-client.ts. */
export class BearerCredentialHandler {}
