//! The vocabulary of rules as bytes: names, numbers, sets.

use super::{Codec, DecodeError, Reader, ensure};
use crate::domain::category::Category;
use crate::domain::field::{FieldId, FieldSet, MetaId, Names};
use crate::domain::ids::{MatcherIx, RuleIx, TermIx};
use crate::domain::score::Score;
use crate::domain::view::{View, ViewSet};

macro_rules! codec_id {
    ($($id:ident),*) => {$(
        impl Codec for $id {
            fn encode(&self, out: &mut Vec<u8>) {
                self.0.encode(out);
            }
            fn decode(from: &mut Reader<'_>) -> Result<$id, DecodeError> {
                Ok($id(Codec::decode(from)?))
            }
        }
    )*};
}

codec_id!(RuleIx, MatcherIx, TermIx, MetaId, FieldId);

impl Codec for Score {
    fn encode(&self, out: &mut Vec<u8>) {
        self.millis().encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Score, DecodeError> {
        let score = Score::from_millis(i64::decode(from)?);
        // Sums of weights that a rule file may name never overflow.
        ensure(Score::from_points(score.points()) == Some(score), "a weight")?;
        Ok(score)
    }
}

impl Codec for Category {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.index() as u16).encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Category, DecodeError> {
        Category::from_index(u16::decode(from)?.into()).ok_or(DecodeError("a category"))
    }
}

impl Codec for ViewSet {
    fn encode(&self, out: &mut Vec<u8>) {
        self.iter().fold(0_u8, |bits, view| bits | 1 << view as u8).encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<ViewSet, DecodeError> {
        let bits = u8::decode(from)?;
        ensure(bits >> View::ALL.len() == 0, "a view")?;
        let views = View::ALL.into_iter().filter(|view| bits >> *view as u8 & 1 != 0);
        Ok(views.fold(ViewSet::default(), ViewSet::with))
    }
}

impl Codec for FieldSet {
    fn encode(&self, out: &mut Vec<u8>) {
        self.bits().encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<FieldSet, DecodeError> {
        u32::decode(from).map(FieldSet::from_bits)
    }
}

impl Codec for Names {
    fn encode(&self, out: &mut Vec<u8>) {
        self.fields().to_vec().encode(out);
        self.metas().to_vec().encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Names, DecodeError> {
        let (fields, metas) = (Vec::<String>::decode(from)?, Vec::<String>::decode(from)?);
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

    fn back<T: Codec>(value: &T) -> Result<T, DecodeError> {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        let mut reader = Reader::new(&bytes);
        let back = T::decode(&mut reader)?;
        reader.end()?;
        Ok(back)
    }

    #[test]
    fn domain_types_round_trip() {
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
    fn rejects_values_outside_the_rule_language() {
        assert!(ViewSet::decode(&mut Reader::new(&[1 << 5])).is_err());
        assert!(Category::decode(&mut Reader::new(&[0xFF, 0xFF])).is_err());
        assert!(back(&Score::from_millis(i64::MAX)).is_err());
        let twice = (vec!["title".to_owned(), "title".to_owned()], Vec::<String>::new());
        let mut bytes = Vec::new();
        twice.encode(&mut bytes);
        assert!(Names::decode(&mut Reader::new(&bytes)).is_err());
    }
}
