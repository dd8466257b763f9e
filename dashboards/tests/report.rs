//! What a page says about a document, on the page's own text.

mod sample;

use std::collections::BTreeMap;

use bench_schema::{
    Histogram, Level, Metric, ProcessRun, Role, Row, RunStatus, SCHEMA_VERSION, Status, Verdict,
};
use dashboards::{NoSamples, Report, ReportError, Samples, SamplesError};

fn html(document: &bench_schema::Document) -> String {
    Report::new(document, &NoSamples).to_html().expect("the page renders")
}

fn one_row(row: bench_schema::Row) -> bench_schema::Document {
    let mut document = sample::empty();
    document.rows.push(row);
    document
}

fn judged(ratio: f64, half: f64) -> bench_schema::Row {
    let mut row =
        sample::row("fs/stat", Level::Binding, "node26", Metric::CpuProcess, Some(ratio), half, 1_480.0);
    row.verdict = Some(sample::verdict(&row));
    row
}

/// The page without markup: what is left for a reader.
fn text(html: &str) -> String {
    let body = html.split_once("<body>").expect("a body").1;
    let body = body.split("<script>").next().unwrap_or_default();
    let mut out = String::new();
    let mut inside = false;
    for character in body.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_row_shows_its_verdict_numbers_and_units() {
    let text = text(&html(&one_row(judged(1.08, 0.01))));
    for part in ["fs/stat", "▲ regressed", "1.080", "1.069–1.091", "1.48 µs", "1.60 µs", "Needs a look"]
    {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[test]
fn an_empty_document_says_so() {
    let text = text(&html(&sample::empty()));
    assert!(text.contains("Nothing was measured in this run."), "{text}");
    assert!(text.contains("There are no comparisons in this run."), "{text}");
    assert!(text.contains("AMD EPYC"), "the environment is told all the same: {text}");
}

#[test]
fn a_failed_row_gives_its_reason_in_place_of_numbers() {
    let mut row = sample::row("fs/stat", Level::Public, "node24", Metric::CpuProcess, None, 0.0, 0.0);
    row.note = Some("the workload yielded 3, expected 4".into());
    let text = text(&html(&one_row(row)));
    assert!(text.contains("✕ failed the workload yielded 3, expected 4"), "{text}");
    assert!(!text.contains("NaN") && !text.contains("null") && !text.contains("None"), "{text}");
}

#[test]
fn impossible_numbers_do_not_reach_the_page() {
    let mut row = judged(f64::NAN, 0.0);
    row.low = Some(f64::NEG_INFINITY);
    row.high = Some(f64::INFINITY);
    row.baseline_median = Some(f64::NAN);
    let page = html(&one_row(row));
    assert!(!page.contains("NaN") && !page.contains(">inf"), "{page}");
    let mut row = judged(1.0, 0.0);
    row.ratio = Some(0.0);
    assert!(!html(&one_row(row)).contains("-2147483648"));
}

#[test]
fn a_partial_row_and_an_unfinished_run_are_marked() {
    let mut row = judged(0.9, 0.01);
    row.status = Status::Partial;
    row.note = Some("3 processes were lost".into());
    let mut document = one_row(row);
    document.status = RunStatus::Interrupted;
    let text = text(&html(&document));
    assert!(text.contains("partial: 3 processes were lost"), "{text}");
    assert!(text.contains("This run was interrupted"), "{text}");
}

#[test]
fn hostile_texts_stay_texts() {
    const HOSTILE: &str = "a</title><script>alert(1)</script><img src=x onerror=y>\"'&";
    let mut row = judged(0.9, 0.01);
    row.benchmark = HOSTILE.into();
    row.host = HOSTILE.into();
    row.baseline = HOSTILE.into();
    row.note = Some(HOSTILE.into());
    let mut document = one_row(row.clone());
    document.twins.push(row.clone());
    document.stock.push(row);
    document.machine.cpu = HOSTILE.into();
    document.commit = Some(HOSTILE.into());
    document.started_at = HOSTILE.into();
    let analyses = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    let page =
        Report::new(&document, &NoSamples).analyses(&analyses).docs(HOSTILE).to_html().expect("renders");
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own script");
    assert!(!page.contains("<img"), "no element came out of a text");
    assert!(!page.contains("=\"a</title>"), "no attribute was left open");
}

#[test]
fn nothing_on_the_page_names_another_place() {
    let (document, runs) = sample::run();
    let page = Report::new(&document, &runs).to_html().expect("renders");
    for needle in ["src=", "http://", "https://", "url(", "@import", "<link", "style=\""] {
        // The namespace of SVG is a name, not an address.
        assert!(!page.replace("http://www.w3.org/2000/svg", "").contains(needle), "{needle}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_sample_has_all_its_figures_and_unique_ids() {
    let (document, runs) = sample::run();
    let analyses = sample::analyses();
    let page = Report::new(&document, &runs).analyses(&analyses).to_html().expect("renders");
    assert!(page.contains("<p class=\"analysis\">One stat is a system call"), "the definition's analysis");
    assert_eq!(page.matches("<svg class=\"figure forest\"").count(), 2, "one a host");
    let places = runs.len();
    let asynchronous = runs.keys().filter(|(id, ..)| id.contains("promises")).count();
    assert_eq!(page.matches("<svg class=\"figure\"").count(), 2 * places + asynchronous);
    assert_eq!(page.matches("<svg class=\"figure").count(), page.matches("role=\"img\"").count());
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id is used twice");
}

#[test]
fn variants_of_a_benchmark_are_seen_together() {
    let (document, runs) = sample::run();
    let page = Report::new(&document, &runs).to_html().expect("renders");
    let text = text(&page);
    let lines: Vec<&str> = page.lines().filter(|line| line.contains("data-order=")).collect();
    let of_one_hop = |line: &&str| line.contains("<small>node-api+onehop / native</small>");
    let place = lines.iter().position(of_one_hop).expect("a line of the variant");
    assert!(lines[place - 1].contains("fs/promises-read-file-1k-c256") && lines[place].contains("repeats"));
    assert!(text.contains("fs node-api+onehop node26"), "a summary of its own: {text}");
    assert!(text.contains("async wall 0.113, upper ends 0.115 (1)"), "{text}");
    assert!(page.contains("fs/promises-read-file-1k-c256 public, upper end 1.060; the worst of 1 row"));
    assert!(text.contains("node26 · public, node-api+onehop"), "details of its own: {text}");
    let forest = page.split("<svg class=\"figure forest\"").nth(1).expect("a forest plot");
    let label = "fs/promises-read-file-1k-c256";
    assert_eq!(forest.matches(label).count(), 2, "one line a metric holds all variants");
    assert!(forest.contains("public, with a feature"), "the legend explains the mark");
}

#[test]
fn only_deciding_metrics_are_shown_at_first() {
    let (document, _) = sample::run();
    let page = html(&document);
    let extra = page.matches("<tr class=\"extra").count();
    let lines = page.matches(" data-order=").count();
    // 18 synchronous benchmarks decide by one metric and 5 asynchronous by two, one of them with a further variant, on
    // two hosts; os is public, the noop is of one level.
    assert_eq!(lines - extra, 2 * (18 + 5 * 2 + 2 + 1 + 1));
    assert!(extra > 0);
}

#[test]
fn a_long_remark_folds_and_is_said_once_for_both_levels() {
    let note = "low and high are the extremes of 5 processes and cover the ratio with 93.8% confidence";
    let mut document = sample::empty();
    for level in [Level::Binding, Level::Public] {
        let mut row = judged(0.9, 0.01);
        row.level = level;
        row.note = Some(note.into());
        document.rows.push(row);
    }
    let page = html(&document);
    assert_eq!(page.matches(note).count(), 1);
    let text = text(&page);
    assert!(text.contains("low and high are the extremes …"), "{text}");
    assert!(text.contains("93.8% confidence binding, public"), "{text}");
}

#[test]
fn a_failed_row_of_a_judged_metric_stands_among_the_deciding_ones() {
    let mut document = one_row(judged(0.9, 0.01));
    for metric in [Metric::CpuProcess, Metric::CpuThread, Metric::Wall] {
        let mut row = sample::row("fs/stat", Level::Binding, "node24", metric, None, 0.0, 0.0);
        row.note = Some("killed by signal 9".into());
        document.rows.push(row);
    }
    let page = html(&document);
    assert_eq!(page.matches("<tr class=\"extra").count(), 2, "wall and cpu_thread do not decide here");
    assert_eq!(page.matches("✕</span> failed</span> <a").count(), 1, "named once at the head");
}

#[test]
fn a_row_of_another_pair_names_it_and_leaves_the_title_alone() {
    let mut document = one_row(judged(0.9, 0.01));
    document.rows.push(judged(0.9, 0.01));
    document.rows[1].benchmark = "fs/lstat".into();
    let mut noop = judged(2.4, 0.01);
    noop.benchmark = "boundary/noop".into();
    noop.baseline = "v8".into();
    document.rows.insert(0, noop);
    let text = text(&html(&document));
    assert!(text.contains("fs: node-api against native"), "{text}");
    assert!(text.contains("boundary/noop node-api / v8"), "{text}");
    assert!(!text.contains("node-api / native"), "{text}");
}

#[test]
fn stock_beyond_the_margin_is_flagged_at_its_row() {
    let mut document = one_row(judged(0.9, 0.01));
    let mut stock = judged(0.961, 0.002);
    stock.verdict = None;
    document.stock.push(stock);
    assert!(text(&html(&document)).contains("fresh +4.1%"));
    document.stock[0].ratio = Some(0.985);
    assert!(!text(&html(&document)).contains("fresh +"));
}

#[test]
fn the_share_of_true_nulls_is_counted() {
    let mut document = one_row(judged(0.9, 0.01));
    document.twins = vec![judged(1.0, 0.01), judged(1.002, 0.01), judged(1.05, 0.01), judged(1.0, 0.02)];
    assert!(text(&html(&document)).contains("3 of 4 A/A intervals contain 1 (75.0%"));
}

#[test]
fn two_hundred_rows_keep_their_order_and_find_their_details() {
    let mut document = sample::empty();
    for index in 0..200 {
        let mut row = judged(0.5 + f64::from(index) * 0.01, 0.01);
        row.benchmark = format!("fs/case-{index}");
        document.rows.push(row);
    }
    let page = html(&document);
    assert_eq!(page.matches(" data-order=").count(), 200);
    for index in [0, 99, 199] {
        assert!(page.contains(&format!("id=\"b-fs-case-{index}\"")));
        assert!(page.contains(&format!("href=\"#b-fs-case-{index}\"")));
    }
    assert!(page.find("fs/case-7<") < page.find("fs/case-70<"));
}

#[test]
fn rows_without_latencies_or_rounds_have_no_such_figure() {
    let (document, mut runs) = sample::run();
    for run in runs.values_mut().flatten() {
        run.latencies.clear();
        run.samples.retain(|sample| sample.role != Role::Candidate);
    }
    let page = Report::new(&document, &runs).to_html().expect("renders");
    assert_eq!(page.matches("<svg class=\"figure\"").count(), 0, "no pair, no picture of one");
}

#[test]
fn damaged_samples_leave_a_sentence_and_the_verdict() {
    struct Damaged;
    impl Samples for Damaged {
        fn processes(&self, _: &Row) -> Result<Vec<ProcessRun>, SamplesError> {
            Err("page 7 of the store is malformed".into())
        }
    }
    let document = one_row(judged(1.08, 0.01));
    let page = Report::new(&document, &Damaged).to_html().expect("renders");
    let text = text(&page);
    assert!(text.contains("The samples cannot be read: page 7 of the store is malformed."), "{text}");
    assert!(text.contains("▲ regressed"));
}

#[test]
fn a_damaged_histogram_leaves_a_sentence_and_the_other_figures() {
    let (document, mut runs) = sample::run();
    let key = ("fs/promises-stat-c1".to_owned(), Level::Binding, "node26".to_owned(), "node-api".to_owned());
    let run = &mut runs.get_mut(&key).expect("the sample has it")[0];
    run.latencies.insert(Role::Candidate, Histogram("not base64!".into()));
    let page = Report::new(&document, &runs).to_html().expect("renders");
    assert!(text(&page).contains("the latencies of process 0 (candidate) cannot be read"));
}

#[test]
fn a_counting_build_is_not_in_the_pictures_of_time() {
    let (document, mut runs) = sample::run();
    for run in runs.values_mut().flatten() {
        run.crossings.insert(Role::Candidate, 5.0);
    }
    let page = Report::new(&document, &runs).to_html().expect("renders");
    assert_eq!(page.matches("<svg class=\"figure\"").count(), 0);
}

#[test]
fn a_newer_document_is_refused_with_the_way_out() {
    let mut document = sample::empty();
    document.schema_version = SCHEMA_VERSION + 1;
    let error = Report::new(&document, &NoSamples).to_html().expect_err("it is newer");
    assert!(matches!(error, ReportError::NewerSchema { .. }));
    assert!(error.to_string().contains("a later one"), "{error}");
}

#[test]
fn a_report_is_written_where_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("deep/report");
    let page = dashboards::render(&sample::empty(), &NoSamples, &out).expect("written");
    assert_eq!(page, out.join(dashboards::FILE_NAME));
    assert!(std::fs::read_to_string(&page).expect("it is there").starts_with("<!doctype html>"));
    let left: Vec<_> = std::fs::read_dir(&out).expect("listed").collect();
    assert_eq!(left.len(), 1, "nothing else is left behind");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "x").expect("written");
    let error = dashboards::render(&sample::empty(), &NoSamples, file.join("report"))
        .expect_err("a file is no folder");
    assert!(error.to_string().contains("file/report"), "{error}");
}

#[test]
fn a_document_survives_its_own_json() {
    let (document, _) = sample::run();
    let json = serde_json::to_string(&document).expect("serializes");
    let back: bench_schema::Document = serde_json::from_str(&json).expect("parses");
    // Digits beyond those shown may differ: serde_json does not promise them.
    assert!(text(&html(&document)) == text(&html(&back)), "the page differs after a round trip");
    assert!(document.rows.iter().any(|row| row.verdict == Some(Verdict::Inconclusive)));
}

#[test]
fn a_machine_whose_noise_is_not_known_is_said() {
    let mut document = one_row(judged(1.0, 0.01));
    assert!(!html(&document).contains("id=\"uncalibrated\""));
    document.uncalibrated = Some("uncalibrated: the noise of this machine is <not> known".into());
    let page = html(&document);
    assert!(
        page.contains("id=\"uncalibrated\"") && text(&page).contains("uncalibrated: the noise"),
        "{page}"
    );
    assert!(!page.contains("<not>"));
}

#[test]
fn what_extensions_close_stands_with_its_interval_or_says_that_nothing_is_left() {
    let distance =
        |benchmark: &str, plain_ratio, extended_ratio, closed: Option<f64>| bench_schema::Distance {
            benchmark: benchmark.into(),
            level: Level::Binding,
            host: "node26".into(),
            metric: Metric::CpuProcess,
            baseline: "v8".into(),
            extended: "node-api+ext".into(),
            plain_ratio,
            extended_ratio,
            closed,
            low: closed.map(|share| share - 0.03),
            high: closed.map(|share| share + 0.03),
        };
    let mut document = one_row(judged(0.9, 0.01));
    assert!(!html(&document).contains("id=\"distance\""));
    document.distances =
        vec![distance("extensions/method", 9.0, 1.8, Some(0.9)), distance("fs/stat", 0.9, 0.81, None)];
    let page = html(&document);
    assert!(page.contains("id=\"distance\"") && page.contains("svg class=\"glyph closed\""));
    let text = text(&page);
    for part in ["90%", "87% – 93%", "none left; costs −10.0%"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
