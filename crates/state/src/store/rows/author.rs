//! Authors.

use super::{Binder, Cells, Row};
use crate::model::{Author, AuthorCounts, PointPost, Raise};
use crate::store::error::StoreError;
use std::borrow::Cow;

impl Row for Author {
    const TABLE: &'static str = "author";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "points",
        "points_at",
        "last_points",
        "step",
        "until",
        "proposed",
        "posts",
        "flag",
        "review",
        "block",
        "reports",
        "upheld",
        "overturned",
        "first",
        "last",
        "raises",
        "recent",
    ];

    fn bind(&self, to: &mut Binder<'_, '_>) -> Result<(), StoreError> {
        to.put(&self.id)?;
        to.put(self.points)?;
        to.put(self.points_at)?;
        to.put(self.last_points)?;
        to.put(self.step)?;
        to.put(self.until)?;
        to.put(self.proposed)?;
        let counts = &self.counts;
        for count in [counts.posts, counts.flag, counts.review, counts.block] {
            to.number(count)?;
        }
        for count in [counts.reports, counts.upheld, counts.overturned] {
            to.number(count)?;
        }
        to.put(self.first)?;
        to.put(self.last)?;
        let raises = self.raises.iter().map(|it| (it.at, it.points, it.decided, it.posts));
        to.json(&raises.collect::<Vec<_>>())?;
        let recent = self.recent.iter().map(|post| (post.id.as_str(), post.at, post.points));
        to.json(&recent.collect::<Vec<_>>())
    }

    fn read(from: &mut Cells<'_, '_>) -> Result<Author, StoreError> {
        Ok(Author {
            id: from.string()?,
            points: from.int()?,
            points_at: from.int()?,
            last_points: from.int()?,
            step: from.small()?,
            until: from.maybe_int()?,
            proposed: from.maybe_small()?,
            counts: AuthorCounts {
                posts: from.number()?,
                flag: from.number()?,
                review: from.number()?,
                block: from.number()?,
                reports: from.number()?,
                upheld: from.number()?,
                overturned: from.number()?,
            },
            first: from.int()?,
            last: from.int()?,
            raises: {
                let raises = from.json::<Vec<_>>()?.into_iter();
                let raise = |(at, points, decided, posts)| Raise { at, points, decided, posts };
                raises.map(raise).collect()
            },
            recent: {
                let recent = from.json::<Vec<(Cow<'_, str>, _, _)>>()?.into_iter();
                recent
                    .map(|(id, at, points)| PointPost { id: id.into_owned(), at, points })
                    .collect()
            },
        })
    }
}
