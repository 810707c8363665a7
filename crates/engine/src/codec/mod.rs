//! Binary encoding of values, used by compiled rule files.
//!
//! Numbers are little-endian and of fixed width, a list is its length and its members, a
//! structure its fields in order, an enum its number. The format is not self-describing: only
//! the build that wrote a file reads it ([`container`]).
//!
//! * Decoding never panics and never reads out of bounds. Memory grows with the bytes
//!   decoded, so a wrong length allocates nothing.
//! * Decoding does not check what numbers mean (an index into a list): the module that owns
//!   the data does, once all of it is read.
//! * `codec_struct!` and `codec_enum!` list every field or variant: one that is missing is a
//!   compile error.

pub mod container;
mod vocabulary;

use std::ops::Range;

/// The bytes cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError(
    /// What is invalid, for error messages.
    pub &'static str,
);

const TOO_SHORT: DecodeError = DecodeError("it ends too soon");

/// `Ok` if `is_valid`; otherwise an error that names `what`.
pub fn ensure(is_valid: bool, what: &'static str) -> Result<(), DecodeError> {
    if is_valid { Ok(()) } else { Err(DecodeError(what)) }
}

/// A cursor over the bytes to be decoded.
#[derive(Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Reads `bytes` from their start.
    pub fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader { rest: bytes }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    ///
    /// Fewer bytes are left.
    pub fn take(&mut self, count: usize) -> Result<&'b [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else { return Err(TOO_SHORT) };
        self.rest = rest;
        Ok(*taken)
    }

    /// Checks that all bytes were read.
    ///
    /// # Errors
    ///
    /// Bytes are left.
    pub fn end(&self) -> Result<(), DecodeError> {
        ensure(self.rest.is_empty(), "it goes on behind its end")
    }

    /// A length. Every member needs at least one byte.
    fn count(&mut self) -> Result<usize, DecodeError> {
        let count = usize::try_from(u64::decode(self)?).map_err(|_| DecodeError("a length"))?;
        ensure(count <= self.rest.len(), "a length")?;
        Ok(count)
    }
}

/// A value with a binary encoding.
pub trait Codec: Sized {
    /// Appends the value.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// The bytes are not an encoded value of this type.
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Appends many values, without their number.
    fn encode_all(all: &[Self], out: &mut Vec<u8>) {
        all.iter().for_each(|value| value.encode(out));
    }

    /// Reads `count` values.
    ///
    /// # Errors
    ///
    /// The bytes are not encoded values of this type.
    fn decode_all(count: usize, from: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        // Cap the preallocation by what the remaining bytes could hold.
        let room = from.rest.len() / size_of::<Self>().max(1) + 1;
        let mut all = Vec::with_capacity(count.min(room));
        for _ in 0..count {
            all.push(Self::decode(from)?);
        }
        Ok(all)
    }
}

macro_rules! codec_number {
    ($($number:ty),*) => {$(
        impl Codec for $number {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn decode(from: &mut Reader<'_>) -> Result<$number, DecodeError> {
                Ok(<$number>::from_le_bytes(from.take_array()?))
            }
            fn encode_all(all: &[$number], out: &mut Vec<u8>) {
                out.reserve(size_of_val(all));
                all.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            }
            fn decode_all(count: usize, from: &mut Reader<'_>) -> Result<Vec<$number>, DecodeError> {
                let bytes = count.checked_mul(size_of::<$number>()).ok_or(DecodeError("a length"))?;
                let (all, _) = from.take(bytes)?.as_chunks();
                Ok(all.iter().map(|bytes| <$number>::from_le_bytes(*bytes)).collect())
            }
        }
    )*};
}

codec_number!(u8, u16, u32, u64, i64, f64);

impl Codec for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn decode(from: &mut Reader<'_>) -> Result<bool, DecodeError> {
        match u8::decode(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError("a yes or no")),
        }
    }
}

/// A number of characters or bytes, as 64 bits.
impl Codec for usize {
    fn encode(&self, out: &mut Vec<u8>) {
        (*self as u64).encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<usize, DecodeError> {
        usize::try_from(u64::decode(from)?).map_err(|_| DecodeError("a number"))
    }
}

impl Codec for String {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn decode(from: &mut Reader<'_>) -> Result<String, DecodeError> {
        let count = from.count()?;
        let text = std::str::from_utf8(from.take(count)?).map_err(|_| DecodeError("a text"))?;
        Ok(text.to_owned())
    }
}

impl Codec for Box<str> {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn decode(from: &mut Reader<'_>) -> Result<Box<str>, DecodeError> {
        Ok(String::decode(from)?.into())
    }
}

impl<T: Codec> Codec for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        T::encode_all(self, out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Vec<T>, DecodeError> {
        let count = from.count()?;
        T::decode_all(count, from)
    }
}

impl<T: Codec> Codec for Box<[T]> {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        T::encode_all(self, out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Box<[T]>, DecodeError> {
        Ok(Vec::decode(from)?.into())
    }
}

impl<T: Codec> Codec for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode(self, out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Box<T>, DecodeError> {
        T::decode(from).map(Box::new)
    }
}

impl<T: Codec> Codec for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
    fn decode(from: &mut Reader<'_>) -> Result<Option<T>, DecodeError> {
        if bool::decode(from)? { T::decode(from).map(Some) } else { Ok(None) }
    }
}

impl<T: Codec, U: Codec> Codec for (T, U) {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<(T, U), DecodeError> {
        Ok((T::decode(from)?, U::decode(from)?))
    }
}

impl<T: Codec> Codec for Range<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.start.encode(out);
        self.end.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Range<T>, DecodeError> {
        Ok(T::decode(from)?..T::decode(from)?)
    }
}

