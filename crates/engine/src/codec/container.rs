//! The container of encoded values: identifies the format and the build, and detects
//! corruption.
//!
//! ```text
//! magic 16 │ engine 8 │ length of the content 8 │ checksum 16 │ version and its length │ content
//! ```
//!
//! The checksum is XXH3 with 128 bits over everything but itself. It detects corruption; it
//! does not authenticate the file. The engine is a hash over the sources of this library
//! ([`ENGINE`]): tables, hashes and layouts may change with any of them, so only the build
//! that wrote a file reads it.

use super::{Codec, DecodeError, Reader};
use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// The first bytes of a file: a byte that no text contains, and line ends that a text-mode
/// copy would change.
pub const MAGIC: [u8; 16] = *b"\x89tidegate\r\n\x1a\n001";

/// The part of [`MAGIC`] before the number of the format of this header.
const FAMILY: usize = 13;

/// This build of the library.
pub const ENGINE: u64 = parse_hex(env!("TIDEGATE_ENGINE"));

/// The release it calls itself.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Position of the checksum.
const SUM: std::ops::Range<usize> = 32..48;

const fn parse_hex(text: &str) -> u64 {
    match u64::from_str_radix(text, 16) {
        Ok(number) => number,
        Err(_) => panic!("the build script gives sixteen hex digits"),
    }
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerError {
    /// It is not a compiled rule file.
    NotCompiledRules,
    /// Another release or build wrote it; its version, if known.
    OtherBuild(Option<String>),
    /// Its content is not what was written.
    Corrupt(&'static str),
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContainerError::NotCompiledRules => f.write_str("it is no compiled rule set"),
            ContainerError::OtherBuild(None) => {
                f.write_str("another version of the program wrote it; compile the rules again")
            }
            ContainerError::OtherBuild(Some(version)) if version == VERSION => {
                write!(f, "another build of tidegate {VERSION} wrote it; compile the rules again")
            }
            ContainerError::OtherBuild(Some(version)) => write!(
                f,
                "tidegate {version} wrote it, and this is {VERSION}; compile the rules again"
            ),
            ContainerError::Corrupt(what) => {
                write!(f, "it is damaged ({what}); compile the rules again")
            }
        }
    }
}

impl std::error::Error for ContainerError {}

impl From<DecodeError> for ContainerError {
    fn from(DecodeError(what): DecodeError) -> ContainerError {
        ContainerError::Corrupt(what)
    }
}

/// Does a file that starts with `start` claim to be a compiled rule set, of any version?
pub fn is_container(start: &[u8]) -> bool {
    start.starts_with(&MAGIC[..FAMILY])
}

/// A container with the content that `write` appends.
pub fn wrap(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    ENGINE.encode(&mut file);
    [0_u8; 24].encode(&mut file);
    VERSION.to_owned().encode(&mut file);
    let head = file.len();
    write(&mut file);
    let length = (file.len() - head) as u64;
    file[24..32].copy_from_slice(&length.to_le_bytes());
    let sum = checksum(&file).to_le_bytes();
    file[SUM].copy_from_slice(&sum);
    file
}

/// The content of `file`, after its checksum and its build were checked.
///
/// # Errors
///
/// The first that applies: not a container, corrupt, another build.
pub fn content_of(file: &[u8]) -> Result<&[u8], ContainerError> {
    if !is_container(file) {
        return Err(ContainerError::NotCompiledRules);
    }
    if file.len() < MAGIC.len() {
        return Err(ContainerError::Corrupt("it ends too soon"));
    }
    if !file.starts_with(&MAGIC) {
        return Err(ContainerError::OtherBuild(None));
    }
    let mut reader = Reader::new(&file[MAGIC.len()..]);
    let (engine, length) = (u64::decode(&mut reader)?, u64::decode(&mut reader)?);
    let sum = reader.take(SUM.len())?;
    let version = String::decode(&mut reader)?;
    // The checksum comes first: a corrupt engine number must not be reported as another build.
    if checksum(file).to_le_bytes() != sum {
        return Err(ContainerError::Corrupt("its checksum does not hold"));
    }
    if engine != ENGINE {
        return Err(ContainerError::OtherBuild(Some(version)));
    }
    let length = usize::try_from(length).map_err(|_| DecodeError("a length"))?;
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

/// Test helper: recomputes the checksum so that later checks can be reached.
#[cfg(test)]
pub(crate) fn rewrite_checksum(file: &mut [u8]) {
    let sum = checksum(file).to_le_bytes();
    file[SUM].copy_from_slice(&sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        wrap(|out| "content".to_owned().encode(out))
    }

    #[test]
    fn reads_what_it_wrote() {
        let file = sample();
        assert!(is_container(&file));
        let content = content_of(&file).unwrap();
        assert_eq!(String::decode(&mut Reader::new(content)).unwrap(), "content");
    }

    #[test]
    fn rejects_every_changed_byte_and_every_shorter_file() {
        let file = sample();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert!(content_of(&damaged).is_err(), "byte {at} was changed");
            assert!(content_of(&file[..at]).is_err(), "cut at {at}");
        }
        let longer = [file, vec![0]].concat();
        assert!(matches!(content_of(&longer), Err(ContainerError::Corrupt(_))));
    }

    #[test]
    fn distinguishes_other_builds_from_corruption() {
        assert_eq!(content_of(b"tidegate: 1\n"), Err(ContainerError::NotCompiledRules));
        assert_eq!(content_of(b""), Err(ContainerError::NotCompiledRules));
        let mut file = sample();
        file[16] ^= 1;
        assert_eq!(content_of(&file), Err(ContainerError::Corrupt("its checksum does not hold")));
        rewrite_checksum(&mut file);
        assert_eq!(content_of(&file), Err(ContainerError::OtherBuild(Some(VERSION.to_owned()))));
        let mut file = sample();
        file[15] = b'2';
        rewrite_checksum(&mut file);
        assert_eq!(content_of(&file), Err(ContainerError::OtherBuild(None)));
        let mut file = sample();
        file[24] ^= 1;
        rewrite_checksum(&mut file);
        assert!(matches!(content_of(&file), Err(ContainerError::Corrupt(_))));
    }
}
