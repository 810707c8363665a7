//! `check`: errors in rules, policies and measures, and possible improvements.
//!
//! Diagnostics are the product of this command, so they go to standard output: as text with
//! excerpts, or in a machine-readable format.

mod costs;
mod formats;
mod measures;

use crate::corpus::{self, Analysis, Corpus, Ended};
use crate::exit::Exit;
use crate::file_watch::Snapshot;
use crate::flags::{ColorArgs, CorpusArgs, MappingArgs, number, short_html};
use crate::load;
use crate::start_error::StartError;
use crate::term;
use crate::term::counts::{self, counted};
use crate::term::diagnostics;
use crate::term::say;
use clap::Args;
use formats::{CheckFormat, github, json_lines, sarif};
use jiff::civil::Date;
use measures::Split;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_analysis::check::{self, Checked, Checking};
use tidegate_analysis::clean_corpus::{self, Allowed};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::{Diagnostic, Place, Severity, Source};
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::post::{self, Mapping};
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::lint::drop_silenced;
use tidegate_engine::rules::model::Model;
use tidegate_engine::rules::source::bundle::is_embedded;
use tidegate_packs::BUNDLE;

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("html_text", short_html))]
pub struct CheckArgs {
    /// Packs, policies, measures or folders of them [default: the embedded rules]
    ///
    /// Packs named here are read in addition to the embedded ones, and replace those of the
    /// same name. Only diagnostics in the named files are reported.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not load the embedded rules
    #[arg(long, requires = "paths")]
    pub no_default_rules: bool,
    /// Clean posts; warn about rules that fire on or are triggered by them too often (repeatable)
    ///
    /// Files, folders or glob patterns. Every post is assumed to be harmless. Packs among the
    /// values are read as PATH.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub corpus: Vec<PathBuf>,
    /// Clean posts per 10,000 on which a rule may fire (hits_clean_corpus)
    #[arg(long, value_name = "RATE", default_value_t = 10.0, value_parser = number::per_10000, requires = "corpus")]
    pub max_fired: f64,
    /// Percentage of clean posts that may trigger a rule (weak_trigger)
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0, value_parser = number::percent, requires = "corpus")]
    pub max_judged: f64,
    /// Also list the rules that are looked at most often, as estimated from lists of words
    #[arg(long, conflicts_with = "format")]
    pub cost: bool,
    /// Exit with status 1 if there are warnings
    #[arg(long)]
    pub strict: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: CheckFormat,
    /// Check again after every change of a file below PATH, until interrupted
    #[arg(long, short = 'w', requires = "paths", conflicts_with = "corpus")]
    pub watch: bool,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub reading: CorpusArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate check my-rules/ --watch
  tidegate check my-rules/ --cost
  tidegate check my-rules/ --format sarif > check.sarif
  tidegate check my-rules/ --corpus clean.jsonl.gz --max-fired 5

A comment `# tidegate: allow(CODE)` suppresses a warning on its line, on the next line, or, \
above the first key, in the whole file.

Exit status:
  0  no errors
  1  warnings, with --strict
  2  errors
  4  the corpus cannot be read";

/// Runs the command.
pub fn run(args: &CheckArgs) -> Exit {
    args.color.apply();
    if args.watch { watch(args) } else { once(args) }
}

/// Checks, and again after every change. Ends only when the output is closed.
fn watch(args: &CheckArgs) -> Exit {
    let is_interactive = io::stdout().is_terminal();
    let mut seen = Snapshot::of(&args.paths);
    loop {
        if is_interactive {
            term::print(CLEAR);
        }
        if let exit @ (Exit::Io | Exit::ReaderGone) = once(args) {
            return exit;
        }
        if is_interactive {
            term::note(&say!("waiting for changes; press Ctrl-C to stop\n"));
        }
        seen = seen.wait(&args.paths);
    }
}

