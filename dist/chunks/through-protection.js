function throughProtection(target, ports) {
	const { headersFor } = target;
	if (headersFor === void 0) return ports;
	const fetch = (input, init) => {
		const address = new URL(input instanceof Request ? input.url : input);
		const more = Object.entries(headersFor(address));
		if (more.length === 0) return ports.fetch(input, init);
		const headers = new Headers(init?.headers);
		for (const [name, value] of more) headers.set(name, value);
		return ports.fetch(input, {
			...init,
			headers,
			redirect: init?.redirect === "manual" ? "manual" : "error"
		});
	};
	return {
		...ports,
		fetch
	};
}
export { throughProtection as t };
