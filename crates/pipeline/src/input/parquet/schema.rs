//! How deeply the groups of a schema are nested, before a reader follows them.
//!
//! The package that reads Parquet builds and drops a schema by recursion without a limit: a file of
//! some hundred kilobytes would exhaust the stack, which no caller can catch. So the metadata, which
//! is in the compact protocol of Thrift, is looked through before.

use super::error::inconsistent;
use std::io;

/// Groups within groups that are read.
pub(super) const DEPTH_MAX: usize = 100;

/// Structures within structures of the metadata that are looked through.
const STRUCT_DEPTH_MAX: usize = 64;

/// Field `schema` of the metadata.
const SCHEMA_FIELD: i64 = 2;

/// Field `num_children` of an element of the schema.
const CHILDREN_FIELD: i64 = 5;

/// Types of the compact protocol.
mod kind {
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const I16: u8 = 4;
    pub const I32: u8 = 5;
    pub const I64: u8 = 6;
    pub const DOUBLE: u8 = 7;
    pub const BINARY: u8 = 8;
    pub const LIST: u8 = 9;
    pub const SET: u8 = 10;
    pub const MAP: u8 = 11;
    pub const STRUCT: u8 = 12;
}

/// # Errors
///
/// The schema is nested more deeply than [`DEPTH_MAX`], or is no Thrift.
pub(super) fn check_depth(metadata: &[u8]) -> io::Result<()> {
    let mut bytes = Compact(metadata);
    let is_shallow = bytes.fields(|bytes, id, kind| match (id, kind) {
        (SCHEMA_FIELD, kind::LIST) => bytes.schema(),
        _ => bytes.skip(kind, 0),
    });
    is_shallow.map_err(|wrong| inconsistent(&wrong.message()))
}

/// What is wrong with the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// The bytes are no Thrift.
    Damaged,
    /// Groups are nested too deeply.
    Deep,
}

impl Wrong {
    fn message(self) -> String {
        match self {
            Wrong::Damaged => "its metadata cannot be read".to_owned(),
            Wrong::Deep => format!("its schema is nested more than {DEPTH_MAX} groups deep"),
        }
    }
}

/// Bytes of the compact protocol.
struct Compact<'b>(&'b [u8]);

impl Compact<'_> {
    fn byte(&mut self) -> Result<u8, Wrong> {
        let (first, rest) = self.0.split_first().ok_or(Wrong::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn varint(&mut self) -> Result<u64, Wrong> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Wrong::Damaged)
    }

    fn zigzag(&mut self) -> Result<i64, Wrong> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn pass(&mut self, count: u64) -> Result<(), Wrong> {
        let count = usize::try_from(count).map_err(|_| Wrong::Damaged)?;
        self.0 = self.0.get(count..).ok_or(Wrong::Damaged)?;
        Ok(())
    }

    /// Calls `field` with the number and the type of each field of a structure; it must pass over
    /// the value.
    fn fields(
        &mut self,
        mut field: impl FnMut(&mut Self, i64, u8) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let mut id = 0_i64;
        loop {
            let header = self.byte()?;
            if header == 0 {
                return Ok(());
            }
            id = match header >> 4 {
                0 => self.zigzag()?,
                delta => id.checked_add(delta.into()).ok_or(Wrong::Damaged)?,
            };
            field(self, id, header & 0x0F)?;
        }
    }

    /// The number of elements of a list, and their type.
    fn list(&mut self) -> Result<(u64, u8), Wrong> {
        let header = self.byte()?;
        let count = if header >> 4 == 15 { self.varint()? } else { (header >> 4).into() };
        Ok((count, header & 0x0F))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Result<(), Wrong> {
        if depth > STRUCT_DEPTH_MAX {
            return Err(Wrong::Damaged);
        }
        match kind {
            kind::TRUE | kind::FALSE => Ok(()),
            kind::BYTE => self.pass(1),
            kind::I16 | kind::I32 | kind::I64 => self.varint().map(drop),
            kind::DOUBLE => self.pass(8),
            kind::BINARY => self.varint().and_then(|length| self.pass(length)),
            kind::LIST | kind::SET => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, depth + 1))
            }
            kind::MAP => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth + 1)?;
                    self.skip_element(kinds & 0x0F, depth + 1)
                })
            }
            kind::STRUCT => self.fields(|bytes, _, kind| bytes.skip(kind, depth + 1)),
            _ => Err(Wrong::Damaged),
        }
    }

    /// As [`Compact::skip`]; a truth value takes a byte here.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Result<(), Wrong> {
        match kind {
            kind::TRUE | kind::FALSE => self.pass(1),
            _ => self.skip(kind, depth),
        }
    }

    /// Follows the elements of a schema, which are in the order of a walk that visits a group before
    /// its children.
    fn schema(&mut self) -> Result<(), Wrong> {
        let (count, kind) = self.list()?;
        if kind != kind::STRUCT {
            return Err(Wrong::Damaged);
        }
        // Children that follow, of each group that is open.
        let mut open: Vec<i64> = Vec::new();
        for _ in 0..count {
            let mut children = 0;
            self.fields(|bytes, id, kind| match (id, kind) {
                (CHILDREN_FIELD, kind::I32) => bytes.zigzag().map(|count| children = count),
                _ => bytes.skip(kind, 0),
            })?;
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            open.push(children);
            while open.last().is_some_and(|left| *left <= 0) {
                open.pop();
            }
            if open.len() > DEPTH_MAX {
                return Err(Wrong::Deep);
            }
        }
        Ok(())
    }
}
