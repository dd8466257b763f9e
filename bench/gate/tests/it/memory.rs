//! Peak memory is compared for every row once verdicts are in, also where noisy rows would take all the time.

use bench_gate::{Plan, VisitKind};
use bench_schema::{Metric, Verdict};

use crate::measure;
use crate::simulated::{Simulated, model};

#[test]
fn a_hundred_rows_have_their_memory_compared_within_the_default_budget() {
    // A fifth of them lies so close to the margin that no time would settle it, the others have verdicts soon and
    // could be settled more surely for long.
    let ratio = |index| if index % 5 == 0 { 1.03 } else { 0.94 };
    let models = (0..100).map(|index| model(&format!("fs/b{index}"), "node26", ratio(index), 0.06)).collect();
    let mut source = Simulated::new(models, 1);
    let document = measure(&mut source, &Plan::full(1));
    let of = |metric| document.rows.iter().filter(move |row| row.metric == metric);
    assert!(
        of(Metric::CpuProcess).any(|row| row.verdict == Some(Verdict::Inconclusive)),
        "they are hopeless"
    );
    let compared = of(Metric::MaxRss).filter(|row| row.high.is_some()).count();
    assert_eq!(compared, 100);
    assert_eq!(document.summaries[0].worst_memory.as_ref().map(|worst| worst.rows), Some(100));
    let first_alone = source.visits.iter().position(|(_, visit)| matches!(visit.kind, VisitKind::Solo(_)));
    let before =
        source.visits[..first_alone.unwrap()].iter().filter(|(_, visit)| visit.kind == VisitKind::Timed);
    assert!(before.count() >= 800, "verdicts come first");
}
