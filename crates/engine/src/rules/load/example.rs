//! Examples in tests: a post with its texts and values.

use super::draft::Draft;
use super::matcher::view;
use crate::domain::field::FieldId;
use crate::message::message;
use crate::rules::model::Example;
use crate::rules::source::schema;
use crate::rules::source::suggest;
use crate::rules::source::yaml::At;

impl Draft {
    /// One example. Unknown fields are errors.
    pub fn example(&mut self, pack: usize, written: At<schema::Example>) -> Example {
        let place = Some(self.packs[pack].place(&written));
        let body = match written.value {
            schema::Example::Text(text) => {
                return Example { texts: vec![(FieldId::TEXT, text)], place, ..Example::default() };
            }
            schema::Example::Keys(body) => *body,
        };
        let mut texts = Vec::with_capacity(body.texts.len());
        for (name, text) in body.texts {
            let known = self.names.fields().iter().position(|known| *known == name.value);
            if let Some(field) = known {
                texts.push((FieldId(field as u8), text.value));
                continue;
            }
            let keys = self.names.fields().iter().map(String::as_str);
            let help = suggest::help(&name.value, keys.chain(["post", "score", "view"]));
            let message = message!("unknown key `{}` in an example", name.value);
            self.diagnostics.push(self.packs[pack].error(&name, "unknown_key", message).help(help));
        }
        texts.sort_by_key(|(field, _)| *field);
        let score = body.score.map(|score| self.score(pack, &score));
        Example { texts, post: body.post, score, view: body.view.map(view), place }
    }
}
