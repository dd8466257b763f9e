//! Which rows get a process next, and how long it may be. Pure: states and time left in, rows out.

use std::time::Duration;

use crate::Plan;
use crate::plan::LOOKS;
use crate::row::RowState;

/// How much a row needs another process; smaller is more urgent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Tier {
    /// It has not had its first processes.
    First,
    /// Its 95% interval straddles its margin.
    Inconclusive,
    /// It has a verdict, and no look has settled it.
    Unsettled,
    /// It is settled, and wider than its margin.
    Wide,
}

/// Baseline and candidate: the arms that no process goes without.
const PAIR: u32 = 2;

/// What a row would need to leave its tier.
struct Need {
    row: usize,
    tier: Tier,
    cost: Duration,
}

fn need(index: usize, row: &RowState, plan: &Plan) -> Option<Need> {
    let next_look = LOOKS.into_iter().find(|look| *look > row.timed);
    let (tier, goal) = if row.given_up() {
        return None;
    } else if row.timed < plan.first_pass {
        (Tier::First, plan.first_pass)
    } else if row.settled {
        if !plan.refine || row.narrow() {
            return None;
        }
        (Tier::Wide, next_look?)
    } else if row.conclusive() {
        (Tier::Unsettled, next_look?)
    } else {
        (Tier::Inconclusive, row.processes_to_settle())
    };
    let each = match tier {
        // Slices shrink and arms are left out before a row goes without its first processes.
        Tier::First => row.predict(plan.first_rounds, plan.least_slice_ns, row.target.arms.min(PAIR)),
        _ => row.predict(row.rounds(plan.first_rounds, plan.slice_ns), plan.slice_ns, row.target.arms),
    };
    let cost = each.checked_mul(goal - row.timed).unwrap_or(Duration::MAX);
    Some(Need { row: index, tier, cost: cost.saturating_add(row.extras_cost()) })
}

/// The rows that get one process each in the next pass; empty when no row needs one.
///
/// Every row gets its first processes. What time is then left goes to the rows that can be expected to leave
/// their tier within it, most urgent tier first and cheapest first within a tier: that settles the most rows.
/// When none can, the most urgent rows share what is left; it narrows their intervals all the same.
pub(crate) fn next_pass(rows: &[RowState], plan: &Plan, remaining: Duration) -> Vec<usize> {
    let mut needs: Vec<Need> =
        rows.iter().enumerate().filter_map(|(index, row)| need(index, row, plan)).collect();
    needs.sort_by_key(|need| (need.tier, need.cost));
    let mut left = remaining;
    let mut chosen = Vec::new();
    for need in &needs {
        if let Some(rest) = left.checked_sub(need.cost) {
            left = rest;
            chosen.push(need.row);
        }
    }
    if chosen.is_empty() {
        let most_urgent = needs.first().map(|need| need.tier);
        chosen = needs.iter().filter(|need| Some(need.tier) == most_urgent).map(|need| need.row).collect();
    }
    chosen
}

/// Rounds, slice and arms of a row's next timed process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Size {
    pub(crate) rounds: u32,
    pub(crate) slice_ns: u64,
    pub(crate) pair_only: bool,
}

/// How long a row's next process may be. While rows still wait for their first processes, each gets an equal
/// share of what is left. To fit it, slices shrink down to the plan's least; if that is not enough and the plan
/// allows it, the process goes without its twin and stock arms.
pub(crate) fn size(row: &RowState, rows: &[RowState], plan: &Plan, remaining: Duration) -> Size {
    let open = || rows.iter().filter(|row| !row.given_up());
    let waiting: u32 = open().map(|row| plan.first_pass.saturating_sub(row.timed)).sum();
    let extras: Duration = open().map(RowState::extras_cost).sum();
    let wanted = row.rounds(plan.first_rounds, plan.slice_ns);
    if row.timed >= plan.first_pass || waiting == 0 {
        return Size { rounds: wanted, slice_ns: plan.slice_ns, pair_only: false };
    }
    // A tenth in hand: the last processes of a tight plan must not be the ones that fall off its end.
    let share = (remaining.saturating_sub(extras) / waiting).mul_f64(0.9);
    let rounds = wanted.min(plan.first_rounds);
    let all = row.target.arms;
    let pair_only = plan.may_drop_arms && row.predict(rounds, plan.least_slice_ns, all) > share;
    let arms = if pair_only { all.min(PAIR) } else { all };
    let fixed = row.predict(0, plan.slice_ns, arms);
    let measuring = row.predict(rounds, plan.slice_ns, arms).saturating_sub(fixed);
    let keep = share.saturating_sub(fixed).as_secs_f64() / measuring.as_secs_f64().max(1e-9);
    let slice_ns = ((plan.slice_ns as f64 * keep) as u64).clamp(plan.least_slice_ns, plan.slice_ns);
    Size { rounds, slice_ns, pair_only }
}
