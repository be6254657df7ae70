/** Stands in for the sockets of Cloudflare's workers, where no action runs; the driver asks for them nowhere else. */
export const CloudflareSocket = undefined;
