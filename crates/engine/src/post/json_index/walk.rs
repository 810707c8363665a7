//! Walks the tokens of a line: is it one JSON object, and where are its mapped values?
//!
//! Input: the [`Index`] of a chunk. Output: for each line the values of the mapped pointers,
//! or that the line is irregular: then the reference reads it from the start, and values found
//! here are discarded. The values equal those that the reference finds.
//!
//! Irregular is every line that is not JSON, and some that are: lines with escaped or
//! duplicate keys in mapped objects, control characters in strings, more than [`DEPTH_MAX`]
//! levels, or an element that two pointers reach. Nothing recurses; depth is a counter.

use std::ops::Range;

use memchr::memchr;

use super::scalars::{atom_length, closing_quote};
use super::shape::{Line, NoRecorder, Shape, ShapeRecorder, WalkObserver};
use super::shapes::{Lookup, Shapes};
use super::structural::{ATOM, BLOCK_BYTES, Index};
use crate::post::extraction::Extraction;
use crate::post::line_values::LineValues;
use crate::post::paths::Paths;
use crate::post::trie::NodeIx;

/// Levels of nesting that are walked here; deeper lines are read by the reference.
const DEPTH_MAX: usize = 64;

/// A value that no pointer maps, with everything in it.
const IGNORED: NodeIx = NodeIx::MAX;

/// A token: its number in the index, and its kind.
#[derive(Clone, Copy, Debug)]
struct Token {
    number: usize,
    kind: u8,
}

/// An open container.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// The node of the container.
    node: NodeIx,
    /// `}` or `]`.
    closing: u8,
    /// Number of the opening bracket.
    open: usize,
    /// Elements seen.
    elements: u32,
    /// Number of the object, for detecting duplicate keys.
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
    irregular: &'w [u32],
    backslash_blocks: &'w [u32],
    /// Start of the line.
    start: u32,
    /// No backslash occurs before this, from `start` on.
    backslash_from: u32,
    /// Containers around the one that is walked.
    levels: [Level; DEPTH_MAX],
    shapes: &'w mut Shapes,
    /// Makes the extraction of a shape.
    extraction_of: &'w dyn Fn(&Shape) -> Option<Extraction>,
}

/// The result of reading one line by its tokens.
pub(in crate::post) struct WalkedLine {
    /// Position of the newline.
    pub newline: usize,
    /// It is one JSON object, and all its mapped values are known.
    pub is_complete: bool,
    /// The shape whose extraction applies to it; its values were not looked up.
    pub shape: Option<ShapeMatch>,
    /// A string may contain a backslash.
    pub may_have_escapes: bool,
}

/// A line that matches a shape which has an extraction.
#[derive(Clone)]
pub(in crate::post) struct ShapeMatch {
    shape: usize,
    tokens: Range<usize>,
    start: u32,
}

