/** Stands in for the sockets of Cloudflare's workers, where no action runs. */
export const CloudflareSocket = undefined;
