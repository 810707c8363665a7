//! The vocabulary of rules as bytes: names, numbers, sets.

use super::{Codec, DecodeError, Reader, codec_struct, ensure};
use crate::domain::category::{Category, DeclaredCategory};
use crate::domain::field::{FieldId, FieldSet, MetaId, Names};
use crate::domain::ids::{MatcherIx, RuleIx, TermIx};
use crate::domain::score::Score;
use crate::domain::thresholds::Limits;
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

/// In place of the number of a built-in category: the name of a declared one follows.
const OWN: u16 = u16::MAX;

impl Codec for Category {
    fn encode(&self, out: &mut Vec<u8>) {
        if self.is_own() {
            OWN.encode(out);
            self.name().to_owned().encode(out);
        } else {
            (self.index() as u16).encode(out);
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Category, DecodeError> {
        let category = match u16::decode(from)? {
            OWN => Category::from_name(&String::decode(from)?).filter(|it| it.is_own()),
            number => Category::from_index(number.into()),
        };
        category.ok_or(DecodeError("a category"))
    }
}

codec_struct!(Limits { flag, review, block, care, max });
codec_struct!(DeclaredCategory { category, title, title_zh, limits });

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
        let own = Category::from_name("x-scalping").unwrap();
        for category in Category::built_in().chain([own]) {
            assert_eq!(back(&category), Ok(category));
        }
        let declared = DeclaredCategory {
            category: own,
            title: "Ticket scalping".to_owned(),
            title_zh: "黄牛".to_owned(),
            limits: Limits { flag: Some(Score::from_millis(2000)), ..Limits::default() },
        };
        assert_eq!(back(&declared), Ok(declared));
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
        assert!(Category::decode(&mut Reader::new(&[0xFF, 0xFE])).is_err());
        for name in ["spam", "x-", "x-A"] {
            let mut bytes = vec![0xFF, 0xFF];
            name.to_owned().encode(&mut bytes);
            assert!(Category::decode(&mut Reader::new(&bytes)).is_err(), "{name}");
        }
        assert!(back(&Score::from_millis(i64::MAX)).is_err());
        let twice = (vec!["title".to_owned(), "title".to_owned()], Vec::<String>::new());
        let mut bytes = Vec::new();
        twice.encode(&mut bytes);
        assert!(Names::decode(&mut Reader::new(&bytes)).is_err());
    }
}
