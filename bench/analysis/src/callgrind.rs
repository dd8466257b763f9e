//! What callgrind counted, read from its own format ("Callgrind Format Specification" in valgrind's manual), as it
//! writes it without compressed strings and with the callers of each function behind its name.

use std::collections::BTreeMap;

/// The events of a cost line that are read, in the order in which callgrind writes them.
const EVENTS: &str = "events: Ir sysCount";
/// What stands for code that V8 made: it has no symbols, and its addresses differ from run to run.
const JAVASCRIPT: &str = "[JavaScript]";

/// Why a profile cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// It counts something else.
    #[error("callgrind's profile does not count what was asked for: no line begins with \"{EVENTS}\"")]
    Events,
    /// Callgrind counted nothing.
    #[error("callgrind counted no instruction: the slice between the probe's requests was never reached")]
    Empty,
    /// A line is none of the format.
    #[error("callgrind's profile has a line that is none of its format: {0}")]
    Line(String),
}

/// Instructions and system calls of one arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// All instructions, of all threads.
    pub instructions: u64,
    /// All system calls.
    pub system_calls: u64,
    /// Each function's own instructions.
    pub functions: BTreeMap<String, u64>,
    /// Each stack's own instructions, outermost function first, separated by semicolons: what flame graphs are
    /// drawn from.
    pub stacks: BTreeMap<String, u64>,
}

/// A function whose instructions differ between two arms.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its name.
    pub function: String,
    /// Its own instructions an operation in the baseline.
    pub baseline: f64,
    /// Its own instructions an operation in the candidate.
    pub candidate: f64,
}

impl Profile {
    /// Reads callgrind's output.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        if !text.lines().any(|line| line.starts_with(EVENTS)) {
            return Err(ProfileError::Events);
        }
        let mut profile = Profile::default();
        let mut stack = String::new();
        let mut calls = false;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                stack = folded(name);
            } else if line.starts_with("calls=") {
                // The next line is what the callee cost, which stands under its own name too.
                calls = true;
            } else if line.starts_with(|first: char| first.is_ascii_digit()) && !std::mem::take(&mut calls) {
                profile.add(&stack, line)?;
            }
        }
        if profile.instructions == 0 { Err(ProfileError::Empty) } else { Ok(profile) }
    }

    /// Takes a line of costs: a position, instructions, system calls; what is 0 at its end may be left out.
    fn add(&mut self, stack: &str, line: &str) -> Result<(), ProfileError> {
        let mut numbers = line.split_ascii_whitespace().skip(1).map(str::parse::<u64>);
        let mut next = || numbers.next().unwrap_or(Ok(0)).map_err(|_| ProfileError::Line(line.to_owned()));
        let (instructions, system_calls) = (next()?, next()?);
        self.instructions += instructions;
        self.system_calls += system_calls;
        let function = stack.rsplit(';').next().unwrap_or(stack);
        *self.functions.entry(function.to_owned()).or_default() += instructions;
        *self.stacks.entry(stack.to_owned()).or_default() += instructions;
        Ok(())
    }
}

/// `f'g'main` as `main;g;f`, with names that do not change from build to build.
fn folded(name: &str) -> String {
    let mut frames: Vec<String> = name.split('\'').filter(|part| !is_depth(part)).map(frame).collect();
    frames.reverse();
    // Code of V8's own making calling more of it is one frame.
    frames.dedup_by(|a, b| a == b && a == JAVASCRIPT);
    frames.join(";")
}

fn frame(name: &str) -> String {
    if name.starts_with("0x") || name == "???" || name.is_empty() {
        return JAVASCRIPT.to_owned();
    }
    // Legacy Rust names end with a hash of the build.
    let name = name.rsplit_once("::h").filter(|(_, hash)| is_hash(hash)).map_or(name, |(name, _)| name);
    name.replace(';', ":")
}

/// Callgrind numbers the levels of a recursion.
fn is_depth(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The functions whose instructions an operation differ, the largest difference first. Less than `least`
/// instructions an operation is nothing.
pub fn differences(baseline: (&Profile, u64), candidate: (&Profile, u64), least: f64) -> Vec<Difference> {
    let per_operation = |(profile, operations): (&Profile, u64), name: &str| {
        profile.functions.get(name).copied().unwrap_or_default() as f64 / operations.max(1) as f64
    };
    let names: std::collections::BTreeSet<&String> =
        baseline.0.functions.keys().chain(candidate.0.functions.keys()).collect();
    let difference = |name: &String| Difference {
        function: name.clone(),
        baseline: per_operation(baseline, name),
        candidate: per_operation(candidate, name),
    };
    let change = |difference: &Difference| (difference.candidate - difference.baseline).abs();
    let mut found: Vec<Difference> =
        names.into_iter().map(difference).filter(|found| change(found) >= least).collect();
    found.sort_by(|a, b| change(b).total_cmp(&change(a)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cut from callgrind 3.19 over Node 26.
    const PROFILE: &str = "\
# callgrind format
events: Ir sysCount sysTime sysCpuTime
ob=/node
fl=???
fn=__statx'fs_core::stat::h0123456789abcdef'0x1803'0x1804
0 40 10 99 98
fn=fs_core::stat::h0123456789abcdef'0x1803'0x1804
0 500
cob=/libc
cfi=???
cfn=__statx'fs_core::stat'0x1803'0x1804
calls=10 0
0 40 10 99 98
0 100
";

    #[test]
    fn costs_are_a_functions_own_and_names_do_not_change_from_build_to_build() {
        let profile = Profile::parse(PROFILE).expect("it is a profile");
        assert_eq!((profile.instructions, profile.system_calls), (640, 10));
        assert_eq!(profile.functions["fs_core::stat"], 600);
        assert_eq!(profile.stacks["[JavaScript];fs_core::stat;__statx"], 40);
    }

    #[test]
    fn what_counted_nothing_or_something_else_is_an_error() {
        assert_eq!(Profile::parse("events: Ir sysCount\n"), Err(ProfileError::Empty));
        assert_eq!(Profile::parse("events: Cycles\n"), Err(ProfileError::Events));
        let broken = "events: Ir sysCount\nfn=f\n0 12 x\n";
        assert_eq!(Profile::parse(broken), Err(ProfileError::Line("0 12 x".into())));
    }

    #[test]
    fn the_function_that_grew_most_is_named_first() {
        let with = |pairs: &[(&str, u64)]| Profile {
            functions: pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            ..Profile::default()
        };
        let (old, new) =
            (with(&[("a", 100), ("b", 50), ("c", 10)]), with(&[("a", 220), ("b", 100), ("d", 90)]));
        // The candidate was counted over twice the operations.
        let found = differences((&old, 10), (&new, 20), 0.5);
        let names: Vec<&str> = found.iter().map(|found| found.function.as_str()).collect();
        assert_eq!(names, ["d", "a", "c"]);
        assert_eq!((found[0].baseline, found[0].candidate), (0.0, 4.5));
    }
}
