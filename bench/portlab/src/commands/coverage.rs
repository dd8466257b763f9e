//! `portlab coverage`: what core does through V8, and what Node-API has for it.

mod measured;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bench_runner::Lab;
use bench_schema::FunctionStatus;
use coverage::binary::{BinaryError, Graph};
use coverage::classify::Classification;
use coverage::survey::{BindingSurvey, Diff, Ported, Survey, Surveyor};
use coverage::{exports, headers, source};
use serde_json::json;

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json, say};
use crate::{coverage_text as text, lab};

/// Reads one binary and shows it, or two and compares.
pub(crate) fn run(arguments: &cli::Coverage) -> Result<Exit, Failure> {
    let lab = lab::open()?;
    if let Some([from, to]) = arguments.diff.as_deref() {
        let surveys = [from, to].map(|host| Subject::pinned(&lab, host)?.survey(&lab, None));
        let [from, to] = surveys;
        let changes = coverage::survey::diff(&from?, &to?);
        return show_diff(&changes, arguments);
    }
    let subject = match &arguments.node {
        Some(path) => Subject::unpinned(path.clone()),
        None => Subject::pinned(&lab, &arguments.host)?,
    };
    let mut survey = subject.survey(&lab, arguments.node_src.as_deref())?;
    survey.measured = measured::measured(&arguments.store, &survey)?;
    show(&lab, &survey, arguments)
}

/// A binary to be read.
struct Subject {
    name: String,
    binary: PathBuf,
    headers: Option<PathBuf>,
    /// The Node major of a pinned host, for which ports state what they replace.
    major: Option<u32>,
}

impl Subject {
    fn pinned(lab: &Lab, name: &str) -> Result<Subject, Failure> {
        let [host] = lab::hosts(lab, &[name.to_owned()])?
            .try_into()
            .map_err(|_| Failure::usage(format!("\"{name}\" is not one host: `portlab hosts` lists them")))?;
        let folder = lab.hosts_folder().join(&host.host.id);
        Ok(Subject {
            name: host.host.id.clone(),
            headers: host.host.headers.as_ref().map(|headers| folder.join(headers)),
            binary: host.binary,
            major: Some(host.host.major),
        })
    }

    /// The npm package and an unpacked archive of Node both have the headers beside the binary.
    fn unpinned(binary: PathBuf) -> Subject {
        let beside = binary.parent().and_then(|bin| bin.parent()).map(|root| root.join("include/node"));
        Subject {
            name: binary.display().to_string(),
            headers: beside.filter(|headers| headers.is_dir()),
            binary,
            major: None,
        }
    }

    fn survey(&self, lab: &Lab, node_src: Option<&std::path::Path>) -> Result<Survey, Failure> {
        let graph = Graph::read(&self.binary).map_err(|error| match error {
            BinaryError::Open { .. } => Failure::usage(error),
            error => Failure::environment(error),
        })?;
        let judgement = Classification::built_in();
        let surveyor = Surveyor::new(&graph, &judgement);
        let exports = exports::exports(&self.binary, surveyor.names());
        if let Err(error) = &exports {
            say(&format!("{error}: functions are counted as the binary shows them"));
        }
        let ported = self.ported(lab, &surveyor)?;
        let mut survey = surveyor.survey(&self.name, exports.ok().as_ref(), &ported);
        if let Some(folder) = &self.headers {
            let called = survey.api.iter().map(|symbol| symbol.symbol.as_str());
            survey.headers = Some(headers::survey(folder, &judgement, called).map_err(Failure::environment)?);
        }
        if let Some(folder) = node_src {
            let sites = survey.api.iter().map(|symbol| (symbol.symbol.clone(), symbol.sites)).collect();
            survey.source = Some(source::survey(folder, &judgement, &sites).map_err(Failure::usage)?);
        }
        Ok(survey)
    }

