//! `check`: what is wrong with rules and policies, and what could be better.
//!
//! Findings are the product of this verb, so they go to standard output: as
//! excerpts for people, or for programs in the forms they read.

mod file_watch;
mod formats;

use crate::corpus::{self, Analysis, Corpus, Ended};
use crate::exit::Exit;
use crate::flags::{ColorArgs, CorpusArgs, MappingArgs, number};
use crate::load;
use crate::term;
use crate::term::diagnostics::{self, counted};
use clap::Args;
use file_watch::Snapshot;
use formats::{CheckFormat, github, json_lines, sarif};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use tidegate_analysis::clean_corpus::{self, Allowed};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::{Diagnostic, Place, Severity, Source};
use tidegate_engine::domain::field::Names;
use tidegate_engine::policy::{Policy, ResolvedPolicy, RuleFacts};
use tidegate_engine::post::{self, Mapping};
use tidegate_engine::rules::compile::compile;
use tidegate_engine::rules::compiled::RuleSet;
use tidegate_engine::rules::lint::{drop_silenced, lint};
use tidegate_engine::rules::load::Loaded;
use tidegate_engine::rules::model::Model;
use tidegate_engine::rules::source::bundle::is_embedded;
use tidegate_packs::BUNDLE;

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct CheckArgs {
    /// Packs, policies or folders of them; without any, those that come with the program
    ///
    /// Packs named here are read beside those that come with the program, and replace
    /// them if they have the same name. Only findings in the files named are told.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Leave the rules out that come with the program
    #[arg(long, requires = "paths")]
    pub no_default_rules: bool,
    /// Judge these ordinary posts, and warn of rules that fire on them or are woken by them
    /// too often: files, folders or patterns (may be repeated)
    ///
    /// Every post is taken as harmless. Packs among the values are read as PATH.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub corpus: Vec<PathBuf>,
    /// Posts of 10,000 in the corpus that a rule may fire on (hits_clean_corpus)
    #[arg(long, value_name = "RATE", default_value_t = 10.0, value_parser = number::per_10000, requires = "corpus")]
    pub max_fired: f64,
    /// Posts of 100 in the corpus that may have a rule judged (weak_trigger)
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0, value_parser = number::percent, requires = "corpus")]
    pub max_judged: f64,
    /// Fail on warnings too
    #[arg(long)]
    pub strict: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: CheckFormat,
    /// Check again whenever a file below PATH changes, until interrupted
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
  tidegate check my-rules/ --format sarif > findings.sarif
  tidegate check my-rules/ --corpus ordinary.jsonl.gz --max-fired 5

A comment `# tidegate: allow(CODE)` silences a warning on its line, on the line after it, or, \
above the first key, in the whole file.

Exit status: 0 no errors, 1 warnings with --strict, 2 errors, 4 the corpus cannot be read";

/// Runs the command.
pub fn run(args: &CheckArgs) -> Exit {
    args.color.apply();
    if args.watch { watch(args) } else { once(args) }
}

/// Checks, and again after every change. Ends only when nobody reads any more.
fn watch(args: &CheckArgs) -> Exit {
    let is_interactive = io::stdout().is_terminal();
    let mut seen = Snapshot::of(&args.paths);
    loop {
        if is_interactive {
            term::print(CLEAR);
        }
        if let fault @ (Exit::Io | Exit::ReaderGone) = once(args) {
            return fault;
        }
        if is_interactive {
            term::note("waiting for changes; interrupt to end\n");
        }
        seen = seen.wait(&args.paths);
    }
}

/// Clears a terminal and begins at its top.
const CLEAR: &[u8] = b"\x1b[2J\x1b[3J\x1b[H";

fn once(args: &CheckArgs) -> Exit {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let report = match Report::new(args, today) {
        Ok(report) => report,
        Err(Ended(exit)) => return exit,
    };
    let written = match args.format {
        CheckFormat::Text => term::print(&report.text(term::is_stdout_colored())),
        CheckFormat::Json => term::print(json_lines(&report.findings).as_bytes()),
        CheckFormat::Sarif => term::print(sarif(&report.findings).as_bytes()),
        CheckFormat::Github => term::print(github(&report.findings).as_bytes()),
    };
    match written {
        Exit::Complete => report.exit(args.strict),
        fault => fault,
    }
}

