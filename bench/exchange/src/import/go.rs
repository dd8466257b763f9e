//! <https://go.dev/design/14313-benchmark-format>: `BenchmarkName-8  1000  123.4 ns/op  16 B/op`, a line a run.

use super::Samples;

pub(super) fn read(text: &str) -> Result<Samples, String> {
    let mut samples = Samples::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| line.starts_with("Benchmark")) {
        let mut fields = line.split_whitespace();
        let name = fields.next().unwrap_or_default();
        let Some(Ok(_iterations)) = fields.next().map(str::parse::<u64>) else {
            continue; // The name alone, printed before a benchmark that logs.
        };
        let measures: Vec<&str> = fields.collect();
        for measure in measures.chunks(2) {
            if let [value, "ns/op"] = measure {
                let ns = value
                    .parse()
                    .map_err(|_| format!("line {number}: {value:?} stands before ns/op and is no number"))?;
                samples.entry(name.trim_start_matches("Benchmark").to_owned()).or_default().push(ns);
            }
        }
    }
    Ok(samples)
}
