//! Where the tokens of JSON lines begin, found 64 bytes at a time.
//!
//! Input: a chunk of whole lines. Output: an [`Index`]: the position of every
//! bracket, colon, comma and newline outside strings, of every opening quote, and of the
//! first byte of everything else outside strings that is no space; and the
//! positions that make a line *odd*, so that the reference must read it.
//!
//! * A newline ends a line and its strings, whatever came before: no line's
//!   faults reach the next.
//! * Escapes are checked here, all of them; a line with a wrong one is odd. So is
//!   one with a control character inside a string.
//! * Whether the tokens form JSON is for [`walk`]; UTF-8 is for the caller.
//!
//! The byte classes come from a kernel; what is made of them is the same
//! code for all, so that kernels can only differ in 64-bit masks, and those are
//! compared in tests.

#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
pub(super) mod shapes;
pub(super) mod walk;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A way to classify 64 bytes at once. Where the machine lacks one, the next
/// best is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// No special instructions.
    Plain,
    /// Part of every x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// With BMI and carry-less multiplication.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// F, BW and VBMI2.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// Part of every AArch64 that has an operating system.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// Those that this machine can run, slowest first.
    pub fn available() -> Vec<Kernel> {
        let mut kernels = vec![Kernel::Plain];
        #[cfg(target_arch = "x86_64")]
        kernels.extend(x86::available());
        #[cfg(target_arch = "aarch64")]
        kernels.extend(neon::available());
        kernels
    }
}

/// Bytes of one block: bit n tells of byte n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Classes {
    quote: u64,
    backslash: u64,
    newline: u64,
    /// Below 0x20, newline included.
    control: u64,
    /// `{ } [ ] : ,`
    operator: u64,
    space: u64,
}

/// Bytes of one block that matter after a backslash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct EscapeClasses {
    /// `" \ / b f n r t`
    simple: u64,
    /// `u`
    unicode: u64,
    /// `0-9 a-f A-F`
    hex: u64,
}

/// The kind of a number, a name, or what is no JSON.
const PLAIN: u8 = b'0';

/// What a kernel does in its own way.
struct Instructions<C, E, P, W> {
    /// The classes of a block.
    classes: C,
    /// Its classes after backslashes.
    escapes: E,
    /// See [`plain::parity`].
    parity: P,
    /// Writes the tokens of a block that begins at a position; see [`plain::write`].
    write: W,
}

/// The tokens of one block, to be written behind those before.
struct Room<'i> {
    positions: &'i mut [u32; BLOCK_BYTES],
    kinds: &'i mut [u8; BLOCK_BYTES],
}

/// The tokens of one block: bit n tells of byte n.
#[derive(Clone, Copy, Debug)]
struct Tokens {
    all: u64,
    /// Those of [`PLAIN`] kind.
    plain: u64,
}

type Block = [u8; BLOCK_BYTES];
const BLOCK_BYTES: usize = 64;

/// The tokens of one chunk. Reused.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Positions, rising; the first `tokens_len` count.
    positions: Vec<u32>,
    /// What begins there: a bracket, colon, comma, quote or newline itself, [`PLAIN`]
    /// for anything else.
    kinds: Vec<u8>,
    tokens_len: usize,
    /// Positions that make their line odd, rising.
    odd: Vec<u32>,
    /// Blocks with a backslash, rising.
    backslash_blocks: Vec<u32>,
}

impl Index {
    /// Indexes `chunk`, which is empty or ends with a newline and is at most
    /// [`super::CHUNK_BYTES_MAX`] long.
    pub fn build(&mut self, kernel: Kernel, chunk: &[u8]) {
        self.tokens_len = 0;
        self.odd.clear();
        self.backslash_blocks.clear();
        match kernel {
            Kernel::Plain => plain::build(chunk, self),
            #[cfg(target_arch = "x86_64")]
            kernel => x86::build(kernel, chunk, self),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => neon::build(chunk, self),
        }
    }

    /// Token positions, rising. Every newline is one.
    fn positions(&self) -> &[u32] {
        &self.positions[..self.tokens_len]
    }

    /// What begins at each of the positions.
    fn kinds(&self) -> &[u8] {
        &self.kinds[..self.tokens_len]
    }

    /// All that kernels could differ in.
    #[cfg(test)]
    pub fn told(&self) -> (Vec<u32>, Vec<u8>, Vec<u32>, Vec<u32>) {
        let (odd, backslash_blocks) = (self.odd.clone(), self.backslash_blocks.clone());
        (self.positions().to_vec(), self.kinds().to_vec(), odd, backslash_blocks)
    }

    /// The code of every kernel, inlined into each so that it is compiled with
    /// its instructions.
    #[inline(always)]
    fn build_with<C, E, P, W>(&mut self, chunk: &[u8], with: Instructions<C, E, P, W>)
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
        let mut odd = 0;
        let mut escaped = 0;
        if class.backslash | carry.escaped | carry.digits != 0 {
            escaped = carry.escaped_bytes(class.backslash);
            odd = carry.wrong_escapes(escaped, &(with.escapes)(block));
            self.backslash_blocks.push(n as u32);
        }
        let quotes = class.quote & !escaped;
        let inside = carry.inside_strings(quotes, class.newline, &with.parity);
        odd |= class.control & inside;
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
            (with.write)(block, Tokens { all, plain: starts }, base, room);
        }
        self.tokens_len += all.count_ones() as usize;
        if odd != 0 {
            push_odd(&mut self.odd, base, odd);
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
fn push_odd(positions: &mut Vec<u32>, base: u32, mut odd: u64) {
    while odd != 0 {
        positions.push(base + odd.trailing_zeros());
        odd &= odd - 1;
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
struct Carry {
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
    /// The bytes that a backslash escapes: those after an odd run of backslashes.
    #[inline(always)]
    fn escaped_bytes(&mut self, backslash: u64) -> u64 {
        // A backslash that is escaped escapes nothing.
        let escaping = backslash & !self.escaped;
        let after = escaping << 1 | self.escaped;
        // Adding carries a bit through a run: what starts on an odd bit ends on a
        // bit of the other parity exactly if the run is of odd length.
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
