//! `state forget`: removes an author or a post.

use crate::state_file::{LookError, OpenState};
use crate::term;
use crate::term::say;
use std::path::Path;
use tidegate_state::look::post_ids;
use tidegate_state::store::{Forgotten, StateFile};

/// Removes an author or a post from the file at `path`; the counts, as text or JSON.
pub fn run(
    path: &Path,
    author: Option<&str>,
    post: Option<&str>,
    is_human: bool,
) -> Result<Vec<u8>, LookError> {
    // A file that is missing is created by the next line but one.
    let state = OpenState::open(path)?;
    let post = post.map(|argument| id_of(&state, argument)).transpose()?;
    drop(state);
    let mut file = StateFile::open(path).map_err(|error| term::say(&error.at(path)))?;
    let counts = match (author, &post) {
        (Some(author), _) => file.forget_author(author)?,
        (None, Some(post)) => file.forget_post(post)?,
        (None, None) => Forgotten::default(),
    };
    Ok(if is_human { text(&counts).into_bytes() } else { term::json_line(&counts) })
}

/// The id (JSON) of the post: one that is kept, or what is written. A post that is not kept may be
/// named by campaigns and cases.
fn id_of(state: &OpenState, argument: &str) -> Result<String, LookError> {
    let known = state.look()?.post(argument)?;
    Ok(known.unwrap_or_else(|_| post_ids(argument).remove(0)))
}

fn text(counts: &Forgotten) -> String {
    if counts.is_empty() {
        return say!("nothing to forget; the log says that it was looked for\n");
    }
    let Forgotten { authors, posts, samples, singles, entries, groups, cases, reports, reporters } =
        counts;
    say!(
        "removed: {authors} authors, {posts} posts, {samples} texts of campaigns, {singles} single texts, {groups} groups of correlations, {cases} cases, {reports} reports, {reporters} readers; {entries} texts of campaigns no longer name post and author\n"
    )
}
