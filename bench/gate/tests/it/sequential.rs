//! The looks alone, over thousands of rows whose truth is known, with noise as it was measured: autocorrelated rounds,
//! heavy tails, two speeds, at sigmas between a quiet and a busy machine. `PORTLAB_SIMULATIONS` makes it so many times
//! as many rows (`scripts/nightly`).

use bench_analysis::median;
use bench_gate::{ALPHA, judge_in_looks};
use bench_schema::Verdict;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Measured standard deviations of a process's log-ratio: quiet machines .006 to .009, a shared one .042.
const SIGMAS: [f64; 3] = [0.006, 0.009, 0.042];
const MARGIN: f64 = 0.03;
const ROUNDS: u32 = 8;
const MOST: u32 = 80;

/// What else there is besides a normal spread between processes.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Each round remembers .45 of the one before, as slices on a shared machine do.
    Autocorrelated,
    /// Student's t with two degrees of freedom: no variance.
    HeavyTailed,
    /// One process in four runs one of the arms several sigmas slower.
    TwoSpeeds,
}

const NOISES: [Noise; 3] = [Noise::Autocorrelated, Noise::HeavyTailed, Noise::TwoSpeeds];

struct Processes {
    noise: Noise,
    sigma: f64,
    truth: f64,
    random: StdRng,
}

impl Processes {
    fn normal(&mut self) -> f64 {
        let (a, b): (f64, f64) = (self.random.random(), self.random.random());
        (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// The log-ratio of the next process: the median of its rounds, as the driver's order of arms makes it symmetric.
    fn next(&mut self) -> f64 {
        let between = match self.noise {
            Noise::Autocorrelated => self.normal(),
            Noise::HeavyTailed => {
                let (a, b) = (self.normal(), self.normal());
                self.normal() / f64::midpoint(a * a, b * b).sqrt()
            }
            Noise::TwoSpeeds => {
                let slow = if self.random.random::<f64>() < 0.25 { 4.0 } else { 0.0 };
                let arm = if self.random.random::<bool>() { slow } else { -slow };
                self.normal() + arm
            }
        };
        let mut drift = 0.0;
        let rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                drift = 0.45 * drift + self.normal();
                drift
            })
            .collect();
        self.truth + self.sigma * (between + median(&rounds).unwrap())
    }
}

/// The verdicts on `rows` rows whose true ratio is `ratio`.
fn verdicts(noise: Noise, sigma: f64, ratio: f64, rows: u32) -> Vec<Verdict> {
    let seed = u64::from(rows) + (1e6 * (sigma + ratio)) as u64 + noise as u64;
    let mut processes = Processes { noise, sigma, truth: ratio.ln(), random: StdRng::seed_from_u64(seed) };
    (0..rows).map(|_| judge_in_looks(|| processes.next(), MARGIN, MOST).verdict).collect()
}

fn rows(usual: u32) -> u32 {
    let times = std::env::var("PORTLAB_SIMULATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    usual * times
}

fn count(verdicts: &[Verdict], verdict: Verdict) -> usize {
    verdicts.iter().filter(|found| **found == verdict).count()
}

/// The binomial's upper 99.99% point, about: there are many combinations.
fn by_chance(p: f64, n: usize) -> f64 {
    p + 3.7 * (p * (1.0 - p) / n as f64).sqrt()
}

#[test]
fn at_the_margin_neither_side_is_wrong_more_often_than_alpha() {
    let mut all = Vec::new();
    for noise in NOISES {
        for sigma in SIGMAS {
            let found = verdicts(noise, sigma, 1.0 + MARGIN, rows(400));
            let share = |verdict| count(&found, verdict) as f64 / found.len() as f64;
            let (regressed, ok) = (share(Verdict::Regressed), share(Verdict::Ok) + share(Verdict::Improved));
            println!("{noise:?}, sigma {sigma}, {} rows: regressed {regressed:.4}, ok {ok:.4}", found.len());
            let most = by_chance(ALPHA, found.len());
            assert!(regressed <= most && ok <= most, "{noise:?}, {sigma}: {regressed}, {ok}");
            all.extend(found);
        }
    }
    // Over all of them together the bound is sharp, and a gate that never decided would not be near it.
    let wrong = (all.len() - count(&all, Verdict::Inconclusive)) as f64 / all.len() as f64;
    assert!((0.01..=by_chance(2.0 * ALPHA, all.len())).contains(&wrong), "{wrong}");
}

#[test]
fn unchanged_rows_do_not_alarm() {
    for noise in NOISES {
        for sigma in SIGMAS {
            let found = verdicts(noise, sigma, 1.0, rows(2_000));
            let alarms = count(&found, Verdict::Regressed);
            println!("{noise:?}, sigma {sigma}, {} rows: {alarms} alarms", found.len());
            assert!(
                alarms as f64 / found.len() as f64 <= by_chance(0.0005, found.len()),
                "{noise:?}, {sigma}: {alarms}"
            );
        }
    }
}

#[test]
fn ten_percent_are_found_at_every_measured_sigma() {
    for noise in NOISES {
        for sigma in SIGMAS {
            let found = verdicts(noise, sigma, 1.10, rows(200));
            let power = count(&found, Verdict::Regressed) as f64 / found.len() as f64;
            println!("{noise:?}, sigma {sigma}: power {power:.3}");
            assert!(power >= 0.95, "{noise:?}, {sigma}: {power}");
            assert!(count(&found, Verdict::Ok) as f64 <= 0.01 * found.len() as f64);
        }
    }
}
