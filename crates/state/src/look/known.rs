//! Names that a person wrote: what they mean, and what was meant where there is no such thing.

use super::scope::Look;
use crate::read::canonical_id;
use crate::store::{AuthorQuery, CampaignQuery, CaseQuery, StoreError};
use serde_json::{Number, Value};
use tidegate_engine::rules::source::suggest::nearest;

/// Most names that an unknown one is compared with.
const COMPARED: usize = 10_000;

/// A name that the state file does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// A name that it has and that differs by a typing error.
    pub near: Option<String>,
}

/// What an argument can mean as the id of a post, as JSON: a number or a quoted text if it is one,
/// and the text itself. The first is the more likely one.
pub fn post_ids(argument: &str) -> Vec<String> {
    let text = Value::String(argument.to_owned()).to_string();
    let is_json = argument.starts_with('"') && serde_json::from_str::<String>(argument).is_ok()
        || serde_json::from_str::<Number>(argument).is_ok();
    if is_json { vec![canonical_id(argument).into_owned(), text] } else { vec![text] }
}

impl Look<'_> {
    /// The id (JSON) of the post that an argument names.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn post(&self, argument: &str) -> Result<Result<String, Unknown>, StoreError> {
        for id in post_ids(argument) {
            if self.state.post(&id)?.is_some() {
                return Ok(Ok(id));
            }
        }
        let posts = self.state.newest_posts(COMPARED)?;
        let ids = posts.iter().map(|post| super::value::PostId(post.id.clone()).plain());
        Ok(Err(unknown(argument, ids.collect())))
    }

    /// Checks that there is a case of this id.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn check_case(&self, id: &str) -> Result<Result<(), Unknown>, StoreError> {
        if self.state.case(id)?.is_some() {
            return Ok(Ok(()));
        }
        let query = CaseQuery { limit: Some(COMPARED), ..CaseQuery::default() };
        let cases = self.state.cases(&query)?;
        Ok(Err(unknown(id, cases.into_iter().map(|case| case.id).collect())))
    }

    /// Checks that there is a campaign of this id.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn check_campaign(&self, id: &str) -> Result<Result<(), Unknown>, StoreError> {
        if self.state.campaign(id)?.is_some() {
            return Ok(Ok(()));
        }
        let query = CampaignQuery { limit: Some(COMPARED), ..CampaignQuery::default() };
        let campaigns = self.state.campaigns(&query)?;
        Ok(Err(unknown(id, campaigns.into_iter().map(|campaign| campaign.id).collect())))
    }

    /// Checks that there is a breaker with this key.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn check_breaker(&self, key: &str) -> Result<Result<(), Unknown>, StoreError> {
        let keys: Vec<String> = self.state.breakers()?.into_iter().map(|it| it.key).collect();
        Ok(if keys.iter().any(|known| known == key) { Ok(()) } else { Err(unknown(key, keys)) })
    }

    /// Checks that an author is kept, with points or with posts.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn check_author(&self, id: &str) -> Result<Result<(), Unknown>, StoreError> {
        if self.state.author(id)?.is_some() || self.has_posts_of(id)? {
            return Ok(Ok(()));
        }
        let query = AuthorQuery { limit: Some(COMPARED), ..AuthorQuery::default() };
        let authors = self.state.authors(&query)?;
        Ok(Err(unknown(id, authors.into_iter().map(|author| author.id).collect())))
    }

    /// Checks that there is a channel of this name.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn check_channel(&self, id: &str) -> Result<Result<(), Unknown>, StoreError> {
        if self.state.channel(id)?.is_some() {
            return Ok(Ok(()));
        }
        let channels = self.state.channels()?;
        Ok(Err(unknown(id, channels.into_iter().map(|channel| channel.id).collect())))
    }

    /// Has an author posts that are kept?
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn has_posts_of(&self, author: &str) -> Result<bool, StoreError> {
        Ok(!self.state.posts_of_author(author)?.is_empty())
    }
}

fn unknown(name: &str, known: Vec<String>) -> Unknown {
    let near = nearest(name, known.iter().map(String::as_str));
    Unknown { near: near.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_a_number_or_a_text() {
        assert_eq!(post_ids("p7"), ["\"p7\""]);
        assert_eq!(post_ids("1042"), ["1042", "\"1042\""]);
        assert_eq!(post_ids("\"10\\u0034\""), ["\"104\"", "\"\\\"10\\\\u0034\\\"\""]);
        assert_eq!(post_ids("null"), ["\"null\""]);
        assert_eq!(post_ids("\"p"), ["\"\\\"p\""]);
    }
}