/// Everything found.
#[derive(Debug, Default)]
struct Report {
    /// Errors before warnings.
    findings: Vec<Diagnostic>,
    packs: usize,
    rules: usize,
    policies: usize,
    /// Posts of the corpus, and lines of it that are none.
    posts: Option<(u64, u64)>,
}

/// Ordinary posts to judge.
struct Ordinary {
    corpus: Corpus,
    mapping: Mapping,
    allowed: Allowed,
}

impl Report {
    fn new(args: &CheckArgs, today: Date) -> Result<Report, Ended> {
        let (packs, posts) = corpus::split_rules(&args.corpus);
        let paths: Vec<PathBuf> = args.paths.iter().chain(&packs).cloned().collect();
        let ordinary = Ordinary::new(args, &posts).map_err(|message| {
            term::error(&message);
            Ended(Exit::CouldNotStart)
        })?;
        let loader = load::loader(&paths, !args.no_default_rules);
        let mut report = Report::default();
        match loader.load() {
            Ok(loaded) => report.take(loaded, paths.is_empty(), today, ordinary.as_ref())?,
            Err(faults) => {
                report.findings = faults;
                report.parse(&loader.policies(), &mut Names::default());
            }
        }
        Ok(report)
    }

    /// Looks at rules and policies; at those of the program if they are meant.
    fn take(
        &mut self,
        loaded: Loaded,
        embedded: bool,
        today: Date,
        ordinary: Option<&Ordinary>,
    ) -> Result<(), Ended> {
        let Loaded { mut model, policies } = loaded;
        let is_meant = |source: &Source| is_embedded(source) == embedded;
        self.packs = model.packs.iter().filter(|pack| is_meant(&pack.source)).count();
        let is_counted = |pack: usize| is_meant(&model.packs[pack].source);
        self.rules = model.rules.iter().filter(|rule| is_counted(rule.pack)).count();
        let policies = if embedded { embedded_policies() } else { policies };
        self.policies = policies.len();
        let parsed = self.parse(&policies, &mut model.names);
        let mut warnings = lint(&model);
        let places: Vec<Place> = model.rules.iter().map(|rule| rule.place.clone()).collect();
        let sources = model.sources.clone();
        if let Some(ordinary) = ordinary {
            ordinary.register(&mut model)?;
        }
        match compile(model) {
            Ok(rules) => {
                self.lay_over(&parsed, &rules, today);
                if let Some(ordinary) = ordinary {
                    let mut found = self.study(ordinary, rules, &places)?;
                    drop_silenced(&sources, &mut found);
                    warnings.extend(found);
                }
            }
            Err(faults) => self.findings.extend(faults),
        }
        let of_file = |place: &Place| is_meant(&place.source);
        warnings.retain(|found| found.place.as_ref().is_none_or(of_file));
        self.findings.extend(warnings);
        self.findings.sort_by_key(|found| std::cmp::Reverse(found.severity));
        Ok(())
    }

    /// Judges the corpus, whatever a policy says.
    fn study(
        &mut self,
        ordinary: &Ordinary,
        rules: RuleSet,
        places: &[Place],
    ) -> Result<Vec<Diagnostic>, Ended> {
        let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
        let policy = ResolvedPolicy::none(&facts);
        let classifier = Classifier::new(rules, policy);
        let plan = post::Plan::new(&ordinary.mapping, classifier.rules().names());
        let plan = plan.map_err(|error| refused(&error.to_string()))?;
        let mut study = clean_corpus::Corpus::new(&classifier, &plan);
        ordinary.corpus.read(&mut study, clean_corpus::Worker::read)?;
        if study.posts() == 0 {
            return Err(refused("--corpus holds no posts: there is nothing to take rates of"));
        }
        self.posts = Some((study.posts(), study.unreadable()));
        Ok(study.warnings(places, &ordinary.allowed))
    }

