//! Labelled posts, and the rules that are applied to them, ready for an evaluation.

use crate::corpus::{self, Corpus, set_name};
use crate::exit::Exit;
use crate::flags::{EvalInputArgs, LabelledArgs, RuleArgs};
use crate::load;
use crate::outputs::OutputCheck;
use crate::start_error::StartError;
use crate::term;
use crate::term::say;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_analysis::eval::Set;
use tidegate_analysis::labelled::{Reader, joint_mapping};
use tidegate_analysis::labels::{FILE_NAME, Labels};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::limits::RULE_FILE_BYTES_MAX;
use tidegate_engine::post::Mapping;
use tidegate_pipeline::Input;

/// Rules, and the labelled data sets to evaluate them on.
pub struct Labelled {
    /// Rules and policy.
    pub classifier: Classifier,
    /// Warnings about the rules.
    warnings: Vec<Diagnostic>,
    /// Sources of the policy and of those that it extends.
    pub policies: Vec<Arc<Source>>,
    /// The data sets, in the order of their files.
    pub sets: Vec<Set>,
    /// For each file, the index of its data set.
    pub set_of: Vec<usize>,
    /// The files.
    pub corpus: Corpus,
}

impl Labelled {
    /// Builds everything, and prints warnings on a terminal.
    ///
    /// # Errors
    ///
    /// Wrong arguments, rules or labels. The error is printed.
    pub fn open(args: &LabelledArgs, input: &EvalInputArgs) -> Result<Labelled, Exit> {
        input.color.apply();
        let labelled = Labelled::new(args, input).map_err(|error| term::refuse(&error))?;
        if labelled.corpus.is_interactive() {
            term::show(&labelled.warnings);
        }
        Ok(labelled)
    }

    fn new(args: &LabelledArgs, input: &EvalInputArgs) -> Result<Labelled, StartError> {
        let EvalInputArgs { rules, mapping, reading, .. } = input;
        let (packs, posts) = corpus::split_rules(&args.paths);
        let files = corpus::expand(&posts, &say!("files of labelled posts"))?;
        let mut labels = read_labels(args.labels.as_deref(), &files)?;
        if let Some(positive) = args.positive() {
            labels.set_positive(positive);
        }
        let fields = mapping;
        let mapping = fields.to_mapping().map_err(|error| error.to_string())?;
        let (names, set_of) = names_of(&files);
        let of_sets = names.iter().map(|name| labels.of_set(name));
        let joint = joint_mapping(&mapping, of_sets).map_err(|error| term::say(error.message()))?;
        let rules = RuleArgs {
            rules: rules.rules.iter().chain(&packs).cloned().collect(),
            policy: rules.policy.clone(),
            disable: rules.disable.clone(),
            only_categories: rules.only_categories.clone(),
            ..*rules
        };
        let engine = load::build(&rules, &joint)?;
        let (policies, warnings) = (engine.policy_sources().to_vec(), engine.warnings().to_vec());
        let (classifier, _) = engine.into_parts();
        load::note_composition("rules", classifier.rules());
        labels.check_declared(classifier.policy().declared())?;
        let sets = sets(&names, &labels, &joint, &classifier)?;
        let corpus = Corpus::new(files, reading, fields);
        Ok(Labelled { classifier, warnings, policies, sets, set_of, corpus })
    }
}

fn sets(
    names: &[String],
    labels: &Labels,
    mapping: &Mapping,
    classifier: &Classifier,
) -> Result<Vec<Set>, String> {
    let set = |name: &String| {
        let labels = labels.of_set(name).clone();
        let reader = Reader::new(&labels, mapping, classifier.rules().names());
        reader.map(|reader| Set { name: name.clone(), labels, reader })
    };
    let sets: Result<Vec<Set>, _> = names.iter().map(set).collect();
    sets.map_err(|error| term::say(error.message()))
}

/// The distinct names of the data sets, and for each file the index of its data set.
fn names_of(files: &[Input]) -> (Vec<String>, Vec<usize>) {
    let mut names: Vec<String> = Vec::new();
    let number = |file: &Input| {
        let name = set_name(file);
        names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        })
    };
    let set_of = files.iter().map(number).collect();
    (names, set_of)
}

