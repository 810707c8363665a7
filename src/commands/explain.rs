//! `explain`: a text, and everything that led to its verdict.

mod annotated_text;
mod plan;
mod sections;
mod select;
#[cfg(feature = "state")]
mod stored;
mod tree;

use crate::exit::Exit;
use crate::files::own_command;
use crate::flags::{ColorArgs, HtmlPageArgs, InputArgs, MappingArgs, RuleArgs};
use crate::load;
use crate::outputs::{OutputCheck, replace};
use crate::start_error::StartError;
use crate::term;
use crate::term::layout::Layout;
use crate::term::say;
use clap::Args;
use select::{Selected, Wanted, select};
use serde_json::{Map, Value, json};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use tidegate_analysis::explain::{Explanation, PostReport, explain, render_page};
use tidegate_analysis::plain_id;
use tidegate_analysis::post_line;
use tidegate_engine::classifier::Classifier;
use tidegate_engine::domain::ids::RuleIx;
use tidegate_engine::domain::limits::LINE_BYTES_MAX_LIMIT;
use tidegate_engine::message::{Message, message};
use tidegate_engine::output::json::push_value;
use tidegate_engine::post::{Batch, Mapping, Plan, Record};
use tidegate_engine::rules::source::suggest;
use tidegate_messages::Language;

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
#[cfg_attr(
    feature = "state",
    command(
        mut_arg("author", stored::author),
        mut_arg("channel", stored::channel),
        mut_arg("post", stored::post)
    )
)]
pub struct ExplainArgs {
    /// Text to explain; without it, or with `-`, read from standard input
    #[arg(value_name = "TEXT", conflicts_with_all = ["post", "posts", "plan"])]
    pub content: Option<String>,
    /// Headline of TEXT
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["post", "posts"])]
    pub headline: Option<String>,
    /// A complete post as a JSON object; `-` reads it from standard input
    ///
    /// The field mapping flags apply to it.
    #[arg(long, value_name = "JSON", conflicts_with = "posts")]
    pub post: Option<String>,
    /// Explain the first posts of a file, or the post in a line of it (repeatable)
    #[arg(long, value_name = "FILE|FILE:LINE")]
    pub posts: Vec<PathBuf>,
    /// Of --posts, explain the posts with this id (repeatable)
    #[arg(long, value_name = "ID", requires = "posts")]
    pub post_id: Vec<String>,
    /// Number of posts to explain with --posts if no line and no id is named
    #[arg(long, value_name = "N", default_value_t = 10, requires = "posts")]
    pub first: usize,
    /// Also show this rule, even if it did not fire (repeatable)
    #[arg(long, value_name = "ID")]
    pub rule: Vec<String>,
    /// Instead of a post, explain how this rule is found: what must be in a post before the rule is
    /// looked at, and how often that is expected
    #[arg(long, value_name = "ID", conflicts_with_all = ["headline", "post", "posts", "rule", "against", "html"])]
    pub plan: Option<String>,
    /// Also explain with these old rules, and show what is different now: a pack, a folder of packs,
    /// or `embedded` for the embedded rules alone
    ///
    /// As with --rules, they are used together with the embedded rules, unless --no-default-rules is
    /// given.
    #[arg(long, value_name = "OLD")]
    pub against: Option<PathBuf>,
    /// Show everything; without it, a long explanation omits conditions and views
    #[arg(long, conflicts_with_all = ["json", "html"])]
    pub full: bool,
    /// Print one JSON object per post
    #[arg(long)]
    pub json: bool,
    /// Write an HTML page instead of text
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub html: Option<PathBuf>,
    #[cfg(feature = "state")]
    #[command(flatten)]
    stored: stored::StoredArgs,
    #[command(flatten)]
    pub page: HtmlPageArgs,
    #[command(flatten)]
    pub color: ColorArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
}

const AFTER_HELP: &str = "\
Examples:
  tidegate explain '新人大水，加 V.信 abc12345'
  tidegate explain --headline \"You won't believe this\" 'Ten photos.'
  tidegate explain --rule gambling.zh.game-contact '真人娱乐'
  tidegate explain --plan spam.en.offer-plain
  tidegate explain --preset mastodon --post - < status.json
  tidegate explain --posts posts.jsonl:12 --full
  tidegate explain --posts posts.jsonl --post-id 1042
  tidegate explain --posts posts.jsonl --rules new/ --against old/ --html why.html
  tidegate explain --state city.db --author u9";

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Exit {
    args.color.apply();
    #[cfg(feature = "state")]
    if let Some(state) = &args.stored.state {
        let (ids, post) = (args.mapping.as_ids(), args.post.as_deref());
        return args.stored.run(&stored::Named { state, ids, post }, args.json);
    }
    if let Some(rule) = &args.plan {
        return match explain_plan(args, rule) {
            Ok(text) => term::print(text.as_bytes()),
            Err(error) => term::refuse(&error),
        };
    }
    let posts = check_output(args).map_err(StartError::Usage).and_then(|()| explain_posts(args));
    let posts = match posts {
        Ok(posts) => posts,
        Err(error) => return term::refuse(&error),
    };
    if let Some(path) = &args.html {
        return write_page(&posts, path, args.page.language());
    }
    if args.json {
        return term::print(&posts.iter().flat_map(json).collect::<Vec<u8>>());
    }
    let mut layout = Layout::new(term::columns(), term::is_stdout_colored());
    for (at, post) in posts.iter().enumerate() {
        if at > 0 {
            layout.gap();
        }
        sections::write_post(&mut layout, post, args.full);
    }
    term::print(layout.text().as_bytes())
}

