//! The vocabulary of rules as bytes: names, numbers, sets.

use super::{Damage, Reader, Stored, ensure};
use crate::domain::category::Category;
use crate::domain::field::{FieldId, FieldSet, MetaId, Names};
use crate::domain::ids::{MatcherIx, RuleIx, TermIx};
use crate::domain::score::Score;
use crate::domain::view::{View, ViewSet};

macro_rules! stored_id {
    ($($id:ident),*) => {$(
        impl Stored for $id {
            fn store(&self, out: &mut Vec<u8>) {
                self.0.store(out);
            }
            fn load(from: &mut Reader<'_>) -> Result<$id, Damage> {
                Ok($id(Stored::load(from)?))
            }
        }
    )*};
}

stored_id!(RuleIx, MatcherIx, TermIx, MetaId, FieldId);

impl Stored for Score {
    fn store(&self, out: &mut Vec<u8>) {
        self.millis().store(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Score, Damage> {
        let score = Score::from_millis(i64::load(from)?);
        // Sums of weights that a rule file may name never overflow.
        ensure(Score::from_points(score.points()) == Some(score), "a weight")?;
        Ok(score)
    }
}

impl Stored for Category {
    fn store(&self, out: &mut Vec<u8>) {
        (self.index() as u16).store(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Category, Damage> {
        Category::from_index(u16::load(from)?.into()).ok_or(Damage("a category"))
    }
}

impl Stored for ViewSet {
    fn store(&self, out: &mut Vec<u8>) {
        self.iter().fold(0_u8, |bits, view| bits | 1 << view as u8).store(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<ViewSet, Damage> {
        let bits = u8::load(from)?;
        ensure(bits >> View::ALL.len() == 0, "a view")?;
        let views = View::ALL.into_iter().filter(|view| bits >> *view as u8 & 1 != 0);
        Ok(views.fold(ViewSet::default(), ViewSet::with))
    }
}

impl Stored for FieldSet {
    fn store(&self, out: &mut Vec<u8>) {
        self.bits().store(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<FieldSet, Damage> {
        u32::load(from).map(FieldSet::from_bits)
    }
}

impl Stored for Names {
    fn store(&self, out: &mut Vec<u8>) {
        self.fields().to_vec().store(out);
        self.metas().to_vec().store(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Names, Damage> {
        let (fields, metas) = (Vec::<String>::load(from)?, Vec::<String>::load(from)?);
        let mut names = Names::default();
        let all = fields.iter().all(|name| names.field(name).is_some())
            && metas.iter().all(|name| names.meta(name).is_some());
        let same = names.fields() == fields && names.metas() == metas;
        ensure(all && same, "a name of a field")?;
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back<T: Stored>(value: &T) -> Result<T, Damage> {
        let mut bytes = Vec::new();
        value.store(&mut bytes);
        let mut reader = Reader::new(&bytes);
        let back = T::load(&mut reader)?;
        reader.end()?;
        Ok(back)
    }

    #[test]
    fn words_come_back() {
        assert_eq!(back(&MatcherIx(7)), Ok(MatcherIx(7)));
        assert_eq!(back(&Score::from_millis(-1500)), Ok(Score::from_millis(-1500)));
        for category in Category::all() {
            assert_eq!(back(&category), Ok(category));
        }
        let views = ViewSet::of(&[View::Folded, View::Sound]);
        assert_eq!(back(&views), Ok(views));
        let mut names = Names::default();
        names.field("alias");
        names.meta("author.age");
        assert_eq!(back(&names), Ok(names));
    }

    #[test]
    fn what_no_rule_can_say_is_refused() {
        assert!(ViewSet::load(&mut Reader::new(&[1 << 5])).is_err());
        assert!(Category::load(&mut Reader::new(&[0xFF, 0xFF])).is_err());
        assert!(back(&Score::from_millis(i64::MAX)).is_err());
        let twice = (vec!["title".to_owned(), "title".to_owned()], Vec::<String>::new());
        let mut bytes = Vec::new();
        twice.store(&mut bytes);
        assert!(Names::load(&mut Reader::new(&bytes)).is_err());
    }
}