/// What is read for an evaluation, but for the policy: only those that it extends.
pub fn reads(args: &LabelledArgs, input: &EvalInputArgs) -> OutputCheck {
    let mut check = OutputCheck::default();
    check.reads_arguments(&args.paths, &say!("an input"));
    label_file(args).iter().for_each(|path| check.reads(path, &say!("the label file")));
    check.reads_rules(&corpus::split_rules(&args.paths).0);
    check.reads_rules(&input.rules.rules);
    input.rules.policy.iter().for_each(|policy| check.reads_extended(policy));
    check
}

/// The label file that is read.
fn label_file(args: &LabelledArgs) -> Option<PathBuf> {
    let found = || {
        let (_, posts) = corpus::split_rules(&args.paths);
        let files = corpus::expand(&posts, &say!("files of labelled posts")).ok()?;
        find_labels(&files).ok()
    };
    args.labels.clone().or_else(found)
}

fn read_labels(given: Option<&Path>, files: &[Input]) -> Result<Labels, StartError> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => find_labels(files)?,
    };
    let name = path.display().to_string();
    let read = || {
        let bytes = path.metadata()?.len();
        if bytes > RULE_FILE_BYTES_MAX {
            let text = say!("{bytes} bytes; the limit for labels is {RULE_FILE_BYTES_MAX}");
            return Err(std::io::Error::other(text));
        }
        fs::read_to_string(&path)
    };
    let text = read().map_err(|error| say!("{name}: {error}"))?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    Ok(Labels::parse(&Arc::new(Source { name, text }))?)
}

/// Finds the label file in a folder of the posts, or in its parent folder.
fn find_labels(files: &[Input]) -> Result<PathBuf, String> {
    let mut found: Vec<PathBuf> = Vec::new();
    for file in files {
        let Input::File(path) = file else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        let above = folder.join("..");
        let nearby = [folder.join(FILE_NAME), above.join(FILE_NAME)];
        found.extend(nearby.into_iter().find(|path| path.is_file()));
    }
    let same = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    found.sort_by_key(same);
    found.dedup_by_key(|path| same(path));
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(say!(
            "no label definitions: use --labels FILE, or put {FILE_NAME} next to the posts \
             (`tidegate eval --help` shows an example)"
        )),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.display().to_string()).collect();
            Err(say!("several label files: {}; choose one with --labels", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_the_same_name_form_one_data_set() {
        let files = ["a/x.jsonl", "y.jsonl.gz", "b/x.jsonl.zst"];
        let files: Vec<Input> = files.iter().map(|file| Input::File(file.into())).collect();
        let (names, set_of) = names_of(&files);
        assert_eq!(
            (names.as_slice(), set_of.as_slice()),
            (&["x".to_owned(), "y".to_owned()][..], &[0, 1, 0][..])
        );
    }

    #[test]
    fn labels_are_found_next_to_the_posts_or_one_folder_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("a/in")).unwrap();
        fs::create_dir_all(path("b")).unwrap();
        let files =
            |names: &[&str]| names.iter().map(|name| Input::File(path(name))).collect::<Vec<_>>();
        assert!(find_labels(&files(&["a/in/x"])).unwrap_err().contains("--labels FILE"));
        assert!(find_labels(&[Input::Stdin]).unwrap_err().contains("--labels FILE"));
        fs::write(path("a/labels.yaml"), "").unwrap();
        let above = find_labels(&files(&["a/in/x", "a/y", "a/in/z"])).unwrap();
        assert_eq!(above.canonicalize().unwrap(), path("a/labels.yaml").canonicalize().unwrap());
        fs::write(path("b/labels.yaml"), "").unwrap();
        assert!(
            find_labels(&files(&["a/y", "b/y"])).unwrap_err().contains("choose one with --labels")
        );
        fs::write(path("a/in/labels.yaml"), "").unwrap();
        assert_eq!(find_labels(&files(&["a/in/x"])).unwrap(), path("a/in/labels.yaml"));
    }
}
