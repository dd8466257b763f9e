//! A small addon as people write them, scanned.

use std::path::{Path, PathBuf};

use coverage::scan::{Effort, Finding, Scan, markdown, sarif, scan};

fn addon() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/addon")
}

fn scanned() -> Scan {
    scan(&addon()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn found<'a>(scan: &'a Scan, line: usize, api: &str) -> &'a Finding {
    let finding = scan.findings.iter().find(|finding| finding.line == line && finding.api == api);
    finding.unwrap_or_else(|| panic!("{api} in line {line}: {:#?}", scan.findings))
}

#[test]
fn each_call_has_its_counterpart_and_effort() {
    let scan = scanned();
    let unwrap = found(&scan, 16, "Nan::ObjectWrap::Unwrap");
    assert_eq!((unwrap.node_api.as_str(), unwrap.effort), ("napi_unwrap", Effort::Manual));
    assert_eq!(found(&scan, 11, "Nan::SetPrototypeMethod").effort, Effort::Auto);
    assert_eq!(found(&scan, 10, "v8::FunctionTemplate::Inherit").effort, Effort::Blocked);
    assert_eq!(found(&scan, 17, "v8::FunctionCallbackInfo::operator[]").node_api, "napi_get_cb_info");
    assert_eq!(found(&scan, 23, "v8::FunctionCallbackInfo::GetReturnValue").effort, Effort::Auto);
    assert_eq!(found(&scan, 15, "NAN_METHOD").file, "counter.cc");
    assert_eq!(found(&scan, 5, "Nan::ObjectWrap").effort, Effort::Manual);
    assert_eq!(scan.version, "2"); // napi_get_uv_event_loop
    assert!(scan.findings.iter().all(|finding| finding.file != "library.cc"));
}

#[test]
fn hazards_and_hot_calls_are_named() {
    let scan = scanned();
    assert!(found(&scan, 3, "Nan::Persistent").hazard.contains("shared by all workers"));
    assert!(found(&scan, 22, "uv_default_loop").hazard.contains("main thread"));
    assert!(found(&scan, 27, "NODE_MODULE").hazard.contains("worker"));
    assert!(found(&scan, 20, "Nan::Get").hot.contains("in a loop"));
    assert_eq!(found(&scan, 11, "Nan::SetPrototypeMethod").hot, "");
}

#[test]
fn the_formats_agree() {
    let scan = scanned();
    let log = sarif(&scan);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), scan.findings.len());
    for (result, finding) in results.iter().zip(&scan.findings) {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], finding.api);
        assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], finding.line);
    }
    let blocked = results.iter().filter(|result| result["level"] == "error").count();
    assert_eq!(Some(&blocked), scan.efforts.get(&Effort::Blocked));
    let text = markdown(&scan);
    assert!(text.contains("| 10 | `v8::FunctionTemplate::Inherit` | – | blocked |"), "{text}");
    let (before, every) = text.split_once("\n## Every call\n").expect("the section");
    let rows = every.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| line"));
    assert_eq!(rows.count(), scan.findings.len());
    // What stands in the way comes first, each API once, with its places.
    let decisions = before.split_once("## What needs a decision").expect("the section").1;
    let first = decisions.lines().find(|line| line.starts_with("| `")).expect("a row");
    assert!(first.starts_with("| `v8::FunctionTemplate::Inherit` | 1 | blocked |"), "{first}");
    assert!(first.contains("counter.cc:10"), "{first}");
    assert!(before.contains("## With workers and threads") && before.contains("## Hot"), "{before}");
    let each_once = before.lines().filter(|line| line.starts_with("| `Nan::Set` |")).count();
    assert!(each_once <= 1, "{before}");
}

#[test]
fn an_addon_that_has_moved_is_told_so() {
    let folder = std::env::temp_dir().join(format!("scan-moved-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("addon.cc"), "#include <node_api.h>\nint answer() { return 42; }\n")
        .expect("a file");
    let scan = scan(&folder).unwrap_or_else(|error| panic!("{error}"));
    assert!(markdown(&scan).contains("No call into NAN or V8 was found in 1 files."), "{}", markdown(&scan));
    std::fs::remove_dir_all(&folder).expect("it was there");
}

#[test]
fn a_folder_without_sources_says_so() {
    let error =
        scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).err().map(|error| error.to_string());
    assert!(error.as_deref().is_some_and(|error| error.contains("has no C++ file")), "{error:?}");
}

/// The sources of an addon are the user's: nothing is written among them.
#[test]
fn nothing_is_written() {
    let listing = || -> Vec<_> {
        let entries = std::fs::read_dir(addon()).expect("the folder");
        let mut files: Vec<_> = entries
            .map(|entry| {
                let entry = entry.expect("an entry");
                (
                    entry.path(),
                    entry.metadata().expect("its size").len(),
                    entry.metadata().expect("its time").modified().expect("a time"),
                )
            })
            .collect();
        files.sort();
        files
    };
    let before = listing();
    let _ = scanned();
    assert_eq!(listing(), before);
}
