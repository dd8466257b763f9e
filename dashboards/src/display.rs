//! Numbers and words as readers see them.

use bench_schema::{Difference, Level, Metric, Role, Row, Status, Unit, Verdict};

/// What stands where there is no number.
pub(crate) const NONE: &str = "–";

/// A quantity split into digits and unit, so that a column aligns both.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) number: String,
    pub(crate) unit: &'static str,
}

/// `value` with three significant digits, in the unit that suits `scale` (both medians of a row share one).
pub(crate) fn quantity(value: Option<f64>, unit: Unit, scale: Option<f64>) -> Quantity {
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return Quantity { number: NONE.to_owned(), unit: "" };
    };
    let scale = scale.filter(|scale| scale.is_finite()).unwrap_or(value).abs();
    let steps: &[(f64, &str)] = match unit {
        Unit::Nanoseconds => &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
        Unit::Bytes => &[(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1024.0, "KiB"), (1.0, "B")],
    };
    let (divisor, unit) = steps.iter().find(|(step, _)| scale >= *step).copied().unwrap_or((1.0, steps[3].1));
    Quantity { number: significant(value / divisor), unit }
}

/// [`quantity`] in one string: `1.85 µs`.
pub(crate) fn nanoseconds(value: f64) -> String {
    let Quantity { number, unit } = quantity(Some(value), Unit::Nanoseconds, None);
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

fn significant(value: f64) -> String {
    let magnitude = value.abs();
    let decimals = if magnitude >= 99.95 {
        0
    } else if magnitude >= 9.995 {
        1
    } else {
        2
    };
    grouped(&format!("{value:.decimals$}"))
}

/// Thin spaces between thousands of a number without sign or with one.
pub(crate) fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("−", rest));
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A ratio with as many digits as help: `0.872`, `12.34`.
pub(crate) fn ratio(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => NONE.to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

/// `0.861–0.884`, or nothing without both ends.
pub(crate) fn interval(row: &Row) -> String {
    match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{}–{}", ratio(Some(low)), ratio(Some(high))),
        _ => String::new(),
    }
}

/// A ratio's distance from 1: `+4.1%`.
pub(crate) fn change(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    let sign = if percent < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1}%", percent.abs())
}

/// How much longer one arm takes: `+1.20 µs (−0.40 µs to +2.10 µs)`.
pub(crate) fn difference(difference: &Difference) -> String {
    let signed = |ns: f64| {
        let sign = if ns < 0.0 { "−" } else { "+" };
        format!("{sign}{}", nanoseconds(ns.abs()))
    };
    let estimate = signed(difference.estimate);
    match (difference.low, difference.high) {
        (Some(low), Some(high)) => format!("{estimate} ({} to {})", signed(low), signed(high)),
        _ => estimate,
    }
}

/// A p-value as papers print it.
pub(crate) fn p_value(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => NONE.to_owned(),
        Some(value) if value < 0.001 => "< 0.001".to_owned(),
        Some(value) => format!("{value:.3}"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// `1 row`, `2 rows`.
pub(crate) fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", grouped(&number.to_string()), if number == 1 { singular } else { plural })
}

/// What a reader is told about a row, by word, sign and colour; the order is the order of concern.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outcome {
    Regressed,
    Failed,
    Inconclusive,
    Suspect,
    Ok,
    Improved,
    /// The metric does not decide.
    Informative,
}

impl Outcome {
    pub(crate) fn of(row: &Row) -> Outcome {
        match (row.status, row.verdict) {
            (Status::Failed, _) => Outcome::Failed,
            (_, Some(Verdict::Regressed)) => Outcome::Regressed,
            (_, Some(Verdict::Inconclusive)) => Outcome::Inconclusive,
            (_, Some(Verdict::Suspect)) => Outcome::Suspect,
            (_, Some(Verdict::Ok)) => Outcome::Ok,
            (_, Some(Verdict::Improved)) => Outcome::Improved,
            (_, None) => Outcome::Informative,
        }
    }

