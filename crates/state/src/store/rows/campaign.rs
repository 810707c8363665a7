//! Campaigns and their samples.

use super::{Binder, Cells, Row};
use crate::model::{Campaign, Distinct, Entry, Sample, TemplateRecord};
use crate::store::error::StoreError;
use crate::store::packed::{pack_distinct, pack_entries, unpack_distinct, unpack_entries};

/// A campaign without its samples, which are rows of their own.
impl Row for Campaign {
    const TABLE: &'static str = "campaign";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "number",
        "first",
        "last",
        "posts",
        "harmful",
        "weight",
        "reach",
        "authors",
        "channels",
        "acts_harmful",
        "acts_story",
        "ignored",
        "case_id",
        "reports",
        "template",
        "fixed_weight",
        "slots",
        "template_authors",
        "related",
        "hours",
        "entries",
        "listed",
        "author_set",
        "channel_set",
    ];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.id)?;
        to.number(self.number)?;
        to.put(self.first)?;
        to.put(self.last)?;
        for count in [self.posts, self.harmful, self.weight, self.reach] {
            to.number(count)?;
        }
        to.number(self.authors.count())?;
        to.number(self.channels.count())?;
        to.put(self.acts_harmful)?;
        to.put(self.acts_story)?;
        to.put(self.ignored.as_deref())?;
        to.put(self.case.as_deref())?;
        to.put(self.reports)?;
        to.put(self.template.as_ref().map(|template| template.text.as_str()))?;
        to.put(self.template.as_ref().map(|template| template.fixed_weight))?;
        to.json(&self.template.as_ref().map(|template| &template.slots))?;
        to.number(self.template_authors)?;
        to.json(&self.related)?;
        to.json(&self.hours.iter().collect::<Vec<_>>())?;
        to.put(pack_entries(self.entries.iter()))?;
        to.json(&self.entries.iter().map(|entry| entry.listed).collect::<Vec<_>>())?;
        to.put(pack_distinct(&self.authors))?;
        to.put(pack_distinct(&self.channels))
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Campaign, StoreError> {
        let mut campaign = Campaign {
            id: from.string()?,
            number: from.number()?,
            first: from.int()?,
            last: from.int()?,
            posts: from.number()?,
            harmful: from.number()?,
            weight: from.number()?,
            reach: from.number()?,
            authors: Distinct::Exact(Vec::new()),
            channels: Distinct::Exact(Vec::new()),
            hours: Default::default(),
            entries: Vec::new(),
            related: Vec::new(),
            samples: Vec::new(),
            template_authors: 0,
            template: None,
            acts_harmful: {
                // The counts are those of the sets, which are read below.
                from.int()?;
                from.int()?;
                from.flag()?
            },
            acts_story: from.flag()?,
            ignored: from.maybe_string()?,
            case: from.maybe_string()?,
            reports: from.int()?,
        };
        campaign.template = read_template(from)?;
        campaign.template_authors = from.number()?;
        campaign.related = from.json()?;
        campaign.hours = from.json::<Vec<_>>()?.into_iter().collect();
        campaign.entries = read_entries(from)?;
        campaign.authors = from.bytes(unpack_distinct)?;
        campaign.channels = from.bytes(unpack_distinct)?;
        Ok(campaign)
    }
}

fn read_template(from: &mut Cells<'_, '_>) -> Result<Option<TemplateRecord>, StoreError> {
    let text = from.maybe_string()?;
    let fixed_weight = from.maybe_small()?;
    let slots = from.json()?;
    match (text, fixed_weight, slots) {
        (Some(text), Some(fixed_weight), Some(slots)) => {
            Ok(Some(TemplateRecord { text, fixed_weight, slots }))
        }
        (None, None, None) => Ok(None),
        (_, _, _) => Err(from.damaged()),
    }
}

fn read_entries(from: &mut Cells<'_, '_>) -> Result<Vec<Entry>, StoreError> {
    let mut entries = from.bytes(unpack_entries)?;
    let listed: Vec<u8> = from.json()?;
    if listed.len() != entries.len() {
        return Err(from.damaged());
    }
    for (entry, listed) in entries.iter_mut().zip(listed) {
        entry.listed = listed;
    }
    Ok(entries)
}

/// A sample with its campaign and its place in the campaign's list.
pub(in crate::store) struct SampleRow {
    pub(in crate::store) campaign: String,
    pub(in crate::store) place: i64,
    pub(in crate::store) sample: Sample,
}

impl Row for SampleRow {
    const TABLE: &'static str = "member";
    const COLUMNS: &'static [&'static str] = &[
        "campaign",
        "place",
        "number",
        "id",
        "author",
        "channel",
        "at",
        "action",
        "categories",
        "text",
        "reports",
        "is_first",
    ];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        bind_sample(to, &self.campaign, self.place, &self.sample)
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<SampleRow, StoreError> {
        Ok(SampleRow {
            campaign: from.string()?,
            place: from.int()?,
            sample: Sample {
                number: from.number()?,
                id: from.string()?,
                author: from.maybe_string()?,
                channel: from.maybe_string()?,
                at: from.int()?,
                action: from.string()?,
                categories: from.json()?,
                text: from.string()?,
                reports: from.small()?,
                is_first: from.flag()?,
            },
        })
    }
}

impl SampleRow {
    /// Writes a sample. A row that is equal stays as it is, so that its page is not written again:
    /// most samples of a campaign do not change from one checkpoint to the next.
    pub(in crate::store) fn upsert() -> String {
        let columns = Self::COLUMNS;
        let names = columns.join(", ");
        let slots: Vec<String> = (1..=columns.len()).map(|slot| format!("?{slot}")).collect();
        let slots = slots.join(", ");
        let each = |form: &dyn Fn(&str) -> String, between: &str| {
            let parts: Vec<String> = columns[2..].iter().map(|name| form(name)).collect();
            parts.join(between)
        };
        let set = each(&|name| format!("{name} = excluded.{name}"), ", ");
        let differs = each(&|name| format!("member.{name} IS NOT excluded.{name}"), " OR ");
        format!(
            "INSERT INTO member ({names}) VALUES ({slots}) \
             ON CONFLICT (campaign, place) DO UPDATE SET {set} WHERE {differs}"
        )
    }
}

/// Binds the columns of a sample.
pub(in crate::store) fn bind_sample(
    to: &mut Binder<'_, '_>,
    campaign: &str,
    place: i64,
    sample: &Sample,
) -> Result<(), StoreError> {
    to.put(campaign)?;
    to.put(place)?;
    to.number(sample.number)?;
    to.put(&sample.id)?;
    to.put(sample.author.as_deref())?;
    to.put(sample.channel.as_deref())?;
    to.put(sample.at)?;
    to.put(&sample.action)?;
    to.json(&sample.categories)?;
    to.put(&sample.text)?;
    to.put(sample.reports)?;
    to.put(sample.is_first)
}
