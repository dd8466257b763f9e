//! Values of options that clap does not read by itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::Regex;

/// The default of an option that a variable may set. Unlike clap's `env` it does not count as given, so that
/// `--quick` and `--node` do not conflict with a variable.
pub(super) fn variable(name: &str, otherwise: &'static str) -> &'static str {
    match std::env::var(name) {
        // It lives as long as the program: clap's defaults are static.
        Ok(value) if !value.is_empty() => value.leak(),
        _ => otherwise,
    }
}

/// A fraction from 0 to 1.
pub(super) fn margin(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|margin| (0.0..=1.0).contains(margin))
        .ok_or_else(|| format!("\"{text}\" is no fraction between 0 and 1: write 0.03 for 3%"))
}

/// `90s`, `15m`, `1h`, or seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        unit => return Err(format!("unknown unit \"{unit}\": write 90s, 15m or 1h")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("\"{text}\" is no time: write 90s, 15m or 1h"))?;
    if !number.is_finite() || number <= 0.0 || number * scale > 7.0 * 86_400.0 {
        return Err(format!("\"{text}\" is out of range: more than 0 and at most 168h"));
    }
    Ok(Duration::from_secs_f64(number * scale))
}

/// A regular expression on `<directory>/<file>`.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| error.to_string())
}

/// A folder that exists.
pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if path.is_dir() { Ok(path.to_owned()) } else { Err("there is no such folder".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(Duration::from_hours(2)));
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for text in ["", "m", "-1m", "0s", "5d", "1e9h", "nan"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
