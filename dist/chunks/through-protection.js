function throughProtection(target, ports) {
let { headersFor } = target;
if (headersFor === void 0) return ports;
let fetch = (input, init) => {
let address = new URL(input instanceof Request ? input.url : input), more = Object.entries(headersFor(address));
if (more.length === 0) return ports.fetch(input, init);
let headers = new Headers(init?.headers);
for (let [name, value] of more) headers.set(name, value);
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
