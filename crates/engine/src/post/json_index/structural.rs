//! Where the tokens of JSON lines begin, found 64 bytes at a time.
//!
//! Input: a chunk of whole lines. Output: an [`Index`]: the position of every
//! bracket, colon, comma and newline outside strings, of every opening quote, and of the
//! first byte of everything else outside strings that is no space; and the
//! positions that make a line *irregular*, so that the reference must read it.
//!
//! * A newline ends a line and its strings, whatever came before: no line's
//!   faults reach the next.
//! * Escapes are checked here, all of them; a line with a wrong one is irregular. So is
//!   one with a control character inside a string.
//! * Whether the tokens form JSON is for [`walk`]; UTF-8 is for the caller.
//!
//! The byte classes come from a kernel; what is made of them is the same
//! code for all, so that kernels can only differ in 64-bit masks, and those are
//! compared in tests.

/// Bytes of one block: bit n tells of byte n.
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

/// Bytes of one block that matter after a backslash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EscapeClasses {
    /// `" \ / b f n r t`
    pub simple: u64,
    /// `u`
    pub unicode: u64,
    /// `0-9 a-f A-F`
    pub hex: u64,
}

/// The kind of a number, a name, or what is no JSON.
pub(super) const ATOM: u8 = b'0';

/// What a kernel does in its own way.
pub(super) struct Instructions<C, E, P, W> {
    /// The classes of a block.
    pub classes: C,
    /// Its classes after backslashes.
    pub escapes: E,
    /// See [`plain::parity`].
    pub parity: P,
    /// Writes the tokens of a block that begins at a position; see [`plain::write`].
    pub write: W,
}

/// The tokens of one block, to be written behind those before.
pub(super) struct Room<'i> {
    pub positions: &'i mut [u32; BLOCK_BYTES],
    pub kinds: &'i mut [u8; BLOCK_BYTES],
}

/// The tokens of one block: bit n tells of byte n.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens {
    pub all: u64,
    /// Those of [`ATOM`] kind.
    pub atoms: u64,
}

pub(super) type Block = [u8; BLOCK_BYTES];
pub(super) const BLOCK_BYTES: usize = 64;

/// The tokens of one chunk. Reused.
#[derive(Debug, Default)]
pub(in crate::post) struct Index {
    /// Positions, rising; the first `tokens_len` count.
    positions: Vec<u32>,
    /// What begins there: a bracket, colon, comma, quote or newline itself, [`ATOM`]
    /// for anything else.
    kinds: Vec<u8>,
    tokens_len: usize,
    /// Positions that make their line irregular, rising.
    pub(super) irregular: Vec<u32>,
    /// Blocks with a backslash, rising.
    pub(super) backslash_blocks: Vec<u32>,
}

impl Index {
    /// Token positions, rising. Every newline is one.
    pub(super) fn positions(&self) -> &[u32] {
        &self.positions[..self.tokens_len]
    }

    /// What begins at each of the positions.
    pub(super) fn kinds(&self) -> &[u8] {
        &self.kinds[..self.tokens_len]
    }

    /// All that kernels could differ in.
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

    /// The code of every kernel, inlined into each so that it is compiled with
    /// its instructions.
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

    /// Room for the tokens of a block; always some.
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

/// What one block leaves to the next.
#[derive(Debug, Default)]
pub(super) struct Carry {
    /// 1 if the first byte is escaped.
    escaped: u64,
    /// All ones if the block begins inside a string.
    inside: u64,
    /// 1 if the first byte goes on a number or name.
    plain: u64,
    /// Low four bits: bytes that must be digits of a `\u`.
    digits: u64,
}

impl Carry {
    /// The bytes that a backslash escapes: those after an irregular run of backslashes.
    #[inline(always)]
    fn escaped_bytes(&mut self, backslash: u64) -> u64 {
        // A backslash that is escaped escapes nothing.
        let escaping = backslash & !self.escaped;
        let after = escaping << 1 | self.escaped;
        // Adding carries a bit through a run: what starts on an irregular bit ends on a
        // bit of the other parity exactly if the run is of irregular length.
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let starts_odd = escaping & !EVEN & !after;
        let (ends, overflow) = starts_odd.overflowing_add(escaping);
        self.escaped = u64::from(overflow);
        (EVEN ^ ends << 1) & after
    }

    /// The escapes that are none.
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

/// A string that is open at a newline ends there: all later quotes change sides.
#[cold]
fn end_strings_at_newlines(mut inside: u64, newline: u64) -> u64 {
    while inside & newline != 0 {
        inside ^= !0 << (inside & newline).trailing_zeros();
    }
    inside
}
