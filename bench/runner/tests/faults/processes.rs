//! Every way in which a host process can end: what was measured stays, and the error says what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::fake::{DONE, FakeLab, READY, SAMPLE, plan, request};
use bench_runner::{ProcessFault, ProcessPlan};
use bench_schema::Role;

fn script(lines: &[&str]) -> FakeLab {
    FakeLab::new(&lines.join("\n"))
}

#[test]
fn a_complete_process_yields_its_samples() {
    let run = script(&[&format!("say '{READY}'; say '{SAMPLE}'; say '{DONE}'")]).run().unwrap();
    assert_eq!((run.process, run.host_version.as_str()), (3, "v24.0.0"));
    assert_eq!(run.samples.len(), 1);
    assert_eq!(run.samples[0].cpu_process_ns, 8);
    assert_eq!(run.job.arms.len(), 3, "an addon module has no stock arm");
}

#[test]
fn a_child_killed_in_the_middle_keeps_what_was_measured() {
    let error = script(&[&format!("say '{READY}'; say '{SAMPLE}'; echo last words >&2; kill -9 $$")])
        .run()
        .unwrap_err();
    assert_eq!(error.partial.as_ref().unwrap().samples.len(), 1);
    let text = error.to_string();
    assert!(text.contains("toy/one (binding) on node24"), "{text}");
    assert!(
        text.contains("signal: 9") && text.contains("last words") && text.contains("1 samples"),
        "{text}"
    );
}

#[test]
fn a_crash_after_the_last_message_is_not_overlooked() {
    let error =
        script(&[&format!("say '{READY}'; say '{SAMPLE}'; say '{DONE}'; kill -SEGV $$")]).run().unwrap_err();
    assert!(matches!(error.fault, ProcessFault::Died { .. }), "{error}");
    assert!(error.partial.is_some());
}

#[test]
fn an_exit_without_a_word_shows_stderr_and_no_partial_run() {
    let error = script(&["echo cannot load >&2; exit 3"]).run().unwrap_err();
    assert!(error.partial.is_none());
    assert!(error.to_string().contains("exit status: 3"), "{error}");
    assert!(error.to_string().contains("cannot load"), "{error}");
}

#[test]
fn what_the_driver_says_of_a_failure_is_the_error() {
    let error = script(&[r#"say '{"type":"failed","error":"the swap was never reached"}'; exit 1"#])
        .run()
        .unwrap_err();
    assert!(
        matches!(&error.fault, ProcessFault::Failed(text) if text == "the swap was never reached"),
        "{error}"
    );
}

#[test]
fn a_full_disk_names_the_folder_and_the_way_out() {
    let error = script(&[
        r#"say '{"type":"failed","error":"Error: ENOSPC: no space left on device, write"}'; exit 1"#,
    ])
    .run()
    .unwrap_err();
    assert!(matches!(error.fault, ProcessFault::Scratch { .. }), "{error}");
    assert!(error.to_string().contains("PORTLAB_SCRATCH"), "{error}");
}

#[test]
fn garbage_on_the_message_pipe_is_shown_and_samples_stay() {
    let error = script(&[&format!("say '{READY}'; say '{SAMPLE}'; say 'Segmentation fault?'; sleep 30")])
        .run()
        .unwrap_err();
    assert!(matches!(error.fault, ProcessFault::Protocol { .. }), "{error}");
    assert!(error.to_string().contains("Segmentation fault?"), "{error}");
    assert!(error.partial.is_some());
}

#[test]
fn a_wrong_value_is_a_rejection_with_both_values() {
    let rejected =
        r#"{"type":"rejected","role":"candidate","round":4,"expected":1024,"actual":"undefined: undefined"}"#;
    let run =
        script(&[&format!("say '{READY}'; say '{SAMPLE}'; say '{rejected}'; say '{DONE}'")]).run().unwrap();
    assert_eq!(run.samples.len(), 1);
    let text = &run.rejections[0];
    assert!(text.contains("round 4") && text.contains("candidate") && text.contains("1024"), "{text}");
}

#[test]
fn a_process_that_hangs_is_killed_with_everything_it_started() {
    let lab =
        script(&[&format!("say '{READY}'; say '{SAMPLE}'; sleep 60 & echo $! > \"$HOME/../sleeper\"; wait")]);
    let error = lab
        .run_with(&ProcessPlan { timeout: Duration::from_millis(400), ..plan() }, &AtomicBool::new(false))
        .unwrap_err();
    assert!(matches!(error.fault, ProcessFault::Timeout { .. }), "{error}");
    assert!(error.partial.is_some());
    let prepared = lab.prepare(&request("toy", "node24")).unwrap();
    let file = prepared.scratch().join("sleeper");
    let sleeper = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/stat", sleeper.trim()));
    assert!(status.is_err() || status.unwrap().contains(") Z"), "the grandchild still runs");
}

#[test]
fn cancelling_ends_the_process_and_keeps_what_was_measured() {
    let lab = script(&[&format!("say '{READY}'; say '{SAMPLE}'; sleep 60")]);
    let cancel = Arc::new(AtomicBool::new(false));
    let soon = Arc::clone(&cancel);
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        soon.store(true, Ordering::Relaxed);
    });
    let error = lab.run_with(&plan(), &cancel).unwrap_err();
    other.join().unwrap();
    assert!(matches!(error.fault, ProcessFault::Cancelled), "{error}");
    assert!(error.partial.is_some());
}