    /// What the ports say about each binding. One that names a binding which its host has not is a mistake.
    fn ported(&self, lab: &Lab, surveyor: &Surveyor<'_>) -> Result<Ported, Failure> {
        let mut ported = Ported::new();
        for (module, folder) in lab.ports() {
            let serves = self.major.is_none_or(|major| folder.port.node_majors.contains(&major));
            for (name, binding) in folder.port.bindings.iter().filter(|_| serves) {
                if !surveyor.names().any(|known| known == name) {
                    if self.major.is_none() {
                        continue;
                    }
                    let known: Vec<&str> = surveyor.names().collect();
                    return Err(Failure::environment(format!(
                        "the port.toml of {module} names the binding \"{name}\", which {} has not: correct the name, or \
                         its node_majors. Bindings: {}",
                        self.name,
                        known.join(", ")
                    )));
                }
                let functions = binding.functions.iter().filter(|(_, function)| {
                    let majors = function.node_majors.as_ref();
                    majors.zip(self.major).is_none_or(|(majors, major)| majors.contains(&major))
                });
                let statuses =
                    functions.map(|(name, function)| (name.clone(), word(function.status).to_owned()));
                ported.entry(name.clone()).or_default().extend(statuses);
            }
        }
        Ok(ported)
    }
}

fn word(status: FunctionStatus) -> &'static str {
    match status {
        FunctionStatus::Ported => "ported",
        FunctionStatus::Partial => "partial",
        FunctionStatus::Native => "native",
    }
}

fn show(lab: &Lab, survey: &Survey, arguments: &cli::Coverage) -> Result<Exit, Failure> {
    let binding = arguments.binding.as_deref().map(|name| select(survey, name)).transpose()?;
    if arguments.html {
        let folder = arguments
            .report_dir
            .clone()
            .unwrap_or_else(|| lab.root().join(".portlab/coverage").join(survey.host.replace('/', "_")));
        let text = serde_json::to_string(survey).map_err(Failure::environment)?;
        let page = dashboards::explorer::write(&survey.host, &text, arguments.binding.as_deref(), &folder)
            .map_err(Failure::environment)?;
        say(&format!("explorer  {}", page.display()));
    } else if arguments.json.json {
        match binding {
            Some(binding) => print_json(&json!({
                "schema_version": survey.schema_version, "host": survey.host, "hidden": survey.hidden,
                "binding": binding, "gaps": gaps_of(survey, binding),
            }))?,
            None => print_json(survey)?,
        }
    } else if arguments.csv {
        print(&match binding {
            Some(binding) => rows(&binding.exports.iter().map(text::ExportRow::of).collect::<Vec<_>>())?,
            None => rows(&survey.api)?,
        })?;
    } else {
        print(&binding.map_or_else(|| text::survey(survey), |binding| text::binding(survey, binding)))?;
    }
    Ok(Exit::Ok)
}

/// The binding of this name, or which there are.
fn select<'a>(survey: &'a Survey, name: &str) -> Result<&'a BindingSurvey, Failure> {
    survey.bindings.iter().find(|binding| binding.name == name).ok_or_else(|| {
        let names: Vec<&str> = survey.bindings.iter().map(|binding| binding.name.as_str()).collect();
        Failure::usage(format!("{} has no binding \"{name}\". It has: {}", survey.host, names.join(", ")))
    })
}

/// The gaps of a binding's own sites, with what is known about each.
fn gaps_of<'a>(
    survey: &'a Survey,
    binding: &BindingSurvey,
) -> BTreeMap<&'a str, &'a coverage::classify::Gap> {
    let gaps = survey.gaps.iter().filter(|gap| binding.gaps.contains_key(&gap.id));
    gaps.map(|gap| (gap.id.as_str(), &gap.gap)).collect()
}

fn rows(rows: &[impl serde::Serialize]) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(Failure::environment)?;
    }
    let bytes = writer.into_inner().map_err(Failure::environment)?;
    String::from_utf8(bytes).map_err(Failure::environment)
}

fn show_diff(changes: &Diff, arguments: &cli::Coverage) -> Result<Exit, Failure> {
    if arguments.json.json {
        print_json(changes)?;
    } else {
        print(&text::diff(changes))?;
    }
    Ok(Exit::Ok)
}