/// Clears a terminal and moves the cursor to the top.
const CLEAR: &[u8] = b"\x1b[2J\x1b[3J\x1b[H";

/// The table of `--cost` for a compiled rule set, which has no sources to check.
fn costs_of_compiled(path: &Path) -> Exit {
    match load::compiled(path) {
        Ok(compiled) => term::print((costs::table(&compiled.rules, |_| true) + "\n").as_bytes()),
        Err(message) => term::refuse(&StartError::Usage(message)),
    }
}

fn once(args: &CheckArgs) -> Exit {
    if let Some(path) = args.paths.iter().find(|path| load::is_compiled(path)) {
        if args.cost && args.paths.len() == 1 && args.corpus.is_empty() {
            return costs_of_compiled(path);
        }
        let shown = path.display();
        let message = say!(
            "{shown} is a compiled rule set; name the rules that it was compiled from (with --cost \
             alone its costs are printed)"
        );
        return term::refuse(&StartError::Usage(message));
    }
    let report = match Report::new(args, check::today()) {
        Ok(report) => report,
        Err(Ended(exit)) => return exit,
    };
    let written = match args.format {
        CheckFormat::Text => term::print(&report.text(term::is_stdout_colored())),
        CheckFormat::Json => term::print(json_lines(&report.diagnostics).as_bytes()),
        CheckFormat::Sarif => term::print(sarif(&report.diagnostics).as_bytes()),
        CheckFormat::Github => term::print(github(&report.diagnostics).as_bytes()),
    };
    match written {
        Exit::Complete => report.exit(args.strict),
        error => error,
    }
}

/// Diagnostics and counts.
#[derive(Debug, Default)]
struct Report {
    /// Errors, then warnings.
    diagnostics: Vec<Diagnostic>,
    packs: usize,
    rules: usize,
    policies: usize,
    measures: usize,
    /// Number of posts and of unreadable lines in the corpus.
    posts: Option<(u64, u64)>,
    /// The table of `--cost`.
    costs: Option<String>,
}

/// The clean corpus of `--corpus`.
struct CleanCorpus {
    corpus: Corpus,
    mapping: Mapping,
    allowed: Allowed,
}

impl Report {
    fn new(args: &CheckArgs, today: Date) -> Result<Report, Ended> {
        let (packs, posts) = corpus::split_rules(&args.corpus);
        let Split { measures, rules } = measures::split(&args.paths);
        let checked = measures::check(&measures);
        let report = match rules.is_empty() && !measures.is_empty() {
            true if !args.corpus.is_empty() || args.cost => {
                let why = say!("measures have no rules; name the rules of --corpus or --cost");
                return Err(Ended(term::refuse(&StartError::Usage(why))));
            }
            true => Report::default(),
            false => {
                let paths: Vec<PathBuf> = rules.into_iter().chain(packs).collect();
                Report::of_rules(args, &paths, &posts, today)?
            }
        };
        Ok(report.with_measures(checked, measures.len()))
    }

    /// Adds what was found in measures files.
    fn with_measures(mut self, found: Vec<Diagnostic>, files: usize) -> Report {
        self.measures = files;
        self.diagnostics.extend(found);
        self.diagnostics.sort_by_key(|found| std::cmp::Reverse(found.severity));
        self
    }

    fn of_rules(
        args: &CheckArgs,
        paths: &[PathBuf],
        posts: &[PathBuf],
        today: Date,
    ) -> Result<Report, Ended> {
        let ordinary = CleanCorpus::new(args, posts).map_err(|message| {
            term::error(&message);
            Ended(Exit::CouldNotStart)
        })?;
        let loader = load::loader(paths, !args.no_default_rules);
        let checking = match paths.is_empty() {
            true => Checking::Embedded(embedded_policies()),
            false => Checking::Named,
        };
        let prepare =
            |model: &mut Model| ordinary.as_ref().map_or(Ok(()), |corpus| corpus.register(model));
        let checked = check::check(&loader, checking, Some(BUNDLE), today, prepare)?;
        Report::default().take(args, checked, paths.is_empty(), ordinary.as_ref())
    }

