//! Along the tokens of a line: is it one JSON object, and where are its values?
//!
//! Input: the [`Index`] of a chunk. Output: for each line the values of the
//! mapped pointers, or the word that the line is odd: then the reference reads
//! it from the start, and nothing found here counts. What is found is what the
//! reference would find.
//!
//! Odd is all that is no JSON, and some that is: keys with escapes and keys that stand twice
//! where the mapping looks, control characters in strings, more than
//! [`DEPTH_MAX`] levels, an element that two pointers reach. Depth is a counter.

use std::ops::Range;

use memchr::memchr;

use super::shapes::{Known, Line, Noted, Notes, Shape, Shapes, Unnoted};
use super::{BLOCK_BYTES, Index, PLAIN};
use crate::post::found::Found;
use crate::post::recipe::Recipe;
use crate::post::reference::Paths;
use crate::post::trie::NodeIx;

/// Levels of nesting that are walked here; deeper lines are read by the reference.
const DEPTH_MAX: usize = 64;

/// A value that no pointer asks for, with all that is in it.
const IGNORED: NodeIx = NodeIx::MAX;

/// A token: its number in the index, and its kind.
#[derive(Clone, Copy, Debug)]
struct Token {
    number: usize,
    kind: u8,
}

/// A bracket that is open.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// What the mapping asks of the container.
    node: NodeIx,
    /// `}` or `]`.
    closing: u8,
    /// Number of the opening bracket.
    open: usize,
    /// Elements seen.
    elements: u32,
    /// Number of the object, for telling keys that stand twice.
    object: u64,
}

/// Walks line after line.
pub(in crate::post) struct Walker<'w> {
    chunk: &'w [u8],
    paths: &'w Paths,
    positions: &'w [u32],
    kinds: &'w [u8],
    /// Number of the next token.
    next: usize,
    odd: &'w [u32],
    backslash_blocks: &'w [u32],
    /// Where the line begins.
    start: u32,
    /// No backslash stands before this, from `start` on.
    backslash_from: u32,
    /// Containers around the one that is walked.
    levels: [Level; DEPTH_MAX],
    shapes: &'w mut Shapes,
    /// Makes the recipe of a shape.
    recipe_of: &'w dyn Fn(&Shape) -> Option<Recipe>,
}

/// A line by its tokens.
pub(in crate::post) struct Walked {
    /// Position of the newline.
    pub newline: usize,
    /// It is one JSON object, and all its values were found.
    pub is_settled: bool,
    /// The shape whose recipe it may follow; its values were not looked up.
    pub recipe: Option<Following>,
    /// A backslash may stand in a string.
    pub may_escape: bool,
}

/// A line that fits a shape with a recipe.
#[derive(Clone)]
pub(in crate::post) struct Following {
    shape: usize,
    tokens: Range<usize>,
    start: u32,
}

