//! Which posts are explained: the first of some files, or those named by id or by `FILE:LINE`.

use crate::inputs;
use crate::term::say;
use std::path::{Path, PathBuf};
use tidegate_analysis::plain_id;
use tidegate_engine::lines::{Chunk, CutterSettings};
use tidegate_engine::post::{Batch, Plan, Record};
use tidegate_pipeline::{Format, Input, Sources, Stop};

/// A post of a file.
#[derive(Debug)]
pub struct Selected {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The id as JSON; `null` if there is none.
    pub id: String,
    /// The line as read.
    pub text: Vec<u8>,
}

/// What is wanted.
#[derive(Debug)]
pub struct Wanted<'w> {
    /// Files, or `FILE:LINE`.
    pub posts: &'w [PathBuf],
    /// Ids; empty: any.
    pub ids: &'w [String],
    /// Most posts of files whose lines and ids are not named.
    pub first: usize,
    /// How the files are read.
    pub format: Format,
}

/// The wanted posts, in the order of the files.
///
/// # Errors
///
/// A file that cannot be read, a line or an id that does not exist.
pub fn select(wanted: &Wanted<'_>, plan: &Plan) -> Result<Vec<Selected>, String> {
    let stop = Stop::new(None).map_err(|error| error.to_string())?;
    let mut selected: Vec<Selected> = Vec::new();
    for name in wanted.posts {
        let (path, line) = match place(name) {
            Some((path, line)) => (path, Some(line)),
            None => (name.clone(), None),
        };
        let before = selected.len();
        for input in inputs::expand(&[path])? {
            of_file(input, line, wanted, plan, &stop, &mut selected)?;
        }
        if let Some(line) = line
            && selected.len() == before
        {
            return Err(say!("{}: the file has no line {line}", name.display()));
        }
    }
    let missing = wanted.ids.iter().find(|id| !selected.iter().any(|post| is_id(&post.id, id)));
    match missing {
        Some(id) => Err(say!("no post has the id `{id}`; ids are at the pointer of --id")),
        None if selected.is_empty() => Err(say!("there are no posts to explain")),
        None => Ok(selected),
    }
}

/// `posts.jsonl:12`, if there is no file of that name.
fn place(name: &Path) -> Option<(PathBuf, u64)> {
    let (file, line) = name.to_str()?.rsplit_once(':')?;
    let line = line.parse().ok().filter(|line| *line > 0)?;
    (!name.exists() && Path::new(file).is_file()).then(|| (PathBuf::from(file), line))
}

fn of_file(
    input: Input,
    line: Option<u64>,
    wanted: &Wanted<'_>,
    plan: &Plan,
    stop: &Stop,
    selected: &mut Vec<Selected>,
) -> Result<(), String> {
    let file = input.to_string();
    let by_name = line.is_some() || !wanted.ids.is_empty();
    let sources = Sources::new(vec![input], CutterSettings::default(), false, stop.clone());
    let mut sources = sources.in_format(wanted.format);
    let (mut chunk, mut batch, mut before) = (Chunk::default(), Batch::default(), 0);
    let is_enough = |selected: &[Selected], before| match line {
        Some(line) => before >= line,
        None => !by_name && selected.len() >= wanted.first,
    };
    while !is_enough(selected, before) && sources.next(&mut chunk, &|| true) {
        plan.read(chunk.bytes(), chunk.is_unterminated(), &mut batch);
        for index in 0..batch.len() {
            let number = chunk.line() + index as u64;
            let id = id_of(&batch.record(chunk.bytes(), index));
            let is_wanted = match line {
                Some(line) => line == number,
                None if by_name => wanted.ids.iter().any(|wanted| is_id(id, wanted)),
                None => selected.len() < wanted.first,
            };
            if is_wanted {
                let text = chunk.bytes()[batch.line_span(index)].to_vec();
                selected.push(Selected {
                    file: file.clone(),
                    line: number,
                    id: id.to_owned(),
                    text,
                });
            }
        }
        before = chunk.line() - 1 + batch.len() as u64;
    }
    let report = sources.into_report();
    match report.refused.iter().chain(&report.errors).next() {
        Some(error) => Err(error.to_string()),
        None => Ok(()),
    }
}

fn id_of<'r>(record: &Record<'r>) -> &'r str {
    match record {
        Record::Post(post) => post.id(),
        Record::Skipped { id } | Record::Unreadable { id, .. } => id,
    }
}

/// Whether an id in JSON is `wanted`, as JSON or without quotes.
fn is_id(json: &str, wanted: &str) -> bool {
    json != "null" && (json == wanted || plain_id(json) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_engine::domain::field::Names;
    use tidegate_engine::post::Mapping;

    fn selected(
        posts: &[PathBuf],
        ids: &[&str],
        first: usize,
    ) -> Result<Vec<(u64, String)>, String> {
        let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let found = select(&Wanted { posts, ids: &ids, first, format: Format::default() }, &plan)?;
        Ok(found.into_iter().map(|post| (post.line, post.id)).collect())
    }

    #[test]
    fn posts_are_named_by_id_or_by_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("posts.jsonl");
        let line = |id: &str| format!("{{\"id\":{id},\"text\":\"x\"}}\n");
        let text = line("\"a\"") + &line("7") + "broken\n" + &line("\"b\\\"c\"");
        std::fs::write(&path, text).unwrap();
        let at = |line: &str| vec![PathBuf::from(format!("{}:{line}", path.display()))];
        let whole = vec![path.clone()];
        let found = |line: u64, id: &str| (line, id.to_owned());
        assert_eq!(selected(&whole, &[], 2).unwrap(), [found(1, "\"a\""), found(2, "7")]);
        assert_eq!(selected(&whole, &["7"], 1).unwrap(), [found(2, "7")]);
        assert_eq!(selected(&whole, &["b\"c", "a"], 1).unwrap().len(), 2);
        assert_eq!(selected(&at("3"), &[], 1).unwrap(), [found(3, "null")]);
        assert!(selected(&at("9"), &[], 1).unwrap_err().contains("no line 9"));
        // A line that is too long counts.
        let long = line(&format!("\"{}\"", "x".repeat(2 << 20))) + &line("1") + &line("2");
        std::fs::write(&path, long).unwrap();
        assert_eq!(selected(&at("3"), &[], 1).unwrap(), [found(3, "2")]);
        assert!(selected(&whole, &["z"], 1).unwrap_err().contains("no post has the id `z`"));
    }
}