    /// The word, which is also its CSS class.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Outcome::Regressed => "regressed",
            Outcome::Failed => "failed",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Suspect => "suspect",
            Outcome::Ok => "ok",
            Outcome::Improved => "improved",
            Outcome::Informative => "informative",
        }
    }

    /// A sign that is told apart without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Outcome::Regressed => "▲",
            Outcome::Failed => "✕",
            Outcome::Inconclusive => "?",
            Outcome::Suspect => "~",
            Outcome::Ok => "=",
            Outcome::Improved => "▼",
            Outcome::Informative => "",
        }
    }

    /// Whether somebody has to look at it.
    pub(crate) fn needs_attention(self) -> bool {
        matches!(self, Outcome::Regressed | Outcome::Failed | Outcome::Inconclusive | Outcome::Suspect)
    }
}

/// Arms in the order in which figures list them.
pub(crate) const ROLES: [Role; 4] = [Role::Baseline, Role::Candidate, Role::Twin, Role::Stock];

/// What a metric is, for a tooltip.
pub(crate) fn metric_help(metric: Metric) -> &'static str {
    match metric {
        Metric::CpuProcess => "CPU time of all threads of the process",
        Metric::CpuThread => "CPU time of the JavaScript thread",
        Metric::Wall => "elapsed time",
        Metric::P50 => "median latency",
        Metric::P99 => "99th percentile of latency",
        Metric::P999 => "99.9th percentile of latency",
        Metric::P9999 => "99.99th percentile of latency",
        Metric::MaxRss => "peak resident set of a process that runs one arm alone",
    }
}

/// A level's place among columns.
pub(crate) fn level_help(level: Level) -> &'static str {
    match level {
        Level::Binding => "the binding’s own function",
        Level::Public => "the module’s own API",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: f64, scale: f64) -> String {
        let Quantity { number, unit } = quantity(Some(value), Unit::Nanoseconds, Some(scale));
        format!("{number} {unit}")
    }

    #[test]
    fn medians_of_a_row_share_a_unit() {
        assert_eq!(shown(1_850.0, 1_850.0), "1.85 µs");
        assert_eq!(shown(980.0, 1_850.0), "0.98 µs");
        assert_eq!(shown(4.53, 4.53), "4.53 ns");
        assert_eq!(shown(45_300_000.0, 45_300_000.0), "45.3 ms");
        assert_eq!(shown(0.0, 0.0), "0.00 ns");
        assert_eq!(shown(1_234_567.0, 4.0), "1\u{202f}234\u{202f}567 ns");
    }

    #[test]
    fn absent_and_impossible_numbers_are_a_dash() {
        assert_eq!(quantity(None, Unit::Bytes, Some(1.0)).number, NONE);
        assert_eq!(quantity(Some(f64::NAN), Unit::Bytes, None).number, NONE);
        assert_eq!(ratio(Some(f64::INFINITY)), NONE);
        let apart = Difference { estimate: -1200.0, low: Some(-2000.0), high: Some(500.0) };
        assert!(
            difference(&apart).starts_with('−') && difference(&apart).ends_with("to +500 ns)"),
            "{}",
            difference(&apart)
        );
        assert_eq!(p_value(None), NONE);
    }

    #[test]
    fn ratios_keep_the_digits_that_matter() {
        assert_eq!(ratio(Some(0.8724)), "0.872");
        assert_eq!(ratio(Some(12.345)), "12.35");
        assert_eq!(ratio(Some(240.2)), "240");
        assert_eq!(change(0.959), "−4.1%");
        assert_eq!(change(1.029), "+2.9%");
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(list(&["a".into()]), "a");
        assert_eq!(count(1, "row", "rows"), "1 row");
        assert_eq!(count(1200, "row", "rows"), "1\u{202f}200 rows");
    }
}
