//! docs/GAPS.md against what it speaks of: the binaries of the pinned hosts, gaps.toml and the stored measurement. A
//! figure that no longer holds fails here, with what it should be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use coverage::binary::Graph;
use coverage::classify::{Advice, Classification};
use coverage::exports::exports;
use coverage::headers;
use coverage::survey::{GapSurvey, Ported, Survey, Surveyor, diff};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn host(id: &str) -> PathBuf {
    let folder = std::env::var_os("PORTLAB_HOSTS_DIR")
        .map_or_else(|| root().join(".portlab/hosts/node_modules"), PathBuf::from)
        .join(id);
    assert!(folder.is_dir(), "{} is absent: run `scripts/lab hosts --install` first", folder.display());
    folder
}

fn survey(id: &str) -> Survey {
    let binary = host(id).join("bin/node");
    let graph = Graph::read(&binary).unwrap_or_else(|error| panic!("{error}"));
    let judgement = Classification::built_in();
    let surveyor = Surveyor::new(&graph, &judgement);
    let exports = exports(&binary, surveyor.names()).unwrap_or_else(|error| panic!("{error}"));
    surveyor.survey(id, Some(&exports), &Ported::new())
}

/// The document with its thin spaces between thousands taken out: `34 239` is 34239.
fn document() -> String {
    let path = root().join("docs/GAPS.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let characters: Vec<char> = text.chars().collect();
    let between_digits = |at: usize| {
        let digit =
            |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
        "\u{202f}\u{a0} ".contains(characters[at]) && digit(at.checked_sub(1)) && digit(Some(at + 1))
    };
    (0..characters.len()).filter(|&at| !between_digits(at)).map(|at| characters[at]).collect()
}

#[test]
fn the_totals_are_the_binarys() {
    let (older, newer) = (survey("node24"), survey("node26"));
    let folder = host("node26").join("include/node");
    let called = newer.api.iter().map(|symbol| symbol.symbol.as_str());
    let headers = headers::survey(&folder, &Classification::built_in(), called)
        .unwrap_or_else(|error| panic!("{error}"));
    let resolved = newer.resolved.as_ref().expect("the host was asked");
    let sites_of =
        |symbol: &str| newer.api.iter().find(|own| own.symbol == symbol).map_or(0, |own| own.sites);
    let open = newer.bindings.iter().filter(|binding| binding.blocked_by.is_empty()).count();
    let freed: Vec<usize> = newer.cover.iter().map(|cover| cover.frees.len()).collect();
    let changes = diff(&older, &newer);
    let change = |gap: &str| {
        let change = changes.gaps.iter().find(|change| change.name == gap).expect("the gap changed");
        format!("`{gap}` {} to {}", change.from, change.to)
    };
    let share = |sites: usize| (sites * 200 / newer.sites).div_ceil(2);
    let row = |class: &str, sites: usize| format!("| {class} | {sites} | {}% |", share(sites));
    let expected = [
        format!("{} of them to {} functions", newer.sites, newer.symbols),
        format!("{} of the {} functions", resolved.named, resolved.exported),
        format!("{} of V8's {} public functions", headers.v8_inline, headers.v8_functions),
        row("equivalent", newer.classes.equivalent),
        row("support", newer.classes.support),
        row("partial", newer.classes.partial),
        row("none", newer.classes.none),
        format!("{open} of {} bindings", newer.bindings.len()),
        format!("frees {} more", freed[0]),
        format!("stack frames as data {} more", freed[1] - freed[0]),
        format!("an object's realm {} more", freed[2] - freed[1]),
        format!("{} sites became {}", older.sites, newer.sites),
        change("context-data"),
        change("internal-fields"),
        format!(
            "{} of the sites are `IsInt32` and `IsUint32`, {} `IsArrayBufferView`",
            sites_of("v8::Value::IsInt32") + sites_of("v8::Value::IsUint32"),
            sites_of("v8::Value::IsArrayBufferView")
        ),
        format!("`GetCurrentContext` ({} sites)", sites_of("v8::Isolate::GetCurrentContext")),
    ];
    let document = document();
    let absent: Vec<&String> = expected.iter().filter(|sentence| !document.contains(*sentence)).collect();
    assert!(absent.is_empty(), "docs/GAPS.md should say: {absent:#?}");
    every_gap_has_its_figures(&document, &newer);
}

/// Each gap stands in the table of all gaps, and every count after a gap's name is its own.
fn every_gap_has_its_figures(document: &str, survey: &Survey) {
    let table = table_of_gaps(survey);
    assert!(document.contains(&table), "the table of all gaps in docs/GAPS.md should be:\n{table}");
    let mut checked = 0;
    for gap in &survey.gaps {
        let own = BTreeMap::from([
            ("sites", gap.sites),
            ("partial", gap.partial),
            ("none", gap.none),
            ("bindings", gap.bindings.len()),
        ]);
        for after in document.split(&format!("`{}`: ", gap.id)).skip(1) {
            let sentence = after.split([';', '.']).next().unwrap_or_default();
            let words: Vec<&str> =
                sentence.split([' ', '(', ')', ',', '\n']).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                let Ok(number) = pair[0].parse::<usize>() else { continue };
                let Some(truth) = own.get(pair[1]) else { continue };
                assert_eq!(number, *truth, "{} of {} in docs/GAPS.md", pair[1], gap.id);
                checked += 1;
            }
        }
    }
    assert!(checked >= 20, "only {checked} figures were found in sentences: did their form change?");
}

