function distance(a, b) {
	const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
	const at = (i, j) => rows[i]?.[j] ?? 0;
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		rows.push(row);
		for (let j = 1; j <= b.length; j++) {
			const replace = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
			const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replace;
			row.push(Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, replace, swap));
		}
	}
	return at(a.length, b.length);
}
function nearName(name, known) {
	const plain = (text) => text.slice(0, 64).toLowerCase().replaceAll(/[_\s]/g, "-");
	let best;
	for (const candidate of known) {
		const edits = distance(plain(name), plain(candidate));
		if (edits <= Math.max(1, Math.floor(candidate.length / 3)) && edits < (best?.edits ?? Infinity)) best = {
			name: candidate,
			edits
		};
	}
	return best?.name;
}
export { nearName as t };
