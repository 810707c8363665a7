//! `explain --state`: why an author or a channel is at a step, and what is known of a post.

mod human;

use crate::exit::Exit;
use crate::state_file::{LookError, OpenState, print, unknown};
use crate::term;
use crate::term::layout::Layout;
use crate::term::say;
use clap::{Arg, Args};
use std::path::{Path, PathBuf};
use tidegate_engine::message::message;
use tidegate_state::look::{Look, Unknown};

/// Arguments of `explain` that name a state file.
#[derive(Args, Debug)]
pub struct StoredArgs {
    /// Explain an author, a post or a channel of this state file instead of a text: with --author ID,
    /// --post ID or --channel ID
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "content", "headline", "posts", "rule", "plan", "against", "full", "html", "rules",
        "no_default_rules", "policy",
    ])]
    pub state: Option<PathBuf>,
    /// With --state, the measures of the run: names of steps, half-life [default: built-in values]
    #[arg(long, value_name = "FILE", requires = "state")]
    pub measures: Option<PathBuf>,
}

/// `--author`, with what it means for a state file.
pub fn author(argument: Arg) -> Arg {
    let help = "Author id [default: /author/id]; with --state, the author to explain";
    argument.value_name("POINTER|ID").help(help)
}

/// `--channel`, with what it means for a state file.
pub fn channel(argument: Arg) -> Arg {
    let help =
        "Channel, used by policies [default: /channel]; with --state, the channel to explain";
    argument.value_name("POINTER|ID").help(help)
}

/// `--post`, with what it means for a state file.
pub fn post(argument: Arg) -> Arg {
    let help = "A complete post as a JSON object; `-` reads it from standard input. With --state, the id of a post";
    let long = format!("{help}\n\nThe field mapping flags apply to it.");
    argument.value_name("JSON|ID").help(help).long_help(long)
}

/// What is explained.
enum Subject<'a> {
    Author(&'a str),
    Post(&'a str),
    Channel(&'a str),
}

/// What is named.
pub struct Named<'a> {
    /// The state file.
    pub state: &'a Path,
    /// The values of `--author` and `--channel`; `None` if other flags of the mapping are given.
    pub ids: Option<(&'a [String], &'a [String])>,
    /// The value of `--post`.
    pub post: Option<&'a str>,
}

impl StoredArgs {
    /// Explains what is named, as text or JSON.
    pub fn run(&self, named: &Named<'_>, is_json: bool) -> Exit {
        print(named.state, explain(named, &self.measures, is_json))
    }
}

fn explain(
    named: &Named<'_>,
    measures: &Option<PathBuf>,
    is_json: bool,
) -> Result<Vec<u8>, LookError> {
    let subject = subject(named)?;
    let state = OpenState::with_measures(named.state, measures)?;
    let look = state.look()?;
    let mut layout = Layout::new(term::columns(), term::is_stdout_colored());
    let json = match subject {
        Subject::Author(id) => match look.author_reasons(id)? {
            Some(reasons) => {
                human::author(&mut layout, &reasons);
                term::json_line(&reasons)
            }
            None => return Err(no_author(&look, id)?),
        },
        Subject::Post(argument) => {
            let id = look.post(argument)?.map_err(|near| no_post(argument, &near))?;
            let reasons = look.post_reasons(&id)?;
            let nothing = Unknown { near: None };
            let reasons = reasons.ok_or_else(|| no_post(argument, &nothing))?;
            human::post(&mut layout, &reasons);
            term::json_line(&reasons)
        }
        Subject::Channel(id) => match look.channel_reasons(id)? {
            Some(reasons) => {
                human::channel(&mut layout, &reasons);
                term::json_line(&reasons)
            }
            None => {
                let near = look.check_channel(id)?.err().unwrap_or(Unknown { near: None });
                return Err(unknown(&message!("no channel is called `{id}`"), &near));
            }
        },
    };
    Ok(if is_json { json } else { layout.text().as_bytes().to_vec() })
}

fn subject<'a>(named: &Named<'a>) -> Result<Subject<'a>, String> {
    let Some((authors, channels)) = named.ids else {
        return Err(say!("--state reads no posts: field mapping flags have no effect on it"));
    };
    match (authors, channels, named.post) {
        ([author], [], None) => Ok(Subject::Author(author)),
        ([], [channel], None) => Ok(Subject::Channel(channel)),
        ([], [], Some(post)) => Ok(Subject::Post(post)),
        _ => Err(say!("--state needs one of --author ID, --post ID and --channel ID")),
    }
}

fn no_post(argument: &str, near: &Unknown) -> LookError {
    unknown(&message!("no post has the id `{argument}`"), near)
}

/// Authors are kept from the first points or reports on.
fn no_author(look: &Look<'_>, id: &str) -> Result<LookError, LookError> {
    Ok(match look.check_author(id)? {
        Ok(()) => {
            say!("author {id} has neither points nor reports, so there is nothing to explain")
                .into()
        }
        Err(near) => unknown(&message!("no author with points or reports is called `{id}`"), &near),
    })
}
