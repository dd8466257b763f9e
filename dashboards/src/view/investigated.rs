//! Regressions that a gate looked into.

use bench_schema::{Document, FunctionCount, Investigation, level_and_variant};

/// One of them, as texts.
pub(crate) struct Investigated {
    pub(crate) place: String,
    pub(crate) verdict: &'static str,
    pub(crate) conclusion: String,
    pub(crate) flame_graphs: Option<[String; 2]>,
    pub(crate) functions: Vec<Function>,
}

/// A function whose instructions differ between the arms.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) baseline: String,
    pub(crate) candidate: String,
    pub(crate) difference: String,
}

pub(crate) fn investigations(document: &Document) -> Vec<Investigated> {
    document.investigations.iter().map(investigated).collect()
}

fn investigated(found: &Investigation) -> Investigated {
    let counts = found.counts.as_ref();
    // A name is data from outside: only a file beside the report is linked.
    let beside = |names: &[String; 2]| names.iter().all(|name| !name.contains(['/', ':', '\\']));
    Investigated {
        place: format!(
            "{} ({}) on {}, {}",
            found.benchmark,
            level_and_variant(found.level, &found.candidate),
            found.host,
            found.metric.as_str()
        ),
        verdict: found.verdict.as_str(),
        conclusion: found.conclusion.clone(),
        flame_graphs: counts.and_then(|counts| counts.flame_graphs.clone()).filter(beside),
        functions: counts.map_or_else(Vec::new, |counts| counts.functions.iter().map(function).collect()),
    }
}

fn function(count: &FunctionCount) -> Function {
    Function {
        name: count.function.clone(),
        baseline: format!("{:.0}", count.baseline),
        candidate: format!("{:.0}", count.candidate),
        difference: format!("{:+.0}", count.candidate - count.baseline),
    }
}
