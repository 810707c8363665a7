//! What people look at in a state file: views of its rows, as of its clock.
//!
//! ```text
//! StateReader ─► Look (measures, clock) ─► views (serde: fixed order of keys, absent ones left out)
//! ```
//!
//! Points are decayed to the clock, steps are those in force at the clock, and cases have waited up
//! to the clock. Nothing here reads the clock of the machine. While a run writes to the file, the
//! parts of a view may come from two checkpoints that follow each other.

mod author_reasons;
mod authors;
mod breakers;
mod campaign;
mod campaigns;
mod cases;
mod channel_reasons;
mod channels;
mod groups;
mod known;
mod listing;
mod log;
mod post_reasons;
mod scope;
#[cfg(test)]
mod tests;
mod timeline;
mod value;
mod why;

pub use author_reasons::{AuthorReasons, CaseMention, NextStep, PointReason, RaiseView};
pub use authors::{AuthorFilter, AuthorView};
pub use breakers::BreakerView;
pub use campaign::{CampaignDetail, SampleView, SlotView, TemplateView};
pub use campaigns::{CampaignFilter, CampaignView};
pub use cases::{CaseFilter, CaseView, urgency};
pub use channel_reasons::{ChannelReasons, ChannelStepView, DayView};
pub use channels::{ChannelFilter, ChannelView};
pub use groups::GroupView;
pub use known::{Unknown, post_ids};
pub use listing::Listing;
pub use log::{LogFilter, LogView};
pub use post_reasons::{PostReasons, ReportView};
pub use scope::Look;
pub use timeline::{Bar, HourView, bars};
pub use value::{Points, PostId, Scores, Time};
pub use why::{Alike, Why, WhyNot};
