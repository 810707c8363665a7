//! Labelled rows for verbs that learn from them: which files, and what their labels mean.

use crate::corpus::{self, Corpus, CorpusArgs, set_name};
use crate::exit::Exit;
use crate::flags::{ColorArgs, MappingArgs, RuleArgs};
use crate::load::{self, Refusal};
use crate::plan::mapping_of;
use crate::term;
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tidegate_analysis::eval::Set;
use tidegate_analysis::labelled::{Reader, joint_mapping};
use tidegate_analysis::labels::{FILE_NAME, Labels};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::diagnostic::{Diagnostic, Source};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::limits::RULE_FILE_BYTES_MAX;
use tidegate_engine::post::Mapping;
use tidegate_pipeline::Input;

/// Which rows, and what their labels mean.
#[derive(Args, Debug)]
pub struct LabelledArgs {
    /// Files, folders or patterns of labelled posts; before them, packs of rules or folders
    /// of them
    ///
    /// A PATH that is a pack (*.rules.yaml), a folder with packs or a compiled rule set is read
    /// as with --rules.
    /// All others are posts, read as `scan` reads them: gzip and zstd are recognised, `-` is
    /// standard input. Each file is a set, called as it is without its endings; files of one
    /// name are one set.
    #[arg(value_name = "RULES|LABELLED", required = true)]
    pub paths: Vec<PathBuf>,
    /// What labels mean [default: labels.yaml beside the posts, or one folder up]
    #[arg(long, value_name = "FILE", long_help = LABELS_HELP)]
    pub labels: Option<PathBuf>,
    /// The weakest action that counts as found [default: as the file of labels has it, else
    /// flag]
    #[arg(long, value_name = "ACTION", value_enum)]
    pub positive: Option<Positive>,
}

/// What verbs that learn from labelled rows share besides: the rules that are held to them,
/// and how they are read.
#[derive(Args, Debug)]
pub struct HeldTo {
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub reading: CorpusArgs,
    #[command(flatten)]
    pub color: ColorArgs,
}

const LABELS_HELP: &str = "\
What labels mean [default: labels.yaml beside the posts, or one folder up]

  tidegate: 1
  kind: labels
  label: /label                # where a row says its label; this is the default
  positive: flag               # the weakest action that counts as found; the default
  labels:
    casino: gambling           # a category
    ad: [spam, clickbait]      # any of these is right
    ham: none                  # a harmless post
    unsure: ignore             # says nothing
  sets:                        # what differs, by name of the set or glob
    headlines: { fields: { title: /text } }       # judge the text as a title
    chat: { unlabelled: none, leave_out: [spam] } # rows without a label are harmless

`tidegate schema labels` prints the JSON Schema.";

/// An action that can count as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Positive {
    /// Marked, or more
    Flag,
    /// For review, or more
    Review,
    /// Withheld
    Block,
}

/// Rules, and sets of labelled rows to hold them to.
pub struct Labelled {
    /// Rules and policy.
    pub classifier: Classifier,
    /// What an author should look at.
    warnings: Vec<Diagnostic>,
    /// The file of the policy.
    pub policy: Arc<Source>,
    /// The sets, in the order their files were given.
    pub sets: Vec<Set>,
    /// By file, the number of its set.
    pub set_of: Vec<usize>,
    /// The files.
    pub corpus: Corpus,
}

impl Labelled {
    /// Builds everything, and shows what an author should look at.
    ///
    /// # Errors
    ///
    /// Something is wrong; it was said, with the way out.
    pub fn open(args: &LabelledArgs, held_to: &HeldTo) -> Result<Labelled, Exit> {
        held_to.color.color.set();
        let labelled = Labelled::new(args, held_to).map_err(|refusal| term::refuse(&refusal))?;
        labelled.show_warnings();
        Ok(labelled)
    }

