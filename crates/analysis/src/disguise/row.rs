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
    /// Those of them that the way changes.
    pub changed: u64,
    /// Those of `flagged` that are flagged when disguised, too.
    pub kept: u64,
    /// `kept` of `flagged`.
    pub recall_kept: Option<Rate>,
}

/// Counts of one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WayCounts {
    /// Rows that the way changes.
    pub changed: u64,
    /// Rows that are flagged when disguised.
    pub kept: u64,
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

    /// Judges `post` disguised in each way; `counts` are by way.
    pub(crate) fn count(
        &self,
        classifier: &Classifier,
        post: &Post<'_>,
        set: &SetLabels,
        scratch: &mut Scratch,
        counts: &mut Vec<WayCounts>,
    ) {
        counts.resize(self.ways.len(), WayCounts::default());
        let chunk = self.lines(classifier.rules().names(), post, counts);
        let mut batch = Batch::default();
        self.plan.read(&chunk, false, &mut batch);
        classifier.scan(&chunk, &batch, scratch);
        for (way, counts) in counts.iter_mut().enumerate() {
            if let Record::Post(post) = batch.record(&chunk, way) {
                let verdict = classifier.judge(&post, way, scratch);
                let (_, action) = crate::eval::found(classifier, &post, &verdict, set);
                counts.kept += u64::from(action > Action::Allow);
            }
        }
    }

    /// The post disguised in each way, as lines; counts the ways that change it.
    fn lines(&self, names: &Names, post: &Post<'_>, counts: &mut [WayCounts]) -> Vec<u8> {
        let mut values = Map::new();
        for (number, name) in names.metas().iter().enumerate() {
            let value = post.meta(MetaId(number as u16));
            if let Some(value) = value.and_then(|raw| serde_json::from_str::<Value>(raw).ok()) {
                values.insert(name.clone(), value);
            }
        }
        let mut chunk = Vec::new();
        let text = |text: TextRef<'_>| (names.field_name(text.field), shown(text));
        let plain: Vec<(&str, String)> = post.texts().map(text).collect();
        for (way, counts) in self.ways.iter().zip(counts) {
            let disguise = |(field, text): &(_, String)| (*field, way.disguise(text, post.id()));
            let disguised: Vec<(&str, String)> = plain.iter().map(disguise).collect();
            counts.changed += u64::from(disguised != plain);
            let texts = disguised.iter().map(|(field, text)| (*field, text.as_str()));
            chunk.extend_from_slice(post_line(texts, &values).as_bytes());
            chunk.push(b'\n');
        }
        chunk
    }

    /// The counts of [`Disguiser::count`] for `flagged` rows, as rates.
    pub(crate) fn report(&self, flagged: u64, counts: &[WayCounts]) -> Vec<WayReport> {
        let counts = counts.iter().copied().chain(std::iter::repeat(WayCounts::default()));
        let report = |(way, WayCounts { changed, kept }): (&Way, WayCounts)| WayReport {
            way: way.to_string(),
            flagged,
            changed,
            kept,
            recall_kept: Proportion::new(kept, flagged).rate(),
        };
        self.ways.iter().zip(counts).map(report).collect()
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
