use std::collections::BTreeMap;

use bench_analysis::{Interval, judge};
use bench_schema::{Definition, Metric, Row, Verdict, Waiver, WaiverFile};
use jiff::civil::Date;

use crate::Outcome;

/// Why a file of waivers cannot be used. Nothing is waived then.
#[derive(Debug, thiserror::Error)]
pub enum WaiverError {
    /// It is no TOML, or a field is unknown, missing or of the wrong type.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A waiver says something that cannot be.
    #[error("waiver {number} ({benchmark}): {reason}")]
    Waiver {
        /// Its place in the file, from 1.
        number: usize,
        /// Its benchmark.
        benchmark: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
}

/// The waivers of a checkout, each seen to name a row that can exist.
#[derive(Debug, Default)]
pub struct Waivers {
    waivers: Vec<(Waiver, Date)>,
}

impl Waivers {
    /// Reads `portlab.waivers.toml`. `definitions` are all benchmarks, `hosts` the ids of all hosts.
    ///
    /// # Errors
    ///
    /// When it is not in the format, or a waiver names a row that no run can have.
    pub fn parse<'a>(
        text: &str,
        definitions: impl Iterator<Item = &'a Definition>,
        hosts: &[String],
    ) -> Result<Waivers, WaiverError> {
        let file: WaiverFile = toml::from_str(text)?;
        let definitions: BTreeMap<&str, &Definition> =
            definitions.map(|definition| (definition.id.as_str(), definition)).collect();
        let mut waivers: Vec<(Waiver, Date)> = Vec::new();
        for (number, waiver) in (1..).zip(file.waiver) {
            let wrong = |reason| WaiverError::Waiver { number, benchmark: waiver.benchmark.clone(), reason };
            check(&waiver, definitions.get(waiver.benchmark.as_str()).copied(), hosts).map_err(wrong)?;
            let expires = waiver.expires.parse().map_err(|_| {
                wrong(format!("expires is {:?}: write a day such as 2027-01-31", waiver.expires))
            })?;
            if waivers.iter().any(|(other, _)| same_row(other, &waiver)) {
                return Err(wrong("another waiver names the same row".to_owned()));
            }
            waivers.push((waiver, expires));
        }
        Ok(Waivers { waivers })
    }

    /// Raises the margin of each row that a waiver names to its ceiling, judges the row again and notes why. The
    /// outcome fails for each waiver that has expired before `today`, and for each that its row did not need.
    ///
    /// A waiver of a row that was not measured says nothing, so that a gate over a part of the benchmarks does not
    /// fail for the rest.
    pub fn apply(&self, rows: &mut [Row], today: Date) -> Outcome {
        let mut reasons = Vec::new();
        for (waiver, expires) in &self.waivers {
            let name = format!(
                "the waiver of {} ({}) on {}, {}",
                waiver.benchmark,
                waiver.level.as_str(),
                waiver.host,
                waiver.metric.as_str()
            );
            if *expires < today {
                reasons.push(format!(
                    "{name} expired on {expires}: mend the regression, or renew it with a reason ({})",
                    waiver.issue
                ));
                continue;
            }
            let Some(row) = rows.iter_mut().find(|row| names(waiver, row)) else { continue };
            if matches!(row.verdict, Some(Verdict::Ok | Verdict::Improved)) {
                reasons
                    .push(format!("{name} is not needed: the row is within its margin. Remove the waiver"));
                continue;
            }
            waive(row, waiver, *expires);
        }
        Outcome { exit_code: u8::from(!reasons.is_empty()), reasons }
    }
}

/// Says why a waiver cannot hold for any row.
fn check(waiver: &Waiver, definition: Option<&Definition>, hosts: &[String]) -> Result<(), String> {
    let definition =
        definition.ok_or_else(|| "there is no such benchmark: `scripts/lab list` has the ids".to_owned())?;
    if !definition.levels.contains(&waiver.level) {
        return Err(format!("the benchmark is not measured at level {}", waiver.level.as_str()));
    }
    if !hosts.contains(&waiver.host) {
        return Err(format!("there is no host {:?}. Hosts: {}", waiver.host, hosts.join(", ")));
    }
    if !definition.deciding_metrics().contains(&waiver.metric) {
        let deciding: Vec<&str> =
            definition.deciding_metrics().iter().map(|metric| Metric::as_str(*metric)).collect();
        return Err(format!(
            "{} decides nothing for this benchmark; {} does",
            waiver.metric.as_str(),
            deciding.join(" or ")
        ));
    }
    let least = 1.0 + definition.margin();
    if !(waiver.ceiling > least && waiver.ceiling.is_finite()) {
        return Err(format!(
            "the ceiling {} must be above {least:.3}, which is allowed anyway",
            waiver.ceiling
        ));
    }
    if !waiver.issue.starts_with("https://") {
        return Err(format!("issue is {:?}: write the address of the issue, from https:// on", waiver.issue));
    }
    if waiver.reason.trim().is_empty() {
        return Err("the reason is empty: say why the row may be slower until then".to_owned());
    }
    Ok(())
}

fn same_row(one: &Waiver, other: &Waiver) -> bool {
    let key = |waiver: &Waiver| {
        (waiver.benchmark.clone(), waiver.level, waiver.host.clone(), waiver.metric, waiver.variant.clone())
    };
    key(one) == key(other)
}

fn names(waiver: &Waiver, row: &Row) -> bool {
    waiver.benchmark == row.benchmark
        && waiver.level == row.level
        && waiver.host == row.host
        && waiver.metric == row.metric
        && waiver.variant == row.candidate
}

fn waive(row: &mut Row, waiver: &Waiver, expires: Date) {
    // A noise floor may be wider than what was waived.
    row.margin = row.margin.max(waiver.ceiling - 1.0);
    if let (Some(low), Some(high)) = (row.low, row.high)
        && let Some(interval) = Interval::new(low, high, bench_analysis::CONFIDENCE)
    {
        row.verdict = Some(judge(interval, row.margin));
    }
    let why =
        format!("waived up to {} until {expires} ({}): {}", waiver.ceiling, waiver.issue, waiver.reason);
    row.note = Some(row.note.take().map_or(why.clone(), |note| format!("{note}; {why}")));
}