    /// Takes what was found, and adds costs and the warnings of the corpus. Only places in the
    /// embedded rules count if `embedded`, otherwise those in the others.
    fn take(
        mut self,
        args: &CheckArgs,
        checked: Checked,
        embedded: bool,
        ordinary: Option<&CleanCorpus>,
    ) -> Result<Report, Ended> {
        let Checked { diagnostics, packs, rules, policies, compiled, places } = checked;
        (self.diagnostics, self.packs, self.rules, self.policies) =
            (diagnostics, packs, rules, policies);
        let Some(rules) = compiled else {
            return Ok(self);
        };
        let is_checked = |source: &Source| is_embedded(source) == embedded;
        load::note_composition("rules", &rules);
        let is_own = |rule: RuleIx| is_checked(&places[rule.index()].source);
        self.costs = args.cost.then(|| costs::table(&rules, is_own));
        if let Some(ordinary) = ordinary {
            let mut found = self.check_corpus(ordinary, rules, &places)?;
            drop_silenced(&mut found);
            found.retain(|it| it.place.as_ref().is_none_or(|place| is_checked(&place.source)));
            self.diagnostics.extend(found);
            self.diagnostics.sort_by_key(|found| std::cmp::Reverse(found.severity));
        }
        Ok(self)
    }

    /// Judges the corpus without a policy.
    fn check_corpus(
        &mut self,
        ordinary: &CleanCorpus,
        rules: RuleSet,
        places: &[Place],
    ) -> Result<Vec<Diagnostic>, Ended> {
        let classifier = Classifier::without_policy(rules);
        let plan = post::Plan::new(&ordinary.mapping, classifier.rules().names());
        let plan = plan.map_err(|error| fail(&term::say(error.message())))?;
        let mut analysis = clean_corpus::Corpus::new(&classifier, &plan);
        ordinary.corpus.read(&mut analysis, clean_corpus::Worker::read)?;
        if analysis.posts() == 0 {
            return Err(fail(&say!("--corpus contains no posts; rates cannot be computed")));
        }
        self.posts = Some((analysis.posts(), analysis.unreadable()));
        Ok(analysis.warnings(places, &ordinary.allowed))
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == severity).count()
    }

    fn exit(&self, strict: bool) -> Exit {
        if self.count(Severity::Error) > 0 {
            Exit::CouldNotStart
        } else if strict && self.count(Severity::Warning) > 0 {
            Exit::Found
        } else {
            Exit::Complete
        }
    }

    fn text(&self, coloured: bool) -> Vec<u8> {
        let mut text = diagnostics::render(&self.diagnostics, coloured).into_bytes();
        if let Some(costs) = &self.costs {
            text.extend_from_slice(costs.as_bytes());
            text.push(b'\n');
        }
        text.extend_from_slice(self.summary().as_bytes());
        text
    }

    fn summary(&self) -> String {
        let errors = counted(self.count(Severity::Error), &counts::ERRORS);
        let warnings = counted(self.count(Severity::Warning), &counts::WARNINGS);
        let found = say!("{errors}, {warnings}");
        let found = match self.posts {
            None => found,
            Some((posts, lines)) => say!(
                "{found}; corpus of {}, {}",
                counted(posts as usize, &counts::POSTS),
                counted(lines as usize, &counts::UNREADABLE_LINES),
            ),
        };
        let measures = measures::counted(self.measures);
        // Rules that could not be loaded are not counted.
        let has_rules = self.packs + self.policies > 0;
        let packs = counted(self.packs, &counts::PACKS);
        let rules = counted(self.rules, &counts::RULES);
        let policies = counted(self.policies, &counts::POLICIES);
        let line = match measures {
            None if has_rules => say!("{packs}, {rules}, {policies}: {found}"),
            None => found,
            Some(measures) if has_rules => {
                say!("{packs}, {rules}, {policies}, {measures}: {found}")
            }
            Some(measures) => say!("{measures}: {found}"),
        };
        line + "\n"
    }
}

