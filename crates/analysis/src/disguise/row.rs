//! Disguised posts, judged: which of them are still flagged.

use super::way::Way;
use crate::labels::SetLabels;
use crate::post_line::{plain_plan, post_line};
use crate::statistics::{Proportion, Rate};
use serde::Serialize;
use serde_json::{Map, Value};
use tidegate_engine::classifier::{Classifier, Scratch};
use tidegate_engine::domain::action::Action;
use tidegate_engine::domain::field::{MetaId, Names};
use tidegate_engine::html;
use tidegate_engine::post::{Batch, MappingError, Plan, Post, Record, TextRef};

/// How many rows one way leaves flagged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WayReport {
    /// The way, as [`Way::parse`] reads it.
    pub way: String,
    /// Rows that are flagged as they are: those with any action above `allow`.
    pub flagged: u64,
    /// Those of them that are flagged when disguised, too.
    pub kept: u64,
    /// `kept` of `flagged`.
    pub recall_kept: Option<Rate>,
}

/// Disguises posts in several ways. Immutable, shared by all workers.
#[derive(Debug)]
pub struct Disguiser {
    ways: Vec<Way>,
    plan: Plan,
}

impl Disguiser {
    /// A disguiser for posts that are judged by rules with these `names`.
    ///
    /// # Errors
    ///
    /// A path in a condition that a JSON line cannot contain.
    pub fn new(ways: Vec<Way>, names: &Names) -> Result<Disguiser, MappingError> {
        Ok(Disguiser { ways, plan: plain_plan(names)? })
    }

    /// Judges `post` disguised in each way; counts in `kept`, by way, where it is flagged.
    pub(crate) fn count(
        &self,
        classifier: &Classifier,
        post: &Post<'_>,
        set: &SetLabels,
        scratch: &mut Scratch,
        kept: &mut Vec<u64>,
    ) {
        kept.resize(self.ways.len(), 0);
        let chunk = self.lines(classifier.rules().names(), post);
        let mut batch = Batch::default();
        self.plan.read(&chunk, false, &mut batch);
        classifier.scan(&chunk, &batch, scratch);
        for (way, kept) in kept.iter_mut().enumerate() {
            if let Record::Post(post) = batch.record(&chunk, way) {
                let verdict = classifier.judge(&post, way, scratch);
                let (_, action) = crate::eval::found(classifier, &post, &verdict, set);
                *kept += u64::from(action > Action::Allow);
            }
        }
    }

    /// The post disguised in each way, as lines.
    fn lines(&self, names: &Names, post: &Post<'_>) -> Vec<u8> {
        let mut values = Map::new();
        for (number, name) in names.metas().iter().enumerate() {
            let value = post.meta(MetaId(number as u16));
            if let Some(value) = value.and_then(|raw| serde_json::from_str::<Value>(raw).ok()) {
                values.insert(name.clone(), value);
            }
        }
        let mut chunk = Vec::new();
        for way in &self.ways {
            let disguised: Vec<(&str, String)> = post
                .texts()
                .map(|text| (names.field_name(text.field), way.disguise(&shown(text), post.id())))
                .collect();
            let texts = disguised.iter().map(|(field, text)| (*field, text.as_str()));
            chunk.extend_from_slice(post_line(texts, &values).as_bytes());
            chunk.push(b'\n');
        }
        chunk
    }

    /// The counts of [`Disguiser::count`] for `flagged` rows, as rates.
    pub(crate) fn report(&self, flagged: u64, kept: &[u64]) -> Vec<WayReport> {
        let kept = kept.iter().copied().chain(std::iter::repeat(0));
        let report = |(way, kept): (&Way, u64)| WayReport {
            way: way.to_string(),
            flagged,
            kept,
            recall_kept: Proportion::new(kept, flagged).rate(),
        };
        self.ways.iter().zip(kept).map(report).collect()
    }
}

/// The text that a reader sees, and that an evader writes.
fn shown(text: TextRef<'_>) -> String {
    if text.html {
        html::pieces(text.text).map(|(character, _)| character).collect()
    } else {
        text.text.to_owned()
    }
}
