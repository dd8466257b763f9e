//! Progress on standard error: a bar with an ETA on a terminal, a line now and then elsewhere.

use std::cell::RefCell;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bench_gate::Tick;
use bench_schema::{Row, Verdict, level_and_variant};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::say;

/// How often a line is written where there is no terminal.
const QUIET_INTERVAL: Duration = Duration::from_secs(30);

/// Whether a bar can be drawn: a terminal, and no CI that would keep every redraw in its log.
fn drawable() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("CI").is_none()
}

/// Set-up: a spinner with the current step, or one line a step.
pub(crate) struct SetUp {
    bar: Option<ProgressBar>,
    last: RefCell<String>,
}

impl SetUp {
    pub(crate) fn new() -> Self {
        let bar = drawable().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}").expect("a valid template"),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        SetUp { bar, last: RefCell::new(String::new()) }
    }

    /// Set-up is over: the spinner goes away.
    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl bench_runner::Progress for SetUp {
    fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None if *self.last.borrow() != what => say(what),
            None => {}
        }
        what.clone_into(&mut self.last.borrow_mut());
    }
}

/// Measuring: time against the budget, rows settled, the row at work.
pub(crate) struct Measuring {
    bar: Option<ProgressBar>,
    last_line: Option<Instant>,
}

impl Measuring {
    pub(crate) fn new() -> Self {
        Measuring { bar: None, last_line: None }
    }

    /// Measuring is over: the bar goes away.
    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }
}

impl bench_gate::Progress for Measuring {
    fn planned(&mut self, total: Duration) {
        if drawable() {
            let bar = ProgressBar::new(total.as_secs());
            let template = "{bar:30} {percent:>3}%  at most {msg}";
            bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
            self.bar = Some(bar);
        }
        say(&format!("measuring, at most {}", clock(total)));
    }

    fn tick(&mut self, tick: &Tick<'_>) {
        let message = format!(
            "{} left  {}: {} of {} rows settled  {}",
            clock(tick.remaining),
            tick.host,
            tick.settled,
            tick.rows,
            tick.row
        );
        match &self.bar {
            Some(bar) => {
                bar.set_length((tick.elapsed + tick.remaining).as_secs().max(1));
                bar.set_position(tick.elapsed.as_secs());
                bar.set_message(message);
            }
            None if self.last_line.is_none_or(|last| last.elapsed() >= QUIET_INTERVAL) => {
                self.last_line = Some(Instant::now());
                say(&format!("at most {message}"));
            }
            None => {}
        }
    }

    fn settled(&mut self, rows: &[Row]) {
        // What somebody may want to act on before the run ends.
        for row in rows.iter().filter(|row| row.verdict == Some(Verdict::Regressed)) {
            let ratio = row.ratio.map_or(String::new(), |ratio| format!(", ratio {ratio:.3}"));
            self.line(&format!(
                "{} ({}, {}, {}) regressed{ratio}",
                row.benchmark,
                level_and_variant(row.level, &row.candidate),
                row.host,
                row.metric.as_str()
            ));
        }
    }

    fn lost(&mut self, row: &str, error: &str) {
        self.line(&format!("{row}: a process was lost: {error}"));
    }
}

/// A calibration: the step at work and the time until all is measured.
pub(crate) struct Calibrating {
    bar: Option<ProgressBar>,
    what: String,
    step: String,
    /// When the step began, and how long everything would take from then on.
    began: (Instant, Duration),
    last_line: Option<Instant>,
}

impl Calibrating {
    /// For a module on a host.
    pub(crate) fn new(what: &str) -> Self {
        let bar = drawable().then(|| {
            let bar = ProgressBar::new(1);
            let template = "{bar:30} {percent:>3}%  {msg}";
            bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
            bar
        });
        let began = (Instant::now(), Duration::ZERO);
        Calibrating { bar, what: what.to_owned(), step: String::new(), began, last_line: None }
    }

    /// A step begins; from now on everything takes about `left`.
    pub(crate) fn step(&mut self, step: &str, left: Duration) {
        step.clone_into(&mut self.step);
        self.began = (Instant::now(), left);
        if let Some(bar) = &self.bar {
            bar.set_length((bar.elapsed() + left).as_secs().max(1));
        }
    }

    /// Measuring is over: the bar goes away.
    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl bench_gate::Progress for Calibrating {
    fn tick(&mut self, tick: &Tick<'_>) {
        let (began, left) = self.began;
        let left = clock(left.saturating_sub(began.elapsed()));
        let message = format!("about {left} left  {}: {}  {}", self.what, self.step, tick.row);
        match &self.bar {
            Some(bar) => {
                bar.set_position(bar.elapsed().as_secs());
                bar.set_message(message);
            }
            None if self.last_line.is_none_or(|last| last.elapsed() >= QUIET_INTERVAL) => {
                self.last_line = Some(Instant::now());
                say(&message);
            }
            None => {}
        }
    }

    fn lost(&mut self, row: &str, error: &str) {
        let line = format!("{row}: a process was lost: {error}");
        match &self.bar {
            Some(bar) => bar.suspend(|| say(&line)),
            None => say(&line),
        }
    }
}

/// Test files: a bar a stage, or a line now and then.
pub(crate) struct Files {
    bar: Option<ProgressBar>,
    /// What is run, the stage, and when its last line was written.
    at: Mutex<(String, String, Option<Instant>)>,
}

impl Files {
    pub(crate) fn new() -> Self {
        let bar = drawable().then(|| {
            let bar = ProgressBar::new(0);
            let template = "{bar:30} {pos}/{len} files  {eta} left  {msg}";
            bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
            bar
        });
        Files { bar, at: Mutex::default() }
    }

    /// The files of another port or host come next.
    pub(crate) fn begin(&self, module: &str, host: &str) {
        let mut at = self.at.lock().expect("nobody panics with it");
        *at = (format!("{module} on {host}"), String::new(), None);
    }

    /// All files have run: the bar goes away.
    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl bench_conformance::Progress for Files {
    fn step(&self, stage: &str, done: usize, total: usize) {
        let mut at = self.at.lock().expect("nobody panics with it");
        let (what, current, last) = &mut *at;
        let another = current != stage;
        stage.clone_into(current);
        match &self.bar {
            Some(bar) => {
                if another {
                    bar.reset();
                    bar.set_length(total as u64);
                    bar.set_message(format!("{what}, {stage}"));
                }
                bar.set_position(done as u64);
            }
            None if another || last.is_none_or(|last| last.elapsed() >= QUIET_INTERVAL) => {
                *last = Some(Instant::now());
                say(&format!("{what}, {stage}: {done} of {total} files"));
            }
            None => {}
        }
    }
}

/// `2:05` or `1:02:05`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_a_clock() {
        assert_eq!(clock(Duration::from_secs(125)), "2:05");
        assert_eq!(clock(Duration::from_secs(3725)), "1:02:05");
    }
}