fn table_of_gaps(survey: &Survey) -> String {
    let mut gaps: Vec<&GapSurvey> = survey.gaps.iter().collect();
    let rank = |advice| match advice {
        Advice::Public => 0,
        Advice::Experimental => 1,
        Advice::Internal => 2,
    };
    gaps.sort_by_key(|gap| (rank(gap.gap.advice), std::cmp::Reverse(gap.sites)));
    let mut text = String::from(
        "| gap | public? | sites | partial | none | bindings | way around | upstream |\n|---|---|---|---|---|---|---|---|\n",
    );
    for gap in gaps {
        let threads: Vec<&str> = gap.gap.upstream.iter().map(|own| own.thread.as_str()).collect();
        let advice = format!("{:?}", gap.gap.advice).to_lowercase();
        let _ = writeln!(
            text,
            "| `{}` | {advice} | {} | {} | {} | {} | {} | {} |",
            gap.id,
            gap.sites,
            gap.partial,
            gap.none,
            gap.bindings.len(),
            if gap.gap.blocks { "no" } else { "yes" },
            threads.join(", ")
        );
    }
    text
}

/// The ratios are those of `docs/measured/extensions-node26.csv`, which `scripts/lab export RUN --format csv` prints.
#[test]
fn the_measured_ratios_are_those_of_the_stored_run() {
    let path = root().join("docs/measured/extensions-node26.csv");
    let mut reader =
        csv::Reader::from_path(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let headers = reader.headers().expect("a first line").clone();
    let mut ratios: BTreeMap<String, BTreeMap<String, (f64, String)>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("a row");
        let of = |name: &str| {
            let at = headers.iter().position(|own| own == name).unwrap_or_else(|| panic!("no column {name}"));
            record[at].to_owned()
        };
        if of("metric") != "cpu_process" {
            continue;
        }
        let ends = (of("low").parse::<f64>(), of("high").parse::<f64>());
        let interval = match ends {
            (Ok(low), Ok(high)) => format!("{low:.2}–{high:.2}"),
            _ => "too few processes".to_owned(),
        };
        let ratio: f64 = of("ratio").parse().expect("a ratio");
        ratios.entry(of("benchmark")).or_default().insert(of("candidate"), (ratio, interval));
    }
    let mut table = String::from(
        "| benchmark | Node-API / V8 | interval | extended / V8 | interval | closed |\n|---|---|---|---|---|---|\n",
    );
    for (benchmark, ways) in &ratios {
        let (Some((plain, plain_ends)), Some((extended, ends))) =
            (ways.get("node-api"), ways.get("node-api+ext"))
        else {
            panic!("{benchmark}: one of its two variants is not in {}", path.display());
        };
        // Near V8 there is no distance to divide by.
        let closed = if *plain < 1.1 {
            "–".to_owned()
        } else {
            format!("{:.0}%", (plain - extended) / (plain - 1.0) * 100.0)
        };
        let _ = writeln!(
            table,
            "| `{benchmark}` | {plain:.2} | {plain_ends} | {extended:.2} | {ends} | {closed} |"
        );
    }
    let document = std::fs::read_to_string(root().join("docs/GAPS.md")).expect("docs/GAPS.md");
    assert!(document.contains(&table), "the table of ratios in docs/GAPS.md should be:\n{table}");
}

/// Costs and threads have one source, gaps.toml; what it names exists.
#[test]
fn costs_threads_and_extensions_are_those_of_the_data() {
    let document = std::fs::read_to_string(root().join("docs/GAPS.md")).expect("docs/GAPS.md");
    let judgement = Classification::built_in();
    let threads: Vec<&str> = judgement
        .gaps()
        .values()
        .flat_map(|gap| &gap.upstream)
        .map(|upstream| upstream.thread.as_str())
        .collect();
    for word in
        document.split(|c: char| c.is_whitespace() || ",;:.()|".contains(c)).filter(|word| word.contains('#'))
    {
        let is_thread = word.starts_with("nodejs/");
        assert!(!is_thread || threads.contains(&word), "{word} is no thread of gaps.toml");
    }
    for (id, gap) in judgement.gaps() {
        if gap.advice == Advice::Public {
            assert!(document.contains(&format!("`{id}`: ")), "{id} has no section in docs/GAPS.md");
        }
        for upstream in &gap.upstream {
            let (repository, number) = upstream.thread.split_once('#').expect("owner/name#number");
            assert!(
                repository.split('/').count() == 2 && number.parse::<u32>().is_ok(),
                "{}",
                upstream.thread
            );
            assert!(!upstream.says.is_empty(), "{}: what does it say?", upstream.thread);
        }
        for benchmark in &gap.benchmarks {
            let module = benchmark.split('/').next().unwrap_or_default();
            let folder = root().join("bench/definitions").join(module);
            let files =
                std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let defined = files.flatten().any(|file| {
                let text = std::fs::read_to_string(file.path()).unwrap_or_default();
                text.contains(&format!("id = \"{benchmark}\""))
            });
            assert!(defined, "{id}: there is no benchmark {benchmark}");
        }
        let source = |name: &String| root().join("shims/v8-gap/table/src").join(format!("{name}.rs"));
        assert!(
            gap.extension.as_ref().is_none_or(|name| source(name).is_file()),
            "{id}: {:?}",
            gap.extension
        );
    }
}
