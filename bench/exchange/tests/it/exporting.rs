//! Writing documents for other tools.

use bench_exchange::{Export, Format, export, import};
use bench_schema::{Document, Level, Machine, Metric, Row, RunStatus, Status, Summary, Verdict};

fn row(benchmark: &str, verdict: Verdict) -> Row {
    Row {
        ratio: Some(1.071),
        low: Some(1.052),
        high: Some(1.09),
        processes: 12,
        verdict: Some(verdict),
        baseline_median: Some(1_000.0),
        candidate_median: Some(1_071.25),
        p_value: Some(0.001),
        ..Row::unmeasured(benchmark, Level::Binding, "node26", ["native", "node-api"], Metric::CpuProcess)
    }
}

fn document(rows: Vec<Row>) -> Document {
    Document {
        schema_version: 1,
        run: 7,
        started_at: "2026-11-22T15:00:00Z".into(),
        machine: Machine {
            fingerprint: "f00".into(),
            cpu: "a CPU".into(),
            cpus: 2,
            memory_bytes: 1 << 30,
            kernel: "Linux 6".into(),
            os: "an OS".into(),
            scratch_fs: "tmpfs".into(),
        },
        commit: Some("abc".into()),
        status: RunStatus::Complete,
        rows,
        twins: vec![],
        stock: vec![],
        boundary: vec![],
        distances: vec![],
        investigations: Vec::new(),
        summaries: vec![Summary {
            module: "fs".into(),
            host: "node26".into(),
            variant: "node-api".into(),
            geometric_mean: Some(0.9),
            geometric_mean_high: Some(0.95),
            means: vec![],
            worst_memory: None,
            ok: 1,
            regressed: 1,
            improved: 0,
            inconclusive: 0,
            suspect: 0,
            failed: 0,
        }],
        counters: vec![],
        uncalibrated: None,
    }
}

fn failed(benchmark: &str, note: &str) -> Row {
    Row {
        ratio: None,
        low: None,
        high: None,
        status: Status::Failed,
        verdict: None,
        note: Some(note.into()),
        ..row(benchmark, Verdict::Ok)
    }
}

fn written(rows: Vec<Row>, format: Export) -> String {
    export(&document(rows), format).expect("every document can be written")
}

#[test]
fn csv_has_a_header_and_whole_numbers() {
    let text = written(
        vec![row("fs/stat", Verdict::Regressed), failed("fs/a,b", "it said \"no\"\nand died")],
        Export::Csv,
    );
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| {
        rows[row].get(headers.iter().position(|header| header == name).unwrap()).unwrap().to_owned()
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(cell(0, "candidate_median"), "1071.25");
    assert_eq!(cell(0, "verdict"), "regressed");
    assert_eq!(cell(1, "benchmark"), "fs/a,b");
    assert_eq!(cell(1, "ratio"), "");
    assert_eq!(cell(1, "note"), "it said \"no\"\nand died");
}

#[test]
fn bencher_reads_what_is_written_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bencher.json");
    let other = Row { candidate: "node-api+onehop".into(), ..row("fs/stat", Verdict::Ok) };
    std::fs::write(&path, written(vec![row("fs/stat", Verdict::Regressed), other], Export::Bencher)).unwrap();
    let names: Vec<String> =
        import(&path, Format::Bencher).unwrap().into_iter().map(|imported| imported.name).collect();
    assert_eq!(
        names,
        [
            "bencher/fs/stat (binding) on node26, cpu_process",
            "bencher/fs/stat (binding, node-api+onehop) on node26, cpu_process"
        ]
    );
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let ratio = &value["fs/stat (binding) on node26, cpu_process"]["ratio"];
    assert_eq!((ratio["value"].as_f64(), ratio["upper_value"].as_f64()), (Some(1.071), Some(1.09)));
}

#[test]
fn the_json_is_the_document() {
    let text = written(vec![row("fs/stat", Verdict::Ok)], Export::Json);
    let read: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(read.rows, document(vec![row("fs/stat", Verdict::Ok)]).rows);
}

#[test]
fn annotations_are_errors_and_warnings_in_one_line_each() {
    let text = written(
        vec![
            row("fs/fine", Verdict::Ok),
            row("fs/slow", Verdict::Regressed),
            row("fs/unsure", Verdict::Inconclusive),
            failed("fs/dead", "killed: 100%\nby signal 9"),
        ],
        Export::GithubAnnotations,
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(
        lines[0],
        "::error title=fs/dead failed::fs/dead (binding) on node26, cpu_process: killed: 100%25%0Aby signal 9"
    );
    assert!(
        lines[1].starts_with("::error title=fs/slow regressed::")
            && lines[1].contains("1.071 (1.052 to 1.090)")
    );
    assert!(lines[2].starts_with("::warning title=fs/unsure inconclusive::"));
}

#[test]
fn more_annotations_than_github_shows_are_counted() {
    let rows = (0..25).map(|number| row(&format!("fs/slow-{number}"), Verdict::Regressed)).collect();
    let text = written(rows, Export::GithubAnnotations);
    assert_eq!(text.lines().count(), 10);
    assert!(text.lines().last().unwrap().contains("16 more rows"), "{text}");
}

#[test]
fn nothing_to_annotate_is_nothing() {
    assert_eq!(written(vec![row("fs/fine", Verdict::Ok)], Export::GithubAnnotations), "");
}

#[test]
fn a_comment_fits_whatever_it_has_to_say() {
    let long = "a note with | and <b> and `code` ".repeat(40);
    let mut rows: Vec<Row> = (0..200).map(|number| row(&format!("fs/fine-{number}"), Verdict::Ok)).collect();
    rows.extend((0..100).map(|number| failed(&format!("fs/dead-{number}"), &long)));
    let text = written(rows.clone(), Export::GithubComment);
    assert!(text.chars().count() <= 65_536, "{}", text.chars().count());
    assert!(text.starts_with("<!-- portlab -->\n"));
    assert!(text.contains("fs/dead-0") && !text.contains("fs/fine-0"), "what needs attention comes first");
    assert!(text.contains("rows are left out"));
    assert!(!text.contains("<b>"), "notes are text");
    let summary = written(rows, Export::GithubSummary);
    assert!(summary.len() <= 1 << 20);
    assert!(summary.contains("fs/fine-199") && !summary.contains("left out"));
}

#[test]
fn a_quiet_comment_says_so_and_folds_the_rest() {
    let text = written(vec![row("fs/fine", Verdict::Ok)], Export::GithubComment);
    assert!(
        text.contains("Nothing needs attention.")
            && text.contains("<details><summary>1 other rows</summary>")
    );
}

#[test]
fn markdown_puts_what_needs_attention_first() {
    let text =
        written(vec![row("fs/fine", Verdict::Ok), row("fs/slow", Verdict::Regressed)], Export::Markdown);
    let place = |name: &str| text.find(name).unwrap();
    assert!(place("fs/slow") < place("fs/fine"), "{text}");
    assert!(
        text.contains("| `fs/slow` | binding | cpu_process | 1.071 (1.052 to 1.090) | **▲ regressed** |")
    );
}

#[test]
fn a_machine_whose_noise_is_not_known_is_said() {
    let sentence = "uncalibrated: the noise of this machine is not known";
    let document =
        Document { uncalibrated: Some(sentence.into()), ..document(vec![row("fs/stat", Verdict::Ok)]) };
    for format in [Export::Markdown, Export::GithubSummary, Export::GithubComment, Export::Json] {
        assert!(export(&document, format).unwrap().contains(sentence), "{format:?}");
    }
}
