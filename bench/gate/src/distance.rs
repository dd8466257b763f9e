//! What the extensions of Node-API close of the distance between a port and what it is compared with.

use bench_analysis::closed;
use bench_schema::{Distance, EXT, NODE_API, features};

use crate::row::RowState;

/// One entry a deciding metric of each row with extensions whose benchmark was measured without them too.
pub(crate) fn distances(states: &[RowState]) -> Vec<Distance> {
    let extended = states.iter().filter(|state| {
        let features = features(&state.target.key.candidate);
        features.is_some_and(|features| features.contains(&EXT)) && state.rejection.is_none()
    });
    extended.filter_map(|state| Some((plain_of(state, states)?, state))).flat_map(of_pair).collect()
}

/// The same benchmark, level, host and baseline without features.
fn plain_of<'a>(extended: &RowState, states: &'a [RowState]) -> Option<&'a RowState> {
    let own = &extended.target.key;
    states.iter().filter(|state| state.rejection.is_none()).find(|state| {
        let key = &state.target.key;
        key.candidate == NODE_API
            && (&key.benchmark, key.level, &key.host, &key.baseline)
                == (&own.benchmark, own.level, &own.host, &own.baseline)
    })
}

fn of_pair((plain, extended): (&RowState, &RowState)) -> Vec<Distance> {
    let key = &extended.target.key;
    let of = |metric| {
        let (slow, between) = (plain.estimate_of(metric)?, extended.estimate_of(metric)?);
        let share = closed(slow, between);
        let interval = share.and_then(|share| share.interval);
        Some(Distance {
            benchmark: key.benchmark.clone(),
            level: key.level,
            host: key.host.clone(),
            metric,
            baseline: key.baseline.clone(),
            extended: key.candidate.clone(),
            plain_ratio: slow.ratio,
            extended_ratio: between.ratio,
            closed: share.map(|share| share.share),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        })
    };
    extended.target.definition.deciding_metrics().iter().filter_map(|&metric| of(metric)).collect()
}
