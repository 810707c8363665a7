//! `init`: creates a folder with a small example rule set.
//!
//! Existing files are never overwritten: if one of the files exists, none is written.

use crate::commands::schema::{self, SchemaKind};
use crate::exit::Exit;
use crate::files::{quoted, write_new};
use crate::term;
use crate::term::say;
use clap::Args;
use std::path::{Path, PathBuf};

/// Arguments of `init`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct InitArgs {
    /// Folder; created if it does not exist
    #[arg(value_name = "DIR", default_value = "my-rules")]
    pub folder: PathBuf,
}

const AFTER_HELP: &str = "\
Writes a pack, a word list, a policy, labelled samples, and settings of editors (VS Code, Helix, \
Neovim) that check and complete rule files. Existing files are not overwritten.

Example: tidegate init my-rules";

/// Name of a file, and its contents in English and Chinese.
macro_rules! file {
    ($name:literal, $source:literal) => {
        ($name, include_str!(concat!("init/", $source)), include_str!(concat!("init/zh/", $source)))
    };
}

/// The settings of VS Code have no words.
const SETTINGS: &str = include_str!("init/settings.json");

/// Names and contents of the files, in English and Chinese, except the schemas.
const FILES: [(&str, &str, &str); 8] = [
    file!("first.rules.yaml", "first.rules.yaml"),
    file!("tickets.txt", "tickets.txt"),
    file!("first.policy.yaml", "first.policy.yaml"),
    file!("samples.jsonl", "samples.jsonl"),
    file!("labels.yaml", "labels.yaml"),
    (".vscode/settings.json", SETTINGS, SETTINGS),
    file!(".helix/languages.toml", "helix.toml"),
    file!(".nvim.lua", "nvim.lua"),
];

/// Names of the schemas for editors.
const SCHEMAS: [(&str, SchemaKind); 3] = [
    (".schema/pack.json", SchemaKind::Pack),
    (".schema/policy.json", SchemaKind::Policy),
    (".schema/labels.json", SchemaKind::Labels),
];

/// Runs the command.
pub fn run(args: &InitArgs) -> Exit {
    let folder = &args.folder;
    let schemas = SCHEMAS.map(|(name, of)| (name, schema::text(of)));
    let language = term::language();
    let own = FILES.map(|(name, english, chinese)| (name, language.pick(english, chinese)));
    let texts = own.into_iter().chain(schemas.iter().map(|(name, text)| (*name, text.as_str())));
    let files: Vec<(PathBuf, &str)> = texts.map(|(name, text)| (folder.join(name), text)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        let message =
            say!("{}: exists and is not overwritten; name another folder", path.display());
        term::error(&message);
        return Exit::CouldNotStart;
    }
    for (path, text) in &files {
        if let Err(error) = write_new(path, text) {
            term::error(&say!("{}: {error}", path.display()));
            return Exit::Io;
        }
    }
    term::print(summary(folder).as_bytes())
}

fn summary(folder: &Path) -> String {
    let mut text = format!("{}\n", term::printable(&folder.display().to_string()));
    let what = [
        ("first.rules.yaml", &say!("a pack with one rule and its tests")),
        ("tickets.txt", &say!("a word list used by the pack")),
        ("first.policy.yaml", &say!("a policy: which score leads to which action")),
        ("samples.jsonl", &say!("labelled posts")),
        ("labels.yaml", &say!("the meaning of the labels")),
    ];
    for (name, what) in what {
        text.push_str(&format!("  {name:<18}  {what}\n"));
    }
    let quote = |path: &Path| quoted(&path.to_string_lossy());
    let (samples, folder) = (quote(&folder.join("samples.jsonl")), quote(folder));
    text.push_str(&say!(
        "\nNext:\n  tidegate check {folder}\n  tidegate test {folder}\n  \
         tidegate eval --no-default-rules {folder} --policy first {samples}\n"
    ));
    text
}
