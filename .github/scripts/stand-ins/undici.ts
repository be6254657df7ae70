/** Stands in for `undici` in dist/: Node's own fetch is the same code. */
export const fetch = globalThis.fetch;
export class ProxyAgent {}
export class Agent {}
