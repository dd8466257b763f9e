use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Calls by function (`fs.open`), over all processes and threads of a test.
pub type Calls = BTreeMap<String, u64>;

/// What install.js wrote at the end of each process and thread: `<pid> <module> <calls> <calls by function, JSON>`.
/// A line that a killed process left half written counts nothing.
pub(crate) fn read(file: &Path) -> Calls {
    let mut calls = Calls::new();
    for line in fs::read_to_string(file).unwrap_or_default().lines() {
        let mut parts = line.splitn(4, ' ');
        let (Some(_), Some(module), Some(_), Some(json)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let by_function: Calls = serde_json::from_str(json).unwrap_or_default();
        for (function, count) in by_function {
            // What features replace is named as users do, with its module.
            let name = if function.starts_with(&format!("{module}.")) {
                function
            } else {
                format!("{module}.{function}")
            };
            *calls.entry(name).or_default() += count;
        }
    }
    calls
}

/// The functions that were called more often than `baseline` says, and how often more.
pub(crate) fn beyond(baseline: &Calls, calls: &Calls) -> Calls {
    let more = |(name, count): (&String, &u64)| {
        let more = count.saturating_sub(baseline.get(name).copied().unwrap_or(0));
        (more > 0).then(|| (name.clone(), more))
    };
    calls.iter().filter_map(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_processes_are_added() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "7 fs 3 {\"open\":2,\"fs.promises.rm\":1}\n8 fs 1 {\"open\":1}\n9 os 1 {\"getHostname\":4}\n9 os 1 {\"ge";
        fs::write(file.path(), text).unwrap();
        let calls = read(file.path());
        let expected = [("fs.open", 3), ("fs.promises.rm", 1), ("os.getHostname", 4)];
        assert_eq!(calls, expected.map(|(name, count)| (name.to_owned(), count)).into());
        let baseline = [("fs.open".to_owned(), 3), ("os.getHostname".to_owned(), 1)].into();
        let more = [("fs.promises.rm".to_owned(), 1), ("os.getHostname".to_owned(), 3)].into();
        assert_eq!(beyond(&baseline, &calls), more);
    }
}