impl<'w> Walker<'w> {
    /// At the first line of `chunk`, whose index is `index`. `shapes` are those of
    /// `paths`, with recipes that `recipe_of` made.
    pub fn new(
        chunk: &'w [u8],
        paths: &'w Paths,
        index: &'w Index,
        shapes: &'w mut Shapes,
        recipe_of: &'w dyn Fn(&Shape) -> Option<Recipe>,
    ) -> Walker<'w> {
        Walker {
            chunk,
            paths,
            positions: index.positions(),
            kinds: index.kinds(),
            next: 0,
            odd: &index.odd,
            backslash_blocks: &index.backslash_blocks,
            start: 0,
            backslash_from: 0,
            levels: [Level::default(); DEPTH_MAX],
            shapes,
            recipe_of,
        }
    }

    /// How to make a record of a line, and the line.
    #[inline]
    pub fn recipe(&self, following: &Following) -> Option<(&Recipe, Line<'w>)> {
        let Following { shape, tokens, start } = following;
        let positions = &self.positions[tokens.clone()];
        let line = Line { chunk: self.chunk, positions, start: *start };
        Some((self.shapes.recipe(*shape)?, line))
    }

    /// Puts the values of a line that does not follow its recipe into `found`.
    pub fn find(&self, following: &Following, found: &mut Found) {
        let Following { shape, tokens, start } = following;
        let positions = &self.positions[tokens.clone()];
        self.clear(found);
        self.shapes.find(*shape, Line { chunk: self.chunk, positions, start: *start }, found);
    }

    fn clear(&self, found: &mut Found) {
        found.clear(self.paths.trie.slots_len(), self.paths.trie.nodes_len());
    }

    /// The next line, with its values in `found` unless it follows a recipe; `None` at the
    /// end.
    #[inline]
    pub fn next_line(&mut self, found: &mut Found) -> Option<Walked> {
        let first = self.next;
        let count = memchr(b'\n', &self.kinds[first..])? + 1;
        self.note_backslashes();
        let mut recipe = None;
        let is_json = self.is_json(first..first + count, found, &mut recipe);
        self.next = first + count;
        let newline = self.at(self.next - 1);
        let is_odd = self.odd.first().is_some_and(|at| *at <= newline);
        if is_odd {
            let later = self.odd.partition_point(|at| *at <= newline);
            self.odd = &self.odd[later..];
        }
        self.start = newline + 1;
        let may_escape = newline > self.backslash_from;
        let is_settled = is_json && !is_odd;
        Some(Walked { newline: newline as usize, is_settled, recipe, may_escape })
    }

    /// Reads the line of these tokens, by its shape if that is known.
    #[inline]
    fn is_json(
        &mut self,
        tokens: Range<usize>,
        found: &mut Found,
        recipe: &mut Option<Following>,
    ) -> bool {
        let kinds = &self.kinds[tokens.clone()];
        let (first, start) = (tokens.start, self.start);
        let line = Line { chunk: self.chunk, positions: &self.positions[tokens.clone()], start };
        let known = self.shapes.know(kinds);
        if let Known::Shape(shape) = known
            && self.shapes.fits(shape, line)
        {
            if self.shapes.recipe(shape).is_some() {
                *recipe = Some(Following { shape, tokens, start });
            } else {
                self.clear(found);
                self.shapes.find(shape, line, found);
            }
            return true;
        }
        self.clear(found);
        let Known::SeenOnce(number) = known else {
            return self.object(found, &mut Unnoted).is_some();
        };
        let mut noted = Noted::begin(self.shapes.take(number), first);
        let is_json = self.object(found, &mut noted).is_some();
        let shape = noted.end(kinds, is_json);
        let recipe = if shape.is_some() { (self.recipe_of)(&shape) } else { None };
        self.shapes.put(number, shape, recipe);
        is_json
    }

    /// Finds the first backslash from the start of the line on, to the block.
    #[inline]
    fn note_backslashes(&mut self) {
        let block = self.start / BLOCK_BYTES as u32;
        while let Some((first, later)) = self.backslash_blocks.split_first() {
            if *first >= block {
                self.backslash_from = first * BLOCK_BYTES as u32;
                return;
            }
            self.backslash_blocks = later;
        }
        self.backslash_from = u32::MAX;
    }

    #[inline(always)]
    fn token(&mut self) -> Option<Token> {
        let number = self.next;
        self.next += 1;
        Some(Token { number, kind: *self.kinds.get(number)? })
    }

    /// Where a token stands in the chunk.
    #[inline(always)]
    fn at(&self, number: usize) -> u32 {
        self.positions[number]
    }

    /// Walks one line to its newline; `None` if it is odd.
    fn object(&mut self, found: &mut Found, notes: &mut impl Notes) -> Option<()> {
        let open = self.token()?;
        if open.kind != b'{' {
            return None;
        }
        let mut depth = 0;
        let mut level = Level::open(0, open, found);
        let mut token = self.token()?;
        let mut is_first = true;
        loop {
            // `token` begins an item of `level`, or closes it if it is empty.
            if !(is_first && token.kind == level.closing) {
                let child = self.child(&mut level, token, found, notes)?;
                if level.closing == b'}' {
                    token = self.token()?;
                }
                if token.kind == b'{' || token.kind == b'[' {
                    *self.levels.get_mut(depth)? = level;
                    depth += 1;
                    level = Level::open(child, token, found);
                    token = self.token()?;
                    is_first = true;
                    continue;
                }
                token = self.scalar(child, token, found, notes)?;
                is_first = false;
                if token.kind == b',' {
                    token = self.token()?;
                    continue;
                }
                if token.kind != level.closing {
                    return None;
                }
            }
            // `token` closes `level`.
            loop {
                if level.node != IGNORED {
                    let end = self.at(token.number) + 1;
                    self.take(level.node, level.open..token.number, end, found, notes);
                }
                if depth == 0 {
                    let end = self.token()?;
                    return (end.kind == b'\n').then_some(());
                }
                depth -= 1;
                level = self.levels[depth];
                token = self.token()?;
                if token.kind == b',' {
                    token = self.token()?;
                    is_first = false;
                    break;
                }
                if token.kind != level.closing {
                    return None;
                }
            }
        }
    }

    /// What the mapping asks of the item that begins at `token`. For a
    /// member, its key and the colon are passed.
    #[inline(always)]
    fn child(
        &mut self,
        level: &mut Level,
        token: Token,
        found: &mut Found,
        notes: &mut impl Notes,
    ) -> Option<NodeIx> {
        if level.closing == b']' {
            return self.element(level);
        }
        let colon = self.token()?;
        if token.kind != b'"' || colon.kind != b':' {
            return None;
        }
        if level.node == IGNORED {
            return Some(IGNORED);
        }
        self.member(level, token, colon, found, notes)
    }

    #[inline(always)]
    fn member(
        &mut self,
        level: &Level,
        token: Token,
        colon: Token,
        found: &mut Found,
        notes: &mut impl Notes,
    ) -> Option<NodeIx> {
        let node = self.paths.trie.node(level.node);
        if !node.has_members() {
            return Some(IGNORED);
        }
        let start = self.at(token.number) + 1;
        let colon = self.at(colon.number);
        let from = &self.chunk[start as usize..];
        let end = closing_quote(self.chunk, start, colon);
        let length = (end - start) as usize;
        if colon > self.backslash_from && memchr(b'\\', &from[..length]).is_some() {
            return None;
        }
        notes.key(token.number, &from[..length], end + 1 == colon);
        let Some(child) = node.member(from, length) else {
            return Some(IGNORED);
        };
        let seen = &mut found.seen[child as usize];
        if *seen == level.object {
            return None;
        }
        *seen = level.object;
        Some(child)
    }

    #[inline]
    fn element(&mut self, level: &mut Level) -> Option<NodeIx> {
        if level.node == IGNORED {
            return Some(IGNORED);
        }
        let children = self.paths.trie.node(level.node).element(level.elements);
        level.elements = level.elements.saturating_add(1);
        match children {
            [None, None] => Some(IGNORED),
            [Some(child), None] | [None, Some(child)] => Some(child),
            [Some(_), Some(_)] => None,
        }
    }

    /// Passes the string, number or name at `token`. Gives the token after it.
    #[inline(always)]
    fn scalar(
        &mut self,
        child: NodeIx,
        token: Token,
        found: &mut Found,
        notes: &mut impl Notes,
    ) -> Option<Token> {
        let next = self.token()?;
        let start = self.at(token.number);
        let end = match token.kind {
            b'"' if child == IGNORED => return Some(next),
            b'"' => closing_quote(self.chunk, start, self.at(next.number)) + 1,
            PLAIN => {
                let text = start as usize..self.at(next.number) as usize;
                start + plain_length(&self.chunk[text])?
            }
            _ => return None,
        };
        if child != IGNORED {
            self.take(child, token.number..next.number, end, found, notes);
        }
        Some(next)
    }

    /// Notes the value of `node`, if it is mapped. `tokens`: its first, and its closing
    /// bracket or what follows it.
    #[inline]
    fn take(
        &self,
        node: NodeIx,
        tokens: Range<usize>,
        end: u32,
        found: &mut Found,
        notes: &mut impl Notes,
    ) {
        if let Some(slot) = self.paths.trie.node(node).slot() {
            let has_wildcard = self.paths.has_wildcard[slot as usize];
            let value = self.at(tokens.start) - self.start..end - self.start;
            found.put(slot, has_wildcard, value);
            notes.value(slot, has_wildcard, tokens.start, tokens.end);
        }
    }
}

