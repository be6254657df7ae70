// src/failure.ts
/** The user must change something: no stack is shown. Exit code 2. */
var InputError = class extends Error {
	name = "InputError";
	code = "input";
	place;
	/** When one message tells of several places: what is wrong at each of them. */
	places;
	constructor(message, place, places = []) {
		super(message);
		this.place = place;
		this.places = places;
	}
};
/** An outside system did not do what was asked of it. Exit code 3. */
var ProviderError = class extends Error {
	name = "ProviderError";
	code = "provider";
	/** The system's name, such as `github` or `postgres`. */
	provider;
	/** HTTP status or the system's own error code. */
	status;
	/** Whether the same read may be asked again. Writes are observed, never blindly repeated. */
	retryable;
	constructor(provider, message, details = {}) {
		super(message, { cause: details.cause });
		this.provider = provider;
		this.status = details.status;
		this.retryable = details.retryable ?? false;
	}
};

export { ProviderError as n, InputError as t };