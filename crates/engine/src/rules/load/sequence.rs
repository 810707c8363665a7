//! Tests of correlations: sequences of posts.

use super::draft::Draft;
use crate::domain::limits::TIMESPAN_MAX;
use crate::message::{Message, message};
use crate::rules::model::{PostSequence, SequencePost};
use crate::rules::source::duration;
use crate::rules::source::schema::{self, Text};
use crate::rules::source::yaml::At;
use serde_json::Value;

/// What a post of a sequence says in addition to its texts.
#[derive(Default)]
struct Extra {
    at: Option<Text>,
    author: Option<Text>,
    channel: Option<Text>,
}

impl Extra {
    /// Takes the keys that only sequences have from the texts.
    fn take_from(example: &mut schema::Example) -> Extra {
        let mut extra = Extra::default();
        let schema::Example::Keys(body) = example else { return extra };
        let texts = std::mem::take(&mut body.texts);
        for (name, value) in texts {
            match name.value.as_str() {
                "at" => extra.at = Some(value),
                "author" => extra.author = Some(value),
                "channel" => extra.channel = Some(value),
                _ => body.texts.push((name, value)),
            }
        }
        extra
    }
}

impl Draft {
    /// The sequences of a correlation. Single examples are for rules.
    pub fn sequences(&mut self, pack: usize, written: Vec<At<schema::Test>>) -> Vec<PostSequence> {
        let mut sequences = Vec::with_capacity(written.len());
        for At { value, range } in written {
            let at = At { value: (), range };
            match value {
                schema::Test::Sequence(posts) if !posts.0.is_empty() => {
                    let place = Some(self.packs[pack].place(&at));
                    sequences.push(PostSequence { posts: self.posts(pack, posts.0), place });
                }
                schema::Test::Sequence(_)
                    if !self.packs[pack].is_complete_around(at.range.start) => {}
                schema::Test::Sequence(_) => {
                    self.refuse_test(pack, &at, message!("a sequence needs at least one post"));
                }
                schema::Test::Example(_) => {
                    let message =
                        message!("a rule with `correlate` is tested by sequences of posts");
                    self.refuse_test(pack, &at, message);
                }
            }
        }
        sequences
    }

    fn refuse_test<T>(&mut self, pack: usize, at: &At<T>, message: Message) {
        let error = self.packs[pack].error(at, "bad_value", message);
        self.diagnostics.push(
            error.help(message!("write `hit: [[{{ text: …, at: 0s }}, {{ text: …, at: 5m }}]]`")),
        );
    }

    fn posts(&mut self, pack: usize, written: Vec<At<schema::Example>>) -> Vec<SequencePost> {
        let mut posts = Vec::with_capacity(written.len());
        for mut example in written {
            let extra = Extra::take_from(&mut example.value);
            self.check_extra(pack, &example);
            let here = At { value: (), range: example.range.clone() };
            let at = self.time(pack, extra.at.as_ref(), &here, posts.is_empty());
            let mut example = self.example(pack, example);
            let values = [("author.id", extra.author), ("channel", extra.channel)];
            for (path, value) in values {
                let Some(value) = value else { continue };
                example.post.insert(path.to_owned(), Value::from(value.value));
            }
            posts.push(SequencePost { example, at });
        }
        posts
    }

    /// Refuses keys that have no meaning in a sequence: what a single rule scores is tested there.
    fn check_extra(&mut self, pack: usize, example: &At<schema::Example>) {
        let schema::Example::Keys(body) = &example.value else { return };
        let at = At { value: (), range: example.range.clone() };
        let keys = [
            ("score", body.score.is_some()),
            ("view", body.view.is_some()),
            ("post.created_at", body.post.contains_key("created_at")),
        ];
        for (key, _) in keys.into_iter().filter(|(_, is_written)| *is_written) {
            let message = message!("`{key}` has no meaning in a sequence");
            let error = self.packs[pack].error(&at, "unknown_key", message);
            let help = match key {
                "post.created_at" => message!("write `at:`, the time since the first post"),
                _ => message!("test it in the rule that finds the post"),
            };
            self.diagnostics.push(error.help(help));
        }
    }

    /// The seconds since the first post, which may leave them out.
    fn time(&mut self, pack: usize, written: Option<&Text>, post: &At<()>, is_first: bool) -> i64 {
        let Some(written) = written else {
            if !is_first {
                let message = message!("the key `at` is missing");
                let error = self.packs[pack].error(post, "missing_key", message);
                self.diagnostics.push(
                    error.help(message!("write the time since the first post, such as `at: 5m`")),
                );
            }
            return 0;
        };
        match duration::seconds(&written.value) {
            Some(seconds) if is_first && seconds != 0 => {
                let message = message!("times are since the first post, which is at `0s`");
                let error = self.packs[pack].error(written, "bad_value", message);
                self.diagnostics.push(error.help(message!("write `at: 0s`")));
                0
            }
            Some(seconds) if seconds > TIMESPAN_MAX => {
                self.refuse_long(pack, written);
                0
            }
            Some(seconds) => seconds,
            None => {
                self.refuse_duration(pack, written);
                0
            }
        }
    }

    /// Reports a duration over a year.
    pub fn refuse_long(&mut self, pack: usize, written: &Text) {
        let days = TIMESPAN_MAX / 86_400;
        let message = message!("`{}` is longer than {days} days", written.value);
        let error = self.packs[pack].error(written, "too_large", message);
        self.diagnostics.push(error.help(message!("write at most `{days}d`")));
    }

    /// Reports what is no duration.
    pub fn refuse_duration(&mut self, pack: usize, written: &Text) {
        let message = message!("`{}` is not a duration", written.value);
        let error = self.packs[pack].error(written, "bad_value", message);
        self.diagnostics.push(
            error.help(message!(
                "write a number with a unit, such as `90s`, `10m`, `1h30m` or `7d`"
            )),
        );
    }
}
