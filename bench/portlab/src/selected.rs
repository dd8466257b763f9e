//! Which benchmarks and rows a command line selects.

use std::collections::BTreeMap;

use bench_runner::{Bench, Lab, Prepared, Request};
use bench_schema::{Definition, Level};

use crate::cli::Measure;
use crate::exit::Failure;

/// Rows of one host for which the time of `--quick` gives six processes each, on two processors.
const QUICK_ROWS: usize = 80;

/// What `--filter`, `--exclude` and `--variant` leave of the modules that were asked for.
pub(crate) struct Selected<'a> {
    request: Request,
    arguments: &'a Measure,
}

impl<'a> Selected<'a> {
    /// Says which ids there are when none is left.
    pub(crate) fn new(lab: &Lab, request: &Request, arguments: &'a Measure) -> Result<Selected<'a>, Failure> {
        let selected = Selected { request: request.clone(), arguments };
        let asked: Vec<&Definition> =
            lab.definitions().filter(|definition| selected.asked(definition)).collect();
        // That a module has no benchmark is the runner's to say.
        if asked.is_empty() || asked.iter().any(|definition| selected.kept(definition)) {
            return Ok(selected);
        }
        let ids: Vec<&str> = asked.iter().map(|definition| definition.id.as_str()).collect();
        Err(Failure::usage(format!(
            "no benchmark is left by --filter, --exclude and --variant. Benchmarks: {}",
            ids.join(", ")
        )))
    }

    /// Keeps the selected rows, and what was not asked for: it is there because what was asked for needs it.
    /// Returns what there is to say about rows that are left out.
    pub(crate) fn apply(&self, prepared: &mut Prepared) -> Option<String> {
        prepared.retain(|bench| !self.asked(&bench.definition) || self.named(&bench.definition));
        prepared.retain_absent(|definition| self.named(definition));
        if self.arguments.quick { leave_out_for_time(prepared) } else { None }
    }

    fn asked(&self, definition: &Definition) -> bool {
        self.request.modules.iter().any(|name| name == definition.module())
    }

    fn kept(&self, definition: &Definition) -> bool {
        let has_row = |level: &Level| !self.request.candidates(definition, *level).is_empty();
        self.named(definition) && definition.levels.iter().any(has_row)
    }

    fn named(&self, definition: &Definition) -> bool {
        let named = |texts: &[String]| texts.iter().any(|text| definition.id.contains(text.as_str()));
        let Measure { filter, exclude, .. } = self.arguments;
        (filter.is_empty() || named(filter)) && !named(exclude)
    }
}

/// Where a host has more rows than the time of `--quick` suffices for, leaves out the binding's own functions of
/// benchmarks that are measured at the module's API too: users feel the latter, and variants differ only there.
fn leave_out_for_time(prepared: &mut Prepared) -> Option<String> {
    let mut rows = BTreeMap::<String, usize>::new();
    for bench in prepared.benches() {
        *rows.entry(bench.host.host.id.clone()).or_default() += 1;
    }
    let most = rows.values().copied().max().filter(|rows| *rows > QUICK_ROWS)?;
    let place = |bench: &Bench| (bench.host.host.id.clone(), bench.definition.id.clone());
    let public: Vec<_> =
        prepared.benches().iter().filter(|bench| bench.level == Level::Public).map(place).collect();
    let before = prepared.benches().len();
    prepared.retain(|bench| bench.level == Level::Public || !public.contains(&place(bench)));
    let left_out = before - prepared.benches().len();
    Some(format!(
        "--quick: {most} rows a host are more than the {QUICK_ROWS} that its time suffices for; left out: {left_out} \
         rows at level binding whose benchmarks are measured at level public. --filter selects fewer benchmarks, \
         --budget gives all rows time"
    ))
}
