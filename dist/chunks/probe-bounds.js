const probeReach = 1e4, probeBounds = [
...decade(1),
...decade(10),
...decade(100),
...decade(1e3),
probeReach,
Infinity
];
function decade(from) {
return [
1,
1.1,
1.2,
1.3,
1.5,
1.7,
2,
2.2,
2.5,
3,
3.5,
4,
4.5,
5,
5.5,
6,
6.5,
7,
7.5,
8,
8.5,
9,
9.5
].map((step) => Number((step * from).toPrecision(3)));
}
export { probeReach as n, probeBounds as t };