/// Rejects a page that would replace what is read.
fn check_output(args: &ExplainArgs) -> Result<(), String> {
    let Some(page) = &args.html else { return Ok(()) };
    let mut check = OutputCheck::default();
    check.reads_arguments(&args.posts, &say!("an input"));
    check.reads_rules(&args.rules.rules);
    check.reads_rules(args.against.as_slice());
    check.reads_policy(args.rules.policy.as_deref());
    check.writes(page, "--html")
}

/// How a rule is found, as text or JSON.
fn explain_plan(args: &ExplainArgs, name: &str) -> Result<String, StartError> {
    let (classifier, _) = load::build(&args.rules, &mapping(args)?)?.into_parts();
    let rule = rule(&classifier, name)?;
    Ok(match args.json {
        true => plan::json(classifier.rules(), rule),
        false => plan::text(classifier.rules(), rule),
    })
}

fn write_page(posts: &[PostReport], path: &Path, language: Language) -> Exit {
    let text = render_page(posts, &own_command(), language).map_err(io::Error::other);
    let written = text.and_then(|text| replace(path, text.as_bytes()));
    match written {
        Ok(()) => Exit::Complete,
        Err(error) => {
            term::error(&say!("cannot write to {}: {error}", path.display()));
            Exit::Io
        }
    }
}

/// A rule set, its field mapping, and the rules to show in any case.
struct Side {
    name: Message,
    classifier: Classifier,
    plan: Plan,
    requested: Vec<RuleIx>,
}

fn explain_posts(args: &ExplainArgs) -> Result<Vec<PostReport>, StartError> {
    let mapping = mapping(args)?;
    let sides = sides(args, &mapping)?;
    let is_alone = args.posts.is_empty();
    let mut posts = Vec::new();
    for post in selected(args, &sides[0].plan)? {
        let of_side = |side: &Side| {
            let explanation = explain(&side.classifier, &side.plan, &post.text, &side.requested);
            (side.name.clone(), explanation.map_err(|why| why.message()))
        };
        let sides: Vec<_> = sides.iter().map(of_side).collect();
        if is_alone && let Some((_, Err(why))) = sides.first() {
            return Err(StartError::Usage(say!("not a post: {why}")));
        }
        let place = (!is_alone).then_some((post.file, post.line));
        let id = (post.id != "null").then_some(post.id);
        posts.push(PostReport { title: title(id.as_deref(), place.as_ref()), id, place, sides });
    }
    Ok(posts)
}

/// `post 1042, posts.jsonl:12`.
fn title(id: Option<&str>, place: Option<&(String, u64)>) -> Message {
    let place = place.map(|(file, line)| format!("{file}:{line}"));
    match (id.map(plain_id), place) {
        (Some(id), Some(place)) => message!("post {id}, {place}"),
        (None, Some(place)) => message!("post without an id, {place}"),
        (Some(id), None) => message!("post {id}"),
        (None, None) => message!("this post"),
    }
}

fn sides(args: &ExplainArgs, mapping: &Mapping) -> Result<Vec<Side>, StartError> {
    let mut built = vec![(message!("these rules"), load::build(&args.rules, mapping)?)];
    if let Some(path) = &args.against {
        let RuleArgs { rules, no_default_rules, policy, .. } = &args.rules;
        built[0].0 = match rules.as_slice() {
            [] => Message::verbatim("embedded"),
            some => {
                let names: Vec<String> = some.iter().map(|it| it.display().to_string()).collect();
                Message::verbatim(names.join(" + "))
            }
        };
        let old = RuleArgs::new(vec![path.clone()], *no_default_rules, policy.clone());
        // The old rules first: differences are read from left to right.
        built.insert(
            0,
            (Message::verbatim(path.display().to_string()), load::build(&old, mapping)?),
        );
    }
    let mut unknown: Vec<(String, usize)> = Vec::new();
    let mut sides = Vec::new();
    for (name, built) in built {
        let (classifier, plan) = built.into_parts();
        load::note_composition(&term::say(&name), classifier.rules());
        let mut requested = Vec::new();
        for id in &args.rule {
            match rule(&classifier, id) {
                Ok(rule) => requested.push(rule),
                Err(why) => match unknown.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, count)) => *count += 1,
                    None => unknown.push((why, 1)),
                },
            }
        }
        sides.push(Side { name, classifier, plan, requested });
    }
    // A rule that one of the sets has may be missing in the other.
    match unknown.into_iter().find(|(_, count)| *count == sides.len()) {
        Some((why, _)) => Err(StartError::Usage(why)),
        None => Ok(sides),
    }
}