impl CleanCorpus {
    /// The corpus of `--corpus`, if it is given.
    fn new(args: &CheckArgs, posts: &[PathBuf]) -> Result<Option<CleanCorpus>, String> {
        if args.corpus.is_empty() {
            return Ok(None);
        }
        let files = corpus::expand(posts, &say!("files of clean posts"))?;
        let mapping = args.mapping.to_mapping().map_err(|error| term::say(error.message()))?;
        let allowed = Allowed { fired: args.max_fired / 10_000.0, judged: args.max_judged / 100.0 };
        let corpus = Corpus::new(files, &args.reading, &args.mapping);
        Ok(Some(CleanCorpus { corpus, mapping, allowed }))
    }

    fn register(&self, model: &mut Model) -> Result<(), Ended> {
        self.mapping.register(&mut model.names).map_err(|error| fail(&term::say(error.message())))
    }
}

fn fail(message: &str) -> Ended {
    term::error(message);
    Ended(Exit::CouldNotStart)
}

impl<'c> Analysis for clean_corpus::Corpus<'c> {
    type Worker = clean_corpus::Worker<'c>;

    fn worker(&self, _file: usize) -> clean_corpus::Worker<'c> {
        clean_corpus::Corpus::worker(self)
    }

    fn merge(&mut self, _file: usize, name: &str, workers: Vec<clean_corpus::Worker<'c>>) {
        clean_corpus::Corpus::take(self, name, workers);
    }
}

