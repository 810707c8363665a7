//! The structural index: where the tokens of JSON lines begin, found 64 bytes at a time.
//!
//! Input: a chunk of whole lines. Output: an [`Index`]: the position of every bracket, colon,
//! comma and newline outside strings, of every opening quote, and of the first byte of every
//! other run outside strings that is not white space; and the positions that make a line
//! *irregular*, so that the reference must read it.
//!
//! * A newline always ends a line and its strings: an error in one line does not affect the
//!   next.
//! * All escapes are checked here; a line with an invalid one is irregular. So is a line with
//!   a control character inside a string.
//! * Whether the tokens form JSON is checked by [`super::walk`], UTF-8 by the caller.
//!
//! A kernel computes the byte classes; the rest is the same code for all kernels, so that
//! they can differ only in 64-bit masks, and tests compare those.

/// Byte classes of one block: bit n is about byte n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    pub quote: u64,
    pub backslash: u64,
    pub newline: u64,
    /// Below 0x20, newline included.
    pub control: u64,
    /// `{ } [ ] : ,`
    pub operator: u64,
    pub space: u64,
}

/// Byte classes of one block that matter after a backslash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EscapeClasses {
    /// `" \ / b f n r t`
    pub simple: u64,
    /// `u`
    pub unicode: u64,
    /// `0-9 a-f A-F`
    pub hex: u64,
}

/// The kind of an atom: a number, `true`, `false`, `null`, or a run of bytes that is not JSON.
pub(super) const ATOM: u8 = b'0';

/// The parts of the index builder that each kernel implements.
pub(super) struct Instructions<C, E, P, W> {
    /// The classes of a block.
    pub classes: C,
    /// Its classes after backslashes.
    pub escapes: E,
    /// See `parity` of the scalar kernel.
    pub parity: P,
    /// Writes the tokens of a block that begins at a position; see `write` of the scalar
    /// kernel.
    pub write: W,
}

/// Output buffers for the tokens of one block, after those of earlier blocks.
pub(super) struct Room<'i> {
    pub positions: &'i mut [u32; BLOCK_BYTES],
    pub kinds: &'i mut [u8; BLOCK_BYTES],
}

/// The tokens of one block: bit n is about byte n.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens {
    pub all: u64,
    /// The tokens of [`ATOM`] kind.
    pub atoms: u64,
}

pub(super) type Block = [u8; BLOCK_BYTES];
pub(super) const BLOCK_BYTES: usize = 64;

/// The tokens of one chunk. Reused.
#[derive(Debug, Default)]
pub(in crate::post) struct Index {
    /// Positions, ascending; only the first `tokens_len` are valid.
    positions: Vec<u32>,
    /// The byte at the position: a bracket, colon, comma, quote or newline; [`ATOM`] for any
    /// other.
    kinds: Vec<u8>,
    tokens_len: usize,
    /// Positions that make their line irregular, ascending.
    pub(super) irregular: Vec<u32>,
    /// Blocks with a backslash, ascending.
    pub(super) backslash_blocks: Vec<u32>,
}

impl Index {
    /// Token positions, ascending. Every newline is a token.
    pub(super) fn positions(&self) -> &[u32] {
        &self.positions[..self.tokens_len]
    }

    /// The kind of the token at each of the positions.
    pub(super) fn kinds(&self) -> &[u8] {
        &self.kinds[..self.tokens_len]
    }

    /// Everything that kernels could differ in.
    #[cfg(test)]
    pub fn output(&self) -> (Vec<u32>, Vec<u8>, Vec<u32>, Vec<u32>) {
        let (irregular, backslash_blocks) = (self.irregular.clone(), self.backslash_blocks.clone());
        (self.positions().to_vec(), self.kinds().to_vec(), irregular, backslash_blocks)
    }

    /// Forgets the tokens of the chunk before.
    pub(super) fn clear(&mut self) {
        self.tokens_len = 0;
        self.irregular.clear();
        self.backslash_blocks.clear();
    }