impl Level {
    /// The container that `open` opens.
    #[inline(always)]
    fn open(node: NodeIx, open: Token, found: &mut Found) -> Level {
        found.objects += 1;
        // In ASCII the closing bracket stands two after the opening one.
        let closing = open.kind + 2;
        Level { node, closing, open: open.number, elements: 0, object: found.objects }
    }
}

/// The quote that closes the string before the token at `next`: only spaces can
/// stand between, anything else would be a token. Not before `start`.
#[inline(always)]
pub(super) fn closing_quote(chunk: &[u8], start: u32, next: u32) -> u32 {
    let mut at = next.saturating_sub(1);
    while at > start && chunk[at as usize] != b'"' {
        at -= 1;
    }
    at
}

/// The length of the number or name that `text` is, spaces after it apart.
#[inline]
pub(super) fn plain_length(text: &[u8]) -> Option<u32> {
    let length = match text {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => number_length(text)?,
    };
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    text[length..].iter().all(is_space).then_some(length as u32)
}

/// The length of the number at the start of `text`.
#[inline]
fn number_length(text: &[u8]) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let mut length = sign + digits(&text[sign..]);
    if length == sign || (text[sign] == b'0' && length > sign + 1) {
        return None;
    }
    if text.get(length) == Some(&b'.') {
        let fraction = digits(&text[length + 1..]);
        if fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if let Some(b'e' | b'E') = text.get(length) {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(&text[length + 1 + sign..]);
        if exponent == 0 {
            return None;
        }
        length += 1 + sign + exponent;
    }
    Some(length)
}

#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