#[test]
fn the_host_gets_nothing_of_the_callers_environment() {
    // `cargo test` itself sets CARGO_*; PATH, HOME, TMPDIR, LANG and TZ are given anew.
    let lab = script(&[
        r#"strangers=$(env | cut -d= -f1 | grep -vxE 'PATH|HOME|TMPDIR|LANG|TZ|PWD|OLDPWD|SHLVL|_' | tr '\n' ' ')
        say "{\"type\":\"failed\",\"error\":\"strangers: $strangers\"}"; exit 1"#,
    ]);
    let error = lab.run().unwrap_err();
    assert!(error.to_string().ends_with("strangers: "), "{error}");
}

#[test]
fn the_job_reaches_the_driver_and_its_scratch_folder_is_removed() {
    let lab = script(&[&format!(
        "cat > job.json; cp job.json \"$HOME/../job-copy.json\"; say '{READY}'; say '{DONE}'"
    )]);
    let run = lab
        .run_with(&ProcessPlan { solo: Some(Role::Candidate), ..plan() }, &AtomicBool::new(false))
        .unwrap();
    assert!(!run.job.scratch.exists());
    let copy = run.job.scratch.parent().unwrap().join("job-copy.json");
    let job: bench_schema::Job = serde_json::from_str(&std::fs::read_to_string(&copy).unwrap()).unwrap();
    std::fs::remove_file(copy).unwrap();
    assert_eq!(job.arms.len(), 1);
    assert_eq!(job.arms[0].role, Role::Candidate);
    assert!(job.seed < 1 << 53);
}

#[test]
fn the_seed_decides_the_order_in_which_arms_load() {
    let lab = script(&[&format!("say '{READY}'; say '{DONE}'")]);
    let order = |seed| -> Vec<Role> {
        let run = lab.run_with(&ProcessPlan { seed, ..plan() }, &AtomicBool::new(false)).unwrap();
        run.job.arms.iter().map(|arm| arm.role).collect()
    };
    assert_eq!(order(7), order(7));
    let orders: std::collections::BTreeSet<Vec<Role>> = (0..12).map(order).collect();
    assert!(orders.len() > 2, "{orders:?}");
}

#[test]
fn a_counted_run_without_a_counting_build_says_so() {
    let error = script(&["exit 0"]).run_with(&ProcessPlan::counting(1), &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(error.fault, ProcessFault::NotCounting { .. }), "{error}");
}

#[test]
fn a_talkative_host_does_not_block() {
    let lab = script(&[&format!(
        "yes words | head -c 1000000; yes words | head -c 1000000 >&2; say '{READY}'; say '{DONE}'"
    )]);
    lab.run().unwrap();
}
