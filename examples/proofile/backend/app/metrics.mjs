const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts answers and their durations, labelled with the version that gave them. */
export function createMetrics(version) {
  // Zeros from the start: a series that first appears with its first error hides that error from a rate.
  const answers = new Map([
    ["200", 0],
    ["500", 0],
  ]);
  const counts = buckets.map(() => 0);
  let count = 0;
  let sum = 0;

  return {
    observe(status, seconds) {
      const code = String(status);
      answers.set(code, (answers.get(code) ?? 0) + 1);
      for (const [index, limit] of buckets.entries()) if (seconds <= limit) counts[index] += 1;
      count += 1;
      sum += seconds;
    },

    /** Prometheus text format. */
    text() {
      const duration = "http_request_duration_seconds";
      const label = `version="${version}"`;
      const lines = [
        "# TYPE http_requests_total counter",
        ...[...answers].map(([code, n]) => `http_requests_total{${label},code="${code}"} ${n}`),
        `# TYPE ${duration} histogram`,
        ...buckets.map((limit, index) => `${duration}_bucket{${label},le="${limit}"} ${counts[index]}`),
        `${duration}_bucket{${label},le="+Inf"} ${count}`,
        `${duration}_sum{${label}} ${sum}`,
        `${duration}_count{${label}} ${count}`,
      ];
      return `${lines.join("\n")}\n`;
    },
  };
}