    fn new(args: &LabelledArgs, held_to: &HeldTo) -> Result<Labelled, Refusal> {
        let HeldTo { rules, mapping, reading, .. } = held_to;
        let (packs, posts) = corpus::split_rules(&args.paths);
        let files = corpus::expand(&posts, "files of labelled posts")?;
        let mut labels = read_labels(args.labels.as_deref(), &files)?;
        if let Some(positive) = args.positive {
            labels.set_positive(positive.action());
        }
        let mapping = mapping_of(mapping).map_err(|error| error.to_string())?;
        let (names, set_of) = names_of(&files);
        let of_sets = names.iter().map(|name| labels.of_set(name));
        let joint = joint_mapping(&mapping, of_sets).map_err(|error| error.to_string())?;
        let rules = RuleArgs {
            rules: rules.rules.iter().chain(&packs).cloned().collect(),
            no_default_rules: rules.no_default_rules,
            policy: rules.policy.clone(),
        };
        let engine = load::build(&rules, &joint)?;
        let (policy, warnings) = (engine.policy_source().clone(), engine.warnings().to_vec());
        let (classifier, _) = engine.into_parts();
        let sets = sets(&names, &labels, &joint, &classifier)?;
        let corpus = Corpus::new(files, reading);
        Ok(Labelled { classifier, warnings, policy, sets, set_of, corpus })
    }

    /// Tells somebody who is looking of what may not be meant.
    fn show_warnings(&self) {
        if self.corpus.is_watched() {
            term::show(&self.warnings);
        }
    }
}

impl Positive {
    fn action(self) -> Action {
        match self {
            Positive::Flag => Action::Flag,
            Positive::Review => Action::Review,
            Positive::Block => Action::Block,
        }
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
    sets.map_err(|error| error.to_string())
}

/// The names of the sets, each once, and by file the number of its set.
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

fn read_labels(given: Option<&Path>, files: &[Input]) -> Result<Labels, Refusal> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => beside(files)?,
    };
    let name = path.display().to_string();
    let read = || {
        let bytes = path.metadata()?.len();
        if bytes > RULE_FILE_BYTES_MAX {
            let text = format!("{bytes} bytes, and labels have at most {RULE_FILE_BYTES_MAX}");
            return Err(std::io::Error::other(text));
        }
        fs::read_to_string(&path)
    };
    let text = read().map_err(|error| format!("{name}: {error}"))?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    Ok(Labels::parse(&Arc::new(Source { name, text }))?)
}

/// The file of labels in a folder of the posts, or in the folder above it.
fn beside(files: &[Input]) -> Result<PathBuf, String> {
    let mut found: Vec<PathBuf> = Vec::new();
    for file in files {
        let Input::File(path) = file else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        let above = folder.join("..");
        let near = [folder.join(FILE_NAME), above.join(FILE_NAME)];
        found.extend(near.into_iter().find(|path| path.is_file()));
    }
    let same = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    found.sort_by_key(same);
    found.dedup_by_key(|path| same(path));
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(format!(
            "nothing says what labels mean: give --labels FILE, or put {FILE_NAME} beside the \
             posts (eval --help shows one)"
        )),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.display().to_string()).collect();
            Err(format!("several files of labels: {}; choose with --labels", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_one_set() {
        let files = ["a/x.jsonl", "y.jsonl.gz", "b/x.jsonl.zst"];
        let files: Vec<Input> = files.iter().map(|file| Input::File(file.into())).collect();
        let (names, set_of) = names_of(&files);
        assert_eq!(
            (names.as_slice(), set_of.as_slice()),
            (&["x".to_owned(), "y".to_owned()][..], &[0, 1, 0][..])
        );
    }

    #[test]
    fn labels_are_found_beside_the_posts_or_above() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("a/in")).unwrap();
        fs::create_dir_all(path("b")).unwrap();
        let files =
            |names: &[&str]| names.iter().map(|name| Input::File(path(name))).collect::<Vec<_>>();
        assert!(beside(&files(&["a/in/x"])).unwrap_err().contains("--labels FILE"));
        assert!(beside(&[Input::Stdin]).unwrap_err().contains("--labels FILE"));
        fs::write(path("a/labels.yaml"), "").unwrap();
        let above = beside(&files(&["a/in/x", "a/y", "a/in/z"])).unwrap();
        assert_eq!(above.canonicalize().unwrap(), path("a/labels.yaml").canonicalize().unwrap());
        fs::write(path("b/labels.yaml"), "").unwrap();
        assert!(beside(&files(&["a/y", "b/y"])).unwrap_err().contains("choose with --labels"));
        fs::write(path("a/in/labels.yaml"), "").unwrap();
        assert_eq!(beside(&files(&["a/in/x"])).unwrap(), path("a/in/labels.yaml"));
    }
}