/// The posts to explain. The one of a TEXT or of --post has no file.
fn selected(args: &ExplainArgs, plan: &Plan) -> Result<Vec<Selected>, String> {
    if args.posts.is_empty() {
        let text = line(args)?.into_bytes();
        let mut batch = Batch::default();
        plan.read(&text, false, &mut batch);
        let id = match batch.is_empty() {
            true => "null".to_owned(),
            false => match batch.record(&text, 0) {
                Record::Post(post) => post.id().to_owned(),
                _ => "null".to_owned(),
            },
        };
        return Ok(vec![Selected { file: String::new(), line: 0, id, text }]);
    }
    let format = args.input.format(&args.mapping);
    select(&Wanted { posts: &args.posts, ids: &args.post_id, first: args.first, format }, plan)
}

/// The field mapping of `--post` and `--posts`. A TEXT argument uses the default mapping.
fn mapping(args: &ExplainArgs) -> Result<Mapping, String> {
    let mapping = args.mapping.to_mapping().map_err(|error| term::say(error.message()));
    if args.post.is_some() || !args.posts.is_empty() {
        return mapping;
    }
    if mapping.is_ok_and(|mapping| mapping == Mapping::default()) {
        return Ok(Mapping::default());
    }
    Err(say!(
        "field mapping flags require --post or --posts; use --headline for the headline of a TEXT"
    ))
}

/// The post as a line.
fn line(args: &ExplainArgs) -> Result<String, String> {
    if let Some(post) = &args.post {
        let post =
            if post == "-" { standard_input(&say!("a post as JSON"))? } else { post.clone() };
        // A line break in JSON is white space, but would end the line.
        return Ok(post.trim().replace(['\n', '\r'], " "));
    }
    let text = match args.content.as_deref() {
        None if args.headline.is_some() => String::new(),
        None | Some("-") => standard_input(&say!("a text"))?,
        Some(text) => text.to_owned(),
    };
    let headline = args.headline.as_deref().map(|headline| ("title", headline));
    Ok(post_line(headline.into_iter().chain([("text", text.as_str())]), &Map::new()))
}

/// All of standard input. Invalid UTF-8 is replaced, as in a scan.
fn standard_input(what: &str) -> Result<String, String> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(say!("nothing to explain: give {what}, or pipe it to standard input"));
    }
    let mut bytes = Vec::new();
    let limit = LINE_BYTES_MAX_LIMIT as u64;
    let read = input.lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| say!("cannot read standard input: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(say!("standard input is longer than {limit} bytes"));
    }
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// The rule with this id or alias.
fn rule(classifier: &Classifier, name: &str) -> Result<RuleIx, String> {
    let rules = classifier.rules().rules();
    if let Some(rule) = classifier.rules().find_rule(name) {
        return Ok(rule);
    }
    if let Some(at) = classifier.rules().find_correlation(name) {
        let kind = classifier.rules().correlations()[at].kind.name();
        return Err(say!(
            "`{name}` counts other rules over several posts ({kind}): no single post fires it; name one of its rules"
        ));
    }
    let near = suggest::nearest(name, rules.iter().map(|rule| rule.id.as_str()));
    let help = near.map_or(String::new(), |near| say!("; did you mean `{near}`?"));
    Err(say!("no rule has the id `{name}`{help}"))
}

/// One line of JSON, escaped for terminals: the explanation, or one per rule set.
fn json(post: &PostReport) -> Vec<u8> {
    let one = |explanation: &Result<Explanation, Message>| {
        let value = match explanation {
            Ok(explanation) => serde_json::to_value(explanation).unwrap_or_default(),
            Err(why) => json!({ "error": why }),
        };
        let mut object = Map::new();
        if let Some(id) = &post.id {
            object.insert("id".to_owned(), serde_json::from_str(id).unwrap_or_default());
        }
        if let Some((file, line)) = &post.place {
            object.insert("file".to_owned(), json!(file));
            object.insert("line".to_owned(), json!(line));
        }
        if let Value::Object(explanation) = value {
            object.extend(explanation);
        }
        Value::Object(object)
    };
    let value = match post.sides.as_slice() {
        [(_, explanation)] => one(explanation),
        sides => sides
            .iter()
            .map(|(name, explanation)| json!({ "rules": name, "told": one(explanation) }))
            .collect(),
    };
    let text = value.to_string();
    let mut out = Vec::with_capacity(text.len() + 1);
    push_value(&mut out, &text);
    out.push(b'\n');
    out
}
