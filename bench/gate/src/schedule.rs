//! Which rows get a process next, and how long it may be. Pure: states and time left in, rows out.

use std::time::Duration;

use bench_analysis::MIN_PROCESSES;

use crate::looks::look_after;
use crate::row::RowState;
use crate::{Plan, VisitKind};

/// How much a row needs another process; smaller is more urgent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Tier {
    /// It has fewer processes than an interval takes.
    First,
    /// Its arms have not run alone often enough to compare their memory.
    Memory,
    /// It has fewer processes than every row gets.
    Second,
    /// It has no verdict: its interval straddles its margin.
    Inconclusive,
    /// It has a verdict, and no look has settled it.
    Unsettled,
    /// It is settled, and wider than its margin.
    Wide,
}

/// Baseline and candidate: the arms that no process goes without.
const PAIR: u32 = 2;

/// How much of its share of the time a first process may take.
const SHARE_SPENT: f64 = 0.7;

/// What a row would need to leave its tier.
struct Need {
    row: usize,
    tier: Tier,
    cost: Duration,
}

/// Processes of one row that run right after each other.
pub(crate) struct Turn {
    pub(crate) row: usize,
    pub(crate) kinds: Vec<VisitKind>,
}

fn needs(index: usize, row: &RowState, plan: &Plan) -> Vec<Need> {
    if row.given_up() {
        return Vec::new();
    }
    let timed = timed_need(row, plan).map(|(tier, goal)| {
        let each = match tier {
            // Slices shrink and arms are left out, where the plan allows it, before a row goes without its first
            // processes.
            Tier::First => row.predict(plan.first_rounds, plan.least_slice_ns, least_arms(row, plan)),
            _ => row.predict(row.rounds(plan.first_rounds, plan.slice_ns), plan.slice_ns, row.target.arms),
        };
        let counting = if row.counted_left { row.counting_cost() } else { Duration::ZERO };
        let cost = each.checked_mul(goal - row.timed).unwrap_or(Duration::MAX).saturating_add(counting);
        Need { row: index, tier, cost }
    });
    let alone = row.predict(plan.first_rounds, plan.slice_ns, 1) * row.solo_left;
    // A first process has shown how long they take.
    let memory =
        (row.solo_left > 0 && row.timed > 0).then_some(Need { row: index, tier: Tier::Memory, cost: alone });
    timed.into_iter().chain(memory).collect()
}

/// The arms with which a row's first processes may have to do.
fn least_arms(row: &RowState, plan: &Plan) -> u32 {
    if plan.may_drop_arms { row.target.arms.min(PAIR) } else { row.target.arms }
}

/// Why a row needs timed processes, and how many it would then have.
fn timed_need(row: &RowState, plan: &Plan) -> Option<(Tier, u32)> {
    let next_look = look_after(row.timed).map(|look| look.processes);
    let fewest = plan.first_pass.min(MIN_PROCESSES);
    if row.timed < fewest {
        Some((Tier::First, fewest))
    } else if row.timed < plan.first_pass {
        Some((Tier::Second, plan.first_pass))
    } else if plan.exactly {
        None
    } else if row.settled {
        if plan.refine && !row.narrow() { Some((Tier::Wide, next_look?)) } else { None }
    } else if row.conclusive() {
        Some((Tier::Unsettled, next_look?))
    } else {
        Some((Tier::Inconclusive, row.processes_to_settle()))
    }
}

/// The processes of the next pass, at most one timed process a row; empty when no row needs one.
///
/// Every row gets one process, whatever it takes. What time is then left goes to the rows that can be expected to leave
/// their tier within it, most urgent tier first and cheapest first within a tier: that settles the most rows.
/// When none can, the most urgent rows share what is left; it narrows their intervals all the same. Memory is compared
/// as soon as every row can have an interval, a pair of processes a pass, and not at all before that is sure.
pub(crate) fn next_pass(rows: &[RowState], plan: &Plan, remaining: Duration) -> Vec<Turn> {
    let mut needs: Vec<Need> =
        rows.iter().enumerate().flat_map(|(index, row)| needs(index, row, plan)).collect();
    needs.sort_by_key(|need| (need.tier, need.cost));
    if needs.iter().any(|need| rows[need.row].timed == 0) {
        needs.retain(|need| rows[need.row].timed == 0);
        return turns(rows, needs);
    }
    let most_urgent = needs.first().map(|need| need.tier);
    let mut left = remaining;
    let (mut affordable, hopeless): (Vec<Need>, Vec<Need>) = needs.into_iter().partition(|need| {
        let rest = left.checked_sub(need.cost);
        left = rest.unwrap_or(left);
        rest.is_some()
    });
    if hopeless.iter().any(|need| need.tier == Tier::First) {
        affordable.retain(|need| need.tier != Tier::Memory);
    }
    let chosen = if affordable.is_empty() {
        hopeless.into_iter().filter(|need| Some(need.tier) == most_urgent).collect()
    } else {
        affordable
    };
    turns(rows, chosen)
}

fn turns(rows: &[RowState], chosen: Vec<Need>) -> Vec<Turn> {
    let mut turns = Vec::new();
    for Need { row, tier, .. } in chosen {
        if tier == Tier::Memory {
            turns.push(Turn { row, kinds: rows[row].next_solo() });
            continue;
        }
        turns.push(Turn { row, kinds: vec![VisitKind::Timed] });
        if rows[row].counted_left {
            turns.push(Turn { row, kinds: vec![VisitKind::Counted] });
        }
    }
    turns
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
    let counting = open().filter(|row| row.counted_left).map(RowState::counting_cost).sum();
    let wanted = row.rounds(plan.first_rounds, plan.slice_ns);
    if row.timed >= plan.first_pass || waiting == 0 {
        return Size { rounds: wanted, slice_ns: plan.slice_ns, pair_only: false };
    }
    // Some in hand: on a busy machine the last processes of a tight plan must not be the ones that fall off its end,
    // and what is left over is spent on rows that are still open.
    let share = (remaining.saturating_sub(counting) / waiting).mul_f64(SHARE_SPENT);
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