    /// The policies that are sound by themselves.
    fn parse(&mut self, policies: &[Arc<Source>], names: &mut Names) -> Vec<Policy> {
        let mut parsed = Vec::with_capacity(policies.len());
        for policy in policies {
            match Policy::parse(policy, names) {
                Ok(policy) => parsed.push(policy),
                Err(faults) => self.findings.extend(faults),
            }
        }
        parsed
    }

    fn lay_over(&mut self, policies: &[Policy], rules: &RuleSet, today: Date) {
        let facts: Vec<RuleFacts<'_>> = rules.rules().iter().map(RuleFacts::of).collect();
        for policy in policies {
            self.findings.extend(policy.expired(today));
            match policy.resolve(&facts) {
                Ok(resolution) => self.findings.extend(resolution.warnings),
                Err(faults) => self.findings.extend(faults),
            }
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|found| found.severity == severity).count()
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
        let mut text = diagnostics::render(&self.findings, coloured).into_bytes();
        text.extend_from_slice(self.summary().as_bytes());
        text
    }

    fn summary(&self) -> String {
        let found = format!(
            "{}, {}",
            counted(self.count(Severity::Error), "error", "errors"),
            counted(self.count(Severity::Warning), "warning", "warnings"),
        );
        let found = match self.posts {
            None => found,
            Some((posts, lines)) => format!(
                "{found}; corpus of {}, {}",
                counted(posts as usize, "post", "posts"),
                counted(lines as usize, "unreadable line", "unreadable lines"),
            ),
        };
        // Rules that could not be read are not counted.
        if self.packs + self.policies == 0 {
            return format!("{found}\n");
        }
        format!(
            "{}, {}, {}: {found}\n",
            counted(self.packs, "pack", "packs"),
            counted(self.rules, "rule", "rules"),
            counted(self.policies, "policy", "policies"),
        )
    }
}

impl Ordinary {
    /// What `--corpus` names, if it names anything.
    fn new(args: &CheckArgs, posts: &[PathBuf]) -> Result<Option<Ordinary>, String> {
        if args.corpus.is_empty() {
            return Ok(None);
        }
        let files = corpus::expand(posts, "files of ordinary posts")?;
        let mapping = args.mapping.to_mapping().map_err(|error| error.to_string())?;
        let allowed = Allowed { fired: args.max_fired / 10_000.0, judged: args.max_judged / 100.0 };
        Ok(Some(Ordinary { corpus: Corpus::new(files, &args.reading), mapping, allowed }))
    }

    fn register(&self, model: &mut Model) -> Result<(), Ended> {
        self.mapping.register(&mut model.names).map_err(|error| refused(&error.to_string()))
    }
}

fn refused(message: &str) -> Ended {
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
    use std::path::Path;

    fn args(paths: &[&Path]) -> CheckArgs {
        #[derive(clap::Parser)]
        struct Alone {
            #[command(flatten)]
            args: CheckArgs,
        }
        let paths = paths.iter().map(|path| path.as_os_str());
        let parsed = Alone::try_parse_from(std::iter::once("check".as_ref()).chain(paths));
        parsed.unwrap_or_else(|error| panic!("{error}")).args
    }

    fn report(paths: &[&Path], today: &str) -> Report {
        Report::new(&args(paths), today.parse().unwrap()).unwrap()
    }

    fn codes(report: &Report) -> Vec<&str> {
        report.findings.iter().map(|found| found.code).collect()
    }

    #[test]
    fn what_comes_with_the_program_has_no_errors() {
        let report = report(&[], "2026-01-01");
        assert_eq!(report.count(Severity::Error), 0, "{}", report.summary());
        assert!(report.packs > 5 && report.rules > 20 && report.policies > 0);
        assert_eq!(report.exit(false), Exit::Complete);
    }

    #[test]
    fn only_the_files_named_are_told_of() {
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
    fn policies_are_laid_over_the_rules_and_the_calendar() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.yaml");
        let rule = |rule: &str| {
            format!(
                "tidegate: 1\nkind: policy\nrules:\n  - {{ rule: '{rule}', mode: shadow, reason: x, expires: 2026-06-30 }}\n"
            )
        };
        fs::write(&policy, rule("gambling.*")).unwrap();
        assert!(report(&[&policy], "2026-06-30").findings.is_empty());
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
}