impl<'w> Walker<'w> {
    /// Starts at the first line of `chunk`, whose index is `index`. `shapes` are those of
    /// `paths`; `extraction_of` makes their extractions.
    pub fn new(
        chunk: &'w [u8],
        paths: &'w Paths,
        index: &'w Index,
        shapes: &'w mut Shapes,
        extraction_of: &'w dyn Fn(&Shape) -> Option<Extraction>,
    ) -> Walker<'w> {
        Walker {
            chunk,
            paths,
            positions: index.positions(),
            kinds: index.kinds(),
            next: 0,
            irregular: &index.irregular,
            backslash_blocks: &index.backslash_blocks,
            start: 0,
            backslash_from: 0,
            levels: [Level::default(); DEPTH_MAX],
            shapes,
            extraction_of,
        }
    }

    /// The extraction of the shape that a line matches, and the line.
    #[inline]
    pub fn extraction(&self, matched: &ShapeMatch) -> Option<(&Extraction, Line<'w>)> {
        let ShapeMatch { shape, tokens, start } = matched;
        let positions = &self.positions[tokens.clone()];
        let line = Line { chunk: self.chunk, positions, start: *start };
        Some((self.shapes.extraction(*shape)?, line))
    }

    /// Puts the values of a line that does not follow its extraction into `values`.
    pub fn find(&self, matched: &ShapeMatch, values: &mut LineValues) {
        let ShapeMatch { shape, tokens, start } = matched;
        let positions = &self.positions[tokens.clone()];
        self.clear(values);
        self.shapes.find(*shape, Line { chunk: self.chunk, positions, start: *start }, values);
    }

    fn clear(&self, values: &mut LineValues) {
        values.clear(self.paths.trie.slots_len(), self.paths.trie.nodes_len());
    }

    /// The next line, with its values in `values` unless an extraction applies; `None` at the
    /// end.
    #[inline]
    pub fn next_line(&mut self, values: &mut LineValues) -> Option<WalkedLine> {
        let first = self.next;
        let count = memchr(b'\n', &self.kinds[first..])? + 1;
        self.note_backslashes();
        let mut shape = None;
        let is_json = self.is_json(first..first + count, values, &mut shape);
        self.next = first + count;
        let newline = self.at(self.next - 1);
        let is_irregular = self.irregular.first().is_some_and(|at| *at <= newline);
        if is_irregular {
            let later = self.irregular.partition_point(|at| *at <= newline);
            self.irregular = &self.irregular[later..];
        }
        self.start = newline + 1;
        let may_have_escapes = newline > self.backslash_from;
        let is_complete = is_json && !is_irregular;
        Some(WalkedLine { newline: newline as usize, is_complete, shape, may_have_escapes })
    }

    /// Reads the line of these tokens, by its shape if that is cached.
    #[inline]
    fn is_json(
        &mut self,
        tokens: Range<usize>,
        values: &mut LineValues,
        matched: &mut Option<ShapeMatch>,
    ) -> bool {
        let kinds = &self.kinds[tokens.clone()];
        let (first, start) = (tokens.start, self.start);
        let line = Line { chunk: self.chunk, positions: &self.positions[tokens.clone()], start };
        let known = self.shapes.look_up(kinds);
        if let Lookup::Shape(shape) = known
            && self.shapes.fits(shape, line)
        {
            if self.shapes.extraction(shape).is_some() {
                *matched = Some(ShapeMatch { shape, tokens, start });
            } else {
                self.clear(values);
                self.shapes.find(shape, line, values);
            }
            return true;
        }
        self.clear(values);
        let Lookup::SeenOnce(number) = known else {
            return self.object(values, &mut NoRecorder).is_some();
        };
        let mut recorder = ShapeRecorder::begin(self.shapes.take(number), first);
        let is_json = self.object(values, &mut recorder).is_some();
        let shape = recorder.end(kinds, is_json);
        let extraction = if shape.is_some() { (self.extraction_of)(&shape) } else { None };
        self.shapes.put(number, shape, extraction);
        is_json
    }

    /// Finds the first block with a backslash from the start of the line on.
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

    /// Position of a token in the chunk.
    #[inline(always)]
    fn at(&self, number: usize) -> u32 {
        self.positions[number]
    }

    /// Walks one line to its newline; `None` if the line is irregular.
    fn object(&mut self, values: &mut LineValues, observer: &mut impl WalkObserver) -> Option<()> {
        let open = self.token()?;
        if open.kind != b'{' {
            return None;
        }
        let mut depth = 0;
        let mut level = Level::open(0, open, values);
        let mut token = self.token()?;
        let mut is_first = true;
        loop {
            // `token` begins an item of `level`, or closes it if it is empty.
            if !(is_first && token.kind == level.closing) {
                let child = self.child(&mut level, token, values, observer)?;
                if level.closing == b'}' {
                    token = self.token()?;
                }
                if token.kind == b'{' || token.kind == b'[' {
                    *self.levels.get_mut(depth)? = level;
                    depth += 1;
                    level = Level::open(child, token, values);
                    token = self.token()?;
                    is_first = true;
                    continue;
                }
                token = self.scalar(child, token, values, observer)?;
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
                    self.take(level.node, level.open..token.number, end, values, observer);
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

    /// The node of the item that begins at `token`. For a member, its key and the colon are
    /// consumed.
    #[inline(always)]
    fn child(
        &mut self,
        level: &mut Level,
        token: Token,
        values: &mut LineValues,
        observer: &mut impl WalkObserver,
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
        self.member(level, token, colon, values, observer)
    }

    #[inline(always)]
    fn member(
        &mut self,
        level: &Level,
        token: Token,
        colon: Token,
        values: &mut LineValues,
        observer: &mut impl WalkObserver,
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
        observer.key(token.number, &from[..length], end + 1 == colon);
        let Some(child) = node.member(from, length) else {
            return Some(IGNORED);
        };
        let seen = &mut values.seen[child as usize];
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

    /// Consumes the string, number or name at `token`. Returns the token after it.
    #[inline(always)]
    fn scalar(
        &mut self,
        child: NodeIx,
        token: Token,
        values: &mut LineValues,
        observer: &mut impl WalkObserver,
    ) -> Option<Token> {
        let next = self.token()?;
        let start = self.at(token.number);
        let end = match token.kind {
            b'"' if child == IGNORED => return Some(next),
            b'"' => closing_quote(self.chunk, start, self.at(next.number)) + 1,
            ATOM => {
                let text = start as usize..self.at(next.number) as usize;
                start + atom_length(&self.chunk[text])?
            }
            _ => return None,
        };
        if child != IGNORED {
            self.take(child, token.number..next.number, end, values, observer);
        }
        Some(next)
    }

    /// Records the value of `node`, if it is mapped. `tokens`: its first, and its closing
    /// bracket or what follows it.
    #[inline]
    fn take(
        &self,
        node: NodeIx,
        tokens: Range<usize>,
        end: u32,
        values: &mut LineValues,
        observer: &mut impl WalkObserver,
    ) {
        if let Some(slot) = self.paths.trie.node(node).slot() {
            let has_wildcard = self.paths.has_wildcard[slot as usize];
            let value = self.at(tokens.start) - self.start..end - self.start;
            values.put(slot, has_wildcard, value);
            observer.value(slot, has_wildcard, tokens.start, tokens.end);
        }
    }
}

impl Level {
    /// The container that starts at `open`.
    #[inline(always)]
    fn open(node: NodeIx, open: Token, values: &mut LineValues) -> Level {
        values.objects += 1;
        // In ASCII the closing bracket is two after the opening one.
        let closing = open.kind + 2;
        Level { node, closing, open: open.number, elements: 0, object: values.objects }
    }
}