fn embedded_policies() -> Vec<Arc<Source>> {
    BUNDLE.policy_names().filter_map(|name| BUNDLE.policy(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use std::fs;

    fn args(paths: &[&Path]) -> CheckArgs {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: CheckArgs,
        }
        let paths = paths.iter().map(|path| path.as_os_str());
        let parsed = Cli::try_parse_from(std::iter::once("check".as_ref()).chain(paths));
        parsed.unwrap_or_else(|error| panic!("{error}")).args
    }

    fn report(paths: &[&Path], today: &str) -> Report {
        Report::new(&args(paths), today.parse().unwrap()).unwrap()
    }

    fn codes(report: &Report) -> Vec<&str> {
        report.diagnostics.iter().map(|found| found.code).collect()
    }

    #[test]
    fn the_embedded_rules_have_no_errors() {
        let report = report(&[], "2026-01-01");
        assert_eq!(report.count(Severity::Error), 0, "{}", report.summary());
        assert!(report.packs > 5 && report.rules > 20 && report.policies > 0);
        assert_eq!(report.exit(false), Exit::Complete);
    }

    #[test]
    fn only_the_named_files_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("p.rules.yaml");
        let body = "tidegate: 1\npack: p\ndefaults: { category: spam }\nrules:\n  - { id: x.y, match: { a: [赌博平台] }, condition: a, weight: 1 }\n";
        fs::write(&pack, body).unwrap();
        let found = report(&[&pack], "2026-01-01");
        assert_eq!(codes(&found), ["no_tests"]);
        assert_eq!((found.exit(false), found.exit(true)), (Exit::Complete, Exit::Found));
        assert_eq!(found.summary(), "1 pack, 1 rule, no policies: no errors, 1 warning\n");

        fs::write(&pack, body.replace("condition: a", "condition: b")).unwrap();
        let found = report(&[&pack], "2026-01-01");
        assert_eq!((codes(&found), found.exit(false)), (vec!["unknown_name"], Exit::CouldNotStart));
        assert_eq!(found.summary(), "1 error, no warnings\n");

        fs::write(&pack, body.replace("[赌博平台]", "{ regex: '(' }")).unwrap();
        assert_eq!(codes(&report(&[&pack], "2026-01-01")), ["bad_regex", "no_tests"]);
    }

    #[test]
    fn policies_are_checked_against_the_rules_and_the_date() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.yaml");
        let rule = |rule: &str| {
            format!(
                "tidegate: 1\nkind: policy\nextends: default\nrules:\n  - {{ rule: '{rule}', mode: shadow, reason: x, expires: 2026-06-30 }}\n"
            )
        };
        fs::write(&policy, rule("gambling.*")).unwrap();
        assert!(report(&[&policy], "2026-06-30").diagnostics.is_empty());
        assert_eq!(codes(&report(&[&policy], "2026-07-01")), ["expired_override"]);
        fs::write(&policy, rule("no.such")).unwrap();
        assert_eq!(codes(&report(&[&policy], "2026-06-30")), ["unknown_name"]);
        fs::write(&policy, rule("no.*")).unwrap();
        assert_eq!(codes(&report(&[&policy], "2026-06-30")), ["matches_nothing"]);
        fs::write(&policy, "tidegate: 1\nkind: rules\n").unwrap();
        assert_eq!(codes(&report(&[&policy], "2026-06-30")), ["bad_value"]);
        fs::write(folder.path().join("p.rules.yaml"), "tidegate: 1\npack: p\nruels: []\n").unwrap();
        assert_eq!(codes(&report(&[folder.path()], "2026-06-30")), ["unknown_key", "bad_value"]);
    }

    #[cfg(feature = "state")]
    #[test]
    fn measures_are_checked_alone_and_with_rules() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let good = "tidegate: 1\nkind: measures\nqueue: { harm: { spam: 0 } }\n";
        fs::write(path("a.measures.yaml"), good).unwrap();
        let found = report(&[folder.path()], "2026-01-01");
        assert_eq!((codes(&found), found.exit(true)), (vec!["no_harm"], Exit::Found));
        assert_eq!(found.summary(), "1 measures file: no errors, 1 warning\n");

        fs::write(path("b.measures.yml"), "tidegate: 1\nkind: measures\ncalm: 1d\n").unwrap();
        let (file, there) = (path("b.measures.yml"), folder.path());
        let found = report(&[&file, there], "2026-01-01");
        assert_eq!(codes(&found), ["unknown_key", "no_harm"], "a file is read once");
        assert_eq!(found.summary(), "2 measures files: 1 error, 1 warning\n");
        assert!(sarif(&found.diagnostics).contains("b.measures.yml"));
        assert!(github(&found.diagnostics).starts_with("::error "));
        assert_eq!(json_lines(&found.diagnostics).lines().count(), 2);

        fs::write(path("p.policy.yaml"), "tidegate: 1\nkind: policy\nextends: default\n").unwrap();
        let found = report(&[there], "2026-01-01");
        let line = "no packs, no rules, 1 policy, 2 measures files: 1 error, 1 warning\n";
        assert_eq!((found.summary().as_str(), found.exit(false)), (line, Exit::CouldNotStart));

        fs::write(path("b.measures.yml"), b"title: \xb2\xe2\xca\xd4\n").unwrap();
        assert_eq!(codes(&report(&[&file], "2026-01-01")), ["missing_file"]);
        let absent = path("c.measures.yaml");
        let found = report(&[&absent], "2026-01-01");
        assert_eq!(codes(&found), ["missing_file"]);
        assert!(found.diagnostics[0].help.to_string().contains("a.measures.yaml"));
    }

    #[cfg(feature = "state")]
    #[test]
    fn measures_have_no_costs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.measures.yaml");
        fs::write(&file, "tidegate: 1\nkind: measures\n").unwrap();
        let args = CheckArgs { cost: true, ..args(&[&file]) };
        let refused = Report::new(&args, "2026-01-01".parse().unwrap());
        assert!(matches!(refused, Err(Ended(Exit::CouldNotStart))));
    }
}
