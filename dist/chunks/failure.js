var InputError = class extends Error {
	name = "InputError";
	code = "input";
	place;
	places;
	constructor(message, place, places = []) {
		super(message);
		this.place = place;
		this.places = places;
	}
};
var ProviderError = class extends Error {
	name = "ProviderError";
	code = "provider";
	provider;
	status;
	retryable;
	constructor(provider, message, details = {}) {
		super(message, { cause: details.cause });
		this.provider = provider;
		this.status = details.status;
		this.retryable = details.retryable ?? false;
	}
};
export { ProviderError as n, InputError as t };
