import { connect, isIP } from "node:net";
import { connect as connect$1 } from "node:tls";
const DEADLINE = 5e3;
const MOST_BYTES = 4194304;
function exchange({ at, deadline = DEADLINE }, sent, whole, cancelled) {
	return new Promise((resolve, reject) => {
		const socket = dial(at);
		let answer = Buffer.alloc(0);
		const settle = (finish) => {
			clearTimeout(late);
			cancelled.removeEventListener("abort", stop);
			socket.destroy();
			finish();
		};
		const fail = (reason) => settle(() => reject(new Error(reason)));
		const late = setTimeout(() => fail("late"), deadline);
		const stop = () => fail("cancelled");
		cancelled.addEventListener("abort", stop, { once: true });
		socket.on("error", (error) => fail(error.code ?? error.name));
		socket.on("data", (chunk) => {
			answer = Buffer.concat([answer, chunk]);
			if (answer.length > MOST_BYTES) fail("too-large");
			else if (whole(answer)) settle(() => resolve(answer));
		});
		socket.on("close", () => settle(() => resolve(answer)));
		socket.write(sent);
	});
}
function dial(at) {
	if ("path" in at) return connect(at.path);
	const { host, port, tls } = at;
	if (!tls) return connect({
		host,
		port
	});
	return connect$1({
		host,
		port,
		...isIP(host) === 0 && { servername: host }
	});
}
export { exchange as t };
