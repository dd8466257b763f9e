//! What a document says of a port's variants as wholes, and of rows that no mean does justice to.

use std::time::Duration;

use bench_gate::Plan;
use bench_schema::{Kind, Metric, Summary};

use crate::simulated::{Behaviour, Model, Simulated, model};
use crate::{measure, row};

const ONE_HOP: &str = "node-api+onehop";

fn variant(of: &Model, ratio: f64) -> Model {
    let mut further = of.clone();
    further.target.key.candidate = ONE_HOP.into();
    further.target.arms = 2;
    further.log_ratio = ratio.ln();
    further
}

fn asynchronous(name: &str, ratio: f64) -> Model {
    let mut model = model(name, "node26", ratio, 0.01);
    model.target.definition.kind = Kind::Async;
    model
}

/// Kind, metric and rows of each mean.
fn means(summary: &Summary) -> Vec<(Kind, Metric, u32)> {
    summary.means.iter().map(|mean| (mean.kind, mean.metric, mean.rows)).collect()
}

#[test]
fn each_variant_has_means_upper_ends_and_its_worst_memory() {
    let plain = [model("fs/a", "node26", 0.8, 0.01), asynchronous("fs/b", 0.9)];
    let further = [variant(&plain[0], 0.4), variant(&plain[1], 0.1)];
    let models = plain.into_iter().chain(further).collect();
    let document = measure(&mut Simulated::new(models, 1), &Plan { solo_pairs: 6, ..Plan::full(1) });
    let variants: Vec<&str> = document.summaries.iter().map(|summary| summary.variant.as_str()).collect();
    assert_eq!(variants, ["node-api", ONE_HOP]);
    for (summary, sync, wall) in [(&document.summaries[0], 0.8, 0.9), (&document.summaries[1], 0.4, 0.1)] {
        let kinds = [
            (Kind::Sync, Metric::CpuProcess, 1),
            (Kind::Async, Metric::Wall, 1),
            (Kind::Async, Metric::CpuProcess, 1),
        ];
        assert_eq!(means(summary), kinds);
        for (mean, truth) in summary.means.iter().zip([sync, wall, wall]) {
            let high = mean.high.expect("there were enough processes");
            assert!((mean.ratio / truth - 1.0).abs() < 0.04 && high > mean.ratio, "{mean:?}");
        }
        let (mean, high) = (summary.geometric_mean.unwrap(), summary.geometric_mean_high.unwrap());
        let truth = f64::powf(sync * wall * wall, 1.0 / 3.0);
        assert!((mean / truth - 1.0).abs() < 0.04 && high > mean && high < 1.1 * mean, "{summary:?}");
        let memory = summary.worst_memory.as_ref().expect("arms ran alone");
        assert!((memory.ratio - 1.1).abs() < 1e-9 && memory.rows == 2, "{memory:?}");
    }
}

#[test]
fn a_row_without_an_interval_leaves_no_mean_of_upper_ends() {
    let models = vec![model("fs/a", "node26", 0.8, 0.01), model("fs/b", "node26", 0.8, 0.01)];
    // Time for a process or two each.
    let plan = Plan::full(1).with_budget(Duration::from_secs(2));
    let document = measure(&mut Simulated::new(models, 1), &plan);
    let summary = &document.summaries[0];
    assert!(summary.geometric_mean.is_some() && summary.geometric_mean_high.is_none(), "{summary:?}");
    assert_eq!(summary.worst_memory, None);
}

#[test]
fn processes_at_two_speeds_are_told() {
    let two = Model { behaviour: Behaviour::TwoSpeeds, ..model("fs/two", "node26", 1.0, 0.01) };
    let models = vec![two, model("fs/one", "node26", 1.0, 0.01)];
    let document = measure(&mut Simulated::new(models, 1), &Plan::full(1));
    let note = |name| row(&document.rows, name, Metric::CpuProcess).note.clone().unwrap_or_default();
    assert!(note("fs/two").contains("processes ran at two speeds: "), "{}", note("fs/two"));
    assert_eq!(note("fs/one"), "");
}

#[test]
fn what_extensions_close_is_said_where_there_is_a_distance() {
    let extended = |of: &Model, ratio: f64| {
        let mut further = variant(of, ratio);
        further.target.key.candidate = "node-api+ext".into();
        further
    };
    let plain = [model("fs/a", "node26", 5.0, 0.01), model("fs/b", "node26", 0.9, 0.01)];
    let further = [extended(&plain[0], 1.4), extended(&plain[1], 0.8), variant(&plain[0], 2.0)];
    let models = plain.into_iter().chain(further).collect();
    let document = measure(&mut Simulated::new(models, 1), &Plan::full(1));
    let [far, near] = &document.distances[..] else { panic!("{:?}", document.distances) };
    assert_eq!((far.benchmark.as_str(), far.extended.as_str()), ("fs/a", "node-api+ext"));
    // (5 − 1.4) / (5 − 1)
    assert!(far.closed.is_some_and(|share| (share - 0.9).abs() < 0.02), "{far:?}");
    let (low, high) = far.low.zip(far.high).expect("there were enough processes");
    assert!(low < 0.9 && 0.9 < high && high - low < 0.1, "{far:?}");
    assert_eq!((near.benchmark.as_str(), near.closed), ("fs/b", None));
    assert!((near.extended_ratio / near.plain_ratio - 0.8 / 0.9).abs() < 0.04, "{near:?}");
}