impl<T: Codec, const N: usize> Codec for [T; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode_all(self, out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<[T; N], DecodeError> {
        let mut all = [const { None }; N];
        for value in &mut all {
            *value = Some(T::decode(from)?);
        }
        Ok(all.map(|value| value.unwrap_or_else(|| unreachable!("each was just decoded"))))
    }
}

/// Do `starts` split a list of `members` into `parts` consecutive pieces?
pub fn are_starts(starts: &[u32], parts: usize, members: usize) -> bool {
    starts.len() == parts + 1
        && starts.first() == Some(&0)
        && starts.last().is_some_and(|last| *last as usize == members)
        && starts.is_sorted()
}

/// Implements [`Codec`] for a struct: every field, in order.
macro_rules! codec_struct {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Codec for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                let $name { $($field),* } = self;
                $($crate::codec::Codec::encode($field, out);)*
            }
            fn decode(
                from: &mut $crate::codec::Reader<'_>,
            ) -> Result<$name, $crate::codec::DecodeError> {
                Ok($name { $($field: $crate::codec::Codec::decode(from)?),* })
            }
        }
    };
}
pub(crate) use codec_struct;

/// Implements [`Codec`] for an enum of unit variants: its number.
macro_rules! codec_enum {
    ($name:ident { $($case:ident = $number:literal),* $(,)? }) => {
        impl $crate::codec::Codec for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.push(match self { $($name::$case => $number),* });
            }
            fn decode(
                from: &mut $crate::codec::Reader<'_>,
            ) -> Result<$name, $crate::codec::DecodeError> {
                match <u8 as $crate::codec::Codec>::decode(from)? {
                    $($number => Ok($name::$case),)*
                    _ => Err($crate::codec::DecodeError("a choice")),
                }
            }
        }
    };
}
pub(crate) use codec_enum;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Debug;

    fn bytes_of<T: Codec>(value: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        bytes
    }

    /// Comes back as it was, and from no shorter bytes.
    fn check<T: Codec + PartialEq + Debug>(value: &T) {
        let bytes = bytes_of(value);
        let mut reader = Reader::new(&bytes);
        assert_eq!(T::decode(&mut reader).as_ref(), Ok(value));
        assert_eq!(reader.end(), Ok(()));
        for end in 0..bytes.len() {
            assert!(T::decode(&mut Reader::new(&bytes[..end])).is_err(), "{value:?} from {end}");
        }
    }

    #[test]
    fn every_type_round_trips() {
        check(&7_u8);
        check(&0xFFFE_u16);
        check(&u64::MAX);
        check(&-3_i64);
        check(&0.25_f64);
        check(&true);
        check(&"彩金".to_owned());
        check(&Box::<str>::from("x"));
        check(&vec![1_u32, 2, 3]);
        check(&vec![Some("a".to_owned()), None]);
        check(&Box::<[u16]>::from([5, 6]));
        check(&Box::new(9_u32));
        check(&(1_u8, vec![2_u16]));
        check(&(3_u32..9));
        check(&[1_u32, 2]);
    }

    #[test]
    fn rejects_invalid_bytes() {
        assert!(bool::decode(&mut Reader::new(&[2])).is_err());
        assert!(String::decode(&mut Reader::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0xFF])).is_err());
        assert!(Reader::new(&[0]).end().is_err());
    }

    #[test]
    fn a_wrong_length_allocates_nothing() {
        for length in [4_u64, 1 << 20, 1 << 40, u64::MAX] {
            let bytes = bytes_of(&(length, 7_u8));
            assert!(Vec::<u64>::decode(&mut Reader::new(&bytes)).is_err());
            assert!(Vec::<String>::decode(&mut Reader::new(&bytes)).is_err());
        }
    }

    #[test]
    fn starts_split_a_whole_list() {
        assert!(are_starts(&[0], 0, 0) && are_starts(&[0, 2, 2, 3], 3, 3));
        assert!(!are_starts(&[], 0, 0), "one start more than parts");
        assert!(!are_starts(&[0, 2], 2, 2), "a part is missing");
        assert!(!are_starts(&[1, 2], 1, 2), "a member before the first part");
        assert!(!are_starts(&[0, 3], 1, 2), "past the end");
        assert!(!are_starts(&[0, 2, 1, 3], 3, 3), "backwards");
    }

    proptest! {
        #[test]
        fn lists_round_trip(list: Vec<(u32, Option<String>)>) {
            check(&list);
        }

        #[test]
        fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
            let _ = Vec::<(u32, Option<String>)>::decode(&mut Reader::new(&bytes));
            let _ = Vec::<Vec<bool>>::decode(&mut Reader::new(&bytes));
        }
    }
}
