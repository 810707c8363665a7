//! The file around stored values: what it is, who can read it, and that it is whole.
//!
//! ```text
//! magic 16 │ engine 8 │ length of the content 8 │ checksum 16 │ version and its length │ content
//! ```
//!
//! The checksum is XXH3 with 128 bits over everything but itself. It finds damage; it does
//! not prove who wrote the file. The engine is a number over the sources of this library
//! ([`ENGINE`]): tables, hashes and layouts may change with any of them, so a file is read
//! by the build that wrote it and refused by every other.

use super::{Damage, Reader, Stored};
use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// How a file begins. A byte no text has, and line ends that careless copying changes.
pub const MAGIC: [u8; 16] = *b"\x89tidegate\r\n\x1a\n001";

/// The part of [`MAGIC`] before the number of the format of this header.
const FAMILY: usize = 13;

/// This build of the library.
pub const ENGINE: u64 = parse_hex(env!("TIDEGATE_ENGINE"));

/// The release it calls itself.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the checksum stands.
const SUM: std::ops::Range<usize> = 32..48;

const fn parse_hex(text: &str) -> u64 {
    match u64::from_str_radix(text, 16) {
        Ok(number) => number,
        Err(_) => panic!("the build script gives sixteen hex digits"),
    }
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no compiled rule file.
    Foreign,
    /// Another release or build wrote it; its name, if that can be told.
    OtherEngine(Option<String>),
    /// It is not as it was written.
    Damaged(&'static str),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Foreign => f.write_str("it is no compiled rule set"),
            Refused::OtherEngine(None) => {
                f.write_str("another version of the program wrote it; compile the rules again")
            }
            Refused::OtherEngine(Some(version)) if version == VERSION => {
                write!(f, "another build of tidegate {VERSION} wrote it; compile the rules again")
            }
            Refused::OtherEngine(Some(version)) => write!(
                f,
                "tidegate {version} wrote it, and this is {VERSION}; compile the rules again"
            ),
            Refused::Damaged(what) => {
                write!(f, "it is damaged ({what}); compile the rules again")
            }
        }
    }
}

impl std::error::Error for Refused {}

impl From<Damage> for Refused {
    fn from(Damage(what): Damage) -> Refused {
        Refused::Damaged(what)
    }
}

/// Does a file that begins like this claim to be a compiled rule set, of any version?
pub fn is_sealed(start: &[u8]) -> bool {
    start.starts_with(&MAGIC[..FAMILY])
}

/// The file that holds what `write` appends.
pub fn seal(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    ENGINE.store(&mut file);
    [0_u8; 24].store(&mut file);
    VERSION.to_owned().store(&mut file);
    let head = file.len();
    write(&mut file);
    let length = (file.len() - head) as u64;
    file[24..32].copy_from_slice(&length.to_le_bytes());
    let sum = checksum(&file).to_le_bytes();
    file[SUM].copy_from_slice(&sum);
    file
}

/// The content of `file`, once it is known to be whole and ours.
///
/// # Errors
///
/// It is not: the first reason that applies, the foreign first.
pub fn open(file: &[u8]) -> Result<&[u8], Refused> {
    if !is_sealed(file) {
        return Err(Refused::Foreign);
    }
    if file.len() < MAGIC.len() {
        return Err(Refused::Damaged("it ends too soon"));
    }
    if !file.starts_with(&MAGIC) {
        return Err(Refused::OtherEngine(None));
    }
    let mut reader = Reader::new(&file[MAGIC.len()..]);
    let (engine, length) = (u64::load(&mut reader)?, u64::load(&mut reader)?);
    let sum = reader.take(SUM.len())?;
    let version = String::load(&mut reader)?;
    // Damage first: a broken number of the engine is no other engine.
    if checksum(file).to_le_bytes() != sum {
        return Err(Refused::Damaged("its checksum does not hold"));
    }
    if engine != ENGINE {
        return Err(Refused::OtherEngine(Some(version)));
    }
    let length = usize::try_from(length).map_err(|_| Damage("a length"))?;
    let content = reader.take(length)?;
    reader.end()?;
    Ok(content)
}

fn checksum(file: &[u8]) -> u128 {
    let mut hasher = Xxh3::new();
    hasher.update(&file[..SUM.start]);
    hasher.update(&file[SUM.end..]);
    hasher.digest128()
}

/// Gives `file` the checksum of its bytes: a test's way behind the first line.
#[cfg(test)]
pub(crate) fn reseal(file: &mut [u8]) {
    let sum = checksum(file).to_le_bytes();
    file[SUM].copy_from_slice(&sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Vec<u8> {
        seal(|out| "content".to_owned().store(out))
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let file = sealed();
        assert!(is_sealed(&file));
        let content = open(&file).unwrap();
        assert_eq!(String::load(&mut Reader::new(content)).unwrap(), "content");
    }

    #[test]
    fn every_changed_byte_and_every_shorter_file_is_refused() {
        let file = sealed();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert!(open(&damaged).is_err(), "byte {at} was changed");
            assert!(open(&file[..at]).is_err(), "cut at {at}");
        }
        let longer = [file, vec![0]].concat();
        assert!(matches!(open(&longer), Err(Refused::Damaged(_))));
    }

    #[test]
    fn others_are_told_from_damage() {
        assert_eq!(open(b"tidegate: 1\n"), Err(Refused::Foreign));
        assert_eq!(open(b""), Err(Refused::Foreign));
        let mut file = sealed();
        file[16] ^= 1;
        assert_eq!(open(&file), Err(Refused::Damaged("its checksum does not hold")));
        reseal(&mut file);
        assert_eq!(open(&file), Err(Refused::OtherEngine(Some(VERSION.to_owned()))));
        let mut file = sealed();
        file[15] = b'2';
        reseal(&mut file);
        assert_eq!(open(&file), Err(Refused::OtherEngine(None)));
        let mut file = sealed();
        file[24] ^= 1;
        reseal(&mut file);
        assert!(matches!(open(&file), Err(Refused::Damaged(_))));
    }
}