    /// The code shared by all kernels, inlined into each so that it is compiled for its
    /// instruction set.
    #[inline(always)]
    pub(super) fn build_with<C, E, P, W>(&mut self, chunk: &[u8], with: Instructions<C, E, P, W>)
    where
        C: Fn(&Block) -> Classes,
        E: Fn(&Block) -> EscapeClasses,
        P: Fn(u64) -> u64,
        W: Fn(&Block, Tokens, u32, Room<'_>),
    {
        let mut carry = Carry::default();
        let (blocks, rest) = chunk.as_chunks::<BLOCK_BYTES>();
        for (n, block) in blocks.iter().enumerate() {
            self.add(n, block, &mut carry, &with);
        }
        if !rest.is_empty() {
            let mut last = [b' '; BLOCK_BYTES];
            last[..rest.len()].copy_from_slice(rest);
            self.add(blocks.len(), &last, &mut carry, &with);
        }
    }

    #[inline(always)]
    fn add<C, E, P, W>(
        &mut self,
        n: usize,
        block: &Block,
        carry: &mut Carry,
        with: &Instructions<C, E, P, W>,
    ) where
        C: Fn(&Block) -> Classes,
        E: Fn(&Block) -> EscapeClasses,
        P: Fn(u64) -> u64,
        W: Fn(&Block, Tokens, u32, Room<'_>),
    {
        let class = (with.classes)(block);
        let mut irregular = 0;
        let mut escaped = 0;
        if class.backslash | carry.escaped | carry.digits != 0 {
            escaped = carry.escaped_bytes(class.backslash);
            irregular = carry.wrong_escapes(escaped, &(with.escapes)(block));
            self.backslash_blocks.push(n as u32);
        }
        let quotes = class.quote & !escaped;
        let inside = carry.inside_strings(quotes, class.newline, &with.parity);
        irregular |= class.control & inside;
        let mut space = class.space | class.newline;
        if class.control != class.newline {
            space |= tabs_and_returns(block, class.control);
        }
        let operators = class.operator & !inside;
        let plain = !(inside | quotes | class.operator | space);
        let starts = carry.starts(plain);
        let all = operators | quotes & inside | starts | class.newline;
        let base = (n * BLOCK_BYTES) as u32;
        if let Some(room) = self.room() {
            (with.write)(block, Tokens { all, atoms: starts }, base, room);
        }
        self.tokens_len += all.count_ones() as usize;
        if irregular != 0 {
            push_irregular(&mut self.irregular, base, irregular);
        }
    }

    /// Buffers for the tokens of a block; always `Some`.
    #[inline(always)]
    fn room(&mut self) -> Option<Room<'_>> {
        if self.kinds.len() < self.tokens_len + BLOCK_BYTES {
            self.grow();
        }
        Some(Room {
            positions: self.positions[self.tokens_len..].first_chunk_mut()?,
            kinds: self.kinds[self.tokens_len..].first_chunk_mut()?,
        })
    }

    #[cold]
    fn grow(&mut self) {
        let length = (self.kinds.len() * 2).max(16 * BLOCK_BYTES);
        self.positions.resize(length, 0);
        self.kinds.resize(length, 0);
    }
}

#[cold]
fn push_irregular(positions: &mut Vec<u32>, base: u32, mut irregular: u64) {
    while irregular != 0 {
        positions.push(base + irregular.trailing_zeros());
        irregular &= irregular - 1;
    }
}

/// The tabs and carriage returns among the control characters.
#[cold]
fn tabs_and_returns(block: &Block, mut controls: u64) -> u64 {
    let mut found = 0;
    while controls != 0 {
        let at = controls.trailing_zeros();
        found |= u64::from(matches!(block[at as usize], b'\t' | b'\r')) << at;
        controls &= controls - 1;
    }
    found
}

/// The state carried from one block to the next.
#[derive(Debug, Default)]
pub(super) struct Carry {
    /// 1 if the first byte is escaped.
    escaped: u64,
    /// All ones if the block begins inside a string.
    inside: u64,
    /// 1 if the first byte continues an atom.
    plain: u64,
    /// Low four bits: bytes that must be digits of a `\u`.
    digits: u64,
}

impl Carry {
    /// The bytes that a backslash escapes: those after a run of backslashes of odd length.
    #[inline(always)]
    fn escaped_bytes(&mut self, backslash: u64) -> u64 {
        // An escaped backslash escapes nothing.
        let escaping = backslash & !self.escaped;
        let after = escaping << 1 | self.escaped;
        // Adding carries a bit through a run: a run that starts on an odd bit ends on a bit
        // of the other parity exactly if its length is odd.
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let starts_odd = escaping & !EVEN & !after;
        let (ends, overflow) = starts_odd.overflowing_add(escaping);
        self.escaped = u64::from(overflow);
        (EVEN ^ ends << 1) & after
    }

    /// The invalid escapes.
    #[inline(always)]
    fn wrong_escapes(&mut self, escaped: u64, class: &EscapeClasses) -> u64 {
        let unicode = escaped & class.unicode;
        let digits = unicode << 1 | unicode << 2 | unicode << 3 | unicode << 4 | self.digits;
        self.digits = unicode >> 63 | unicode >> 62 | unicode >> 61 | unicode >> 60;
        escaped & !(class.simple | class.unicode) | digits & !class.hex
    }

    /// The bytes inside strings, opening quote included, closing quote not.
    #[inline(always)]
    fn inside_strings(&mut self, quotes: u64, newline: u64, parity: &impl Fn(u64) -> u64) -> u64 {
        let mut inside = parity(quotes) ^ self.inside;
        if inside & newline != 0 {
            inside = end_strings_at_newlines(inside, newline);
        }
        self.inside = ((inside as i64) >> 63) as u64;
        inside
    }

    /// The first byte of each run of `plain`.
    #[inline(always)]
    fn starts(&mut self, plain: u64) -> u64 {
        let starts = plain & !(plain << 1 | self.plain);
        self.plain = plain >> 63;
        starts
    }
}

/// A string that is open at a newline ends there: all later quotes swap their roles.
#[cold]
fn end_strings_at_newlines(mut inside: u64, newline: u64) -> u64 {
    while inside & newline != 0 {
        inside ^= !0 << (inside & newline).trailing_zeros();
    }
    inside
}
