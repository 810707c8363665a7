//! Projections: streams of symbols derived from folded text.
//!
//! The folded text is the first projection. The others skip noise, replace symbols by
//! classes of look-alikes, do both, or replace Han characters by syllables. Terms go through
//! the same derivation as texts, so a term occurs in a projection of a text if the
//! projection of the term does. Projections are coarser than views: an occurrence is
//! verified against the folded symbols afterwards (see [`verify`](crate::scan::verify)).

mod kernel;

use super::noise::{LEET_AT, LEET_DOLLAR, is_letter, is_lookalike_sign};
use super::syllable;
use crate::codec::{Codec, DecodeError, Reader, ensure};
use crate::domain::view::{View, ViewSet};
use crate::fold::{self, tables};
pub use kernel::Kernel;
use std::ops::Range;
use std::sync::OnceLock;

/// One step of a derivation.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A symbol of the projection, and the position of the folded symbol it is derived from.
    Symbol(u16, usize),
    /// Position of another folded symbol that was merged into the previous output symbol.
    Merged(usize),
}

impl Step {
    /// The output symbol of the step, if it has one.
    #[inline]
    pub fn symbol(self) -> Option<u16> {
        match self {
            Step::Symbol(symbol, _) => Some(symbol),
            Step::Merged(_) => None,
        }
    }
}

/// The symbols of a projection, and the places that they are derived from. The lists have the same
/// length; they are written over, not emptied.
#[derive(Debug, Default)]
pub struct Derived {
    pub symbols: Vec<u16>,
    /// For each symbol, the position of the first folded symbol it is derived from.
    pub starts: Vec<u32>,
    /// For each symbol, one past the last folded symbol it is derived from.
    pub ends: Vec<u32>,
}

impl Derived {
    /// Makes the lists at least so long.
    pub fn grow(&mut self, length: usize) {
        if self.symbols.len() < length {
            self.symbols.resize(length, fold::SEPARATOR);
            self.starts.resize(length, 0);
            self.ends.resize(length, 0);
        }
    }
}

/// The changes that a view requires of a projection.
struct ProjectionSpec {
    /// Noise is skipped.
    squeezes: bool,
    /// Symbols are replaced by classes of look-alikes.
    looks: bool,
    /// Han characters are replaced by syllables.
    sounds: bool,
}

impl ProjectionSpec {
    /// The projection that a view searches. The only place that maps views to projections.
    const fn of(view: View) -> ProjectionSpec {
        let folded = ProjectionSpec { squeezes: false, looks: false, sounds: false };
        match view {
            // The raw text is compared after the folded term was found.
            View::Exact | View::Folded => folded,
            View::Squeezed => ProjectionSpec { squeezes: true, ..folded },
            View::Look => ProjectionSpec { looks: true, ..folded },
            View::Sound => ProjectionSpec { sounds: true, ..folded },
        }
    }
}

/// A projection: the set of changes made to folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Projection(u8);

impl Codec for Projection {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
    fn decode(from: &mut Reader<'_>) -> Result<Projection, DecodeError> {
        let projection = Projection(u8::decode(from)?);
        ensure(projection.index() < Projection::COUNT, "a projection")?;
        Ok(projection)
    }
}

impl Projection {
    /// Folded text, unchanged.
    pub const FOLDED: Projection = Projection(0);
    /// Noise skipped.
    pub const SQUEEZED: Projection = Projection(Projection::SQUEEZE);
    /// Classes of look-alikes.
    pub const LOOK: Projection = Projection(Projection::CLASSES);
    /// Classes of look-alikes, noise skipped.
    pub const SQUEEZED_LOOK: Projection = Projection(Projection::SQUEEZE | Projection::CLASSES);
    /// Syllables.
    pub const SOUND: Projection = Projection(Projection::SYLLABLES);
    /// Syllables, noise skipped.
    pub const SQUEEZED_SOUND: Projection = Projection(Projection::SQUEEZE | Projection::SYLLABLES);
    /// Number of projections. Look-alike classes and syllables are not combined.
    pub const COUNT: usize = 6;

    const SQUEEZE: u8 = 1;
    const CLASSES: u8 = 2;
    const SYLLABLES: u8 = 4;

    /// The coarsest projection needed for these views. `sound` is handled by
    /// [`Projection::of_sound`].
    pub fn of(views: ViewSet) -> Projection {
        let bits = views.iter().map(ProjectionSpec::of).fold(0, |bits, spec| {
            let squeeze = if spec.squeezes { Projection::SQUEEZE } else { 0 };
            bits | squeeze | if spec.looks { Projection::CLASSES } else { 0 }
        });
        Projection(bits)
    }

    /// The syllable projection needed for these views; `None` if no view needs one.
    pub fn of_sound(views: ViewSet) -> Option<Projection> {
        let squeeze = Projection::of(views).0 & Projection::SQUEEZE;
        let sounds = views.iter().any(|view| ProjectionSpec::of(view).sounds);
        sounds.then_some(Projection(Projection::SYLLABLES | squeeze))
    }

    /// All projections, narrowest first.
    pub fn all() -> impl Iterator<Item = Projection> {
        (0..Projection::COUNT as u8).map(Projection)
    }

    #[inline]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    pub fn squeezes(self) -> bool {
        self.0 & Projection::SQUEEZE != 0
    }

    pub fn looks(self) -> bool {
        self.0 & Projection::CLASSES != 0
    }

    /// Derives the projection of `text[range]`; `text` must have a symbol on both sides of
    /// `range`. This is the definition, step by step; [`Projection::derive_symbols`] is the
    /// fast form.
    pub fn derive(self, text: &[u16], range: Range<usize>, mut visit: impl FnMut(Step)) {
        let mut last = fold::SEPARATOR;
        let mut at = range.start;
        while at < range.end {
            at = self.step(text, at, &mut last, &mut visit);
        }
    }

    /// Writes the symbols of [`Projection::derive`] to `out` from `written` on, with their places in
    /// `text`. Returns one past the last. There must be room for `range.len()` symbols, because a
    /// step writes at most one, and [`kernel::ROOM`] more.
    pub fn derive_symbols(
        self,
        text: &[u16],
        range: Range<usize>,
        out: &mut Derived,
        written: usize,
    ) -> usize {
        Kernel::best().derive(self, text, range, out, written)
    }

    /// As one step of [`Projection::derive`], written to `out` at `written`, which is moved on.
    fn write_step(
        self,
        text: &[u16],
        at: usize,
        last: &mut u16,
        out: &mut Derived,
        written: &mut usize,
    ) -> usize {
        let Derived { symbols, starts, ends } = out;
        self.step(text, at, last, &mut |step| match step {
            Step::Symbol(symbol, at) => {
                symbols[*written] = symbol;
                (starts[*written], ends[*written]) = (at as u32, at as u32 + 1);
                *written += 1;
            }
            // Only a symbol written by this derivation is merged into.
            Step::Merged(at) => ends[*written - 1] = at as u32 + 1,
        })
    }

    /// One step at `at`. Returns the position of the next step.
    fn step(self, text: &[u16], at: usize, last: &mut u16, visit: &mut dyn FnMut(Step)) -> usize {
        let symbol = text[at];
        let is_noise = self.squeezes() && fold::is_noise(text[at - 1], symbol, text[at + 1]);
        if is_noise && !(self.looks() && is_lookalike_sign(text, at)) {
            return at + 1;
        }
        if self.sounds() || !self.looks() {
            let symbol = if self.sounds() { syllable::class(symbol) } else { symbol };
            visit(Step::Symbol(symbol, at));
            *last = symbol;
            return at + 1;
        }
        let look = tables::lookalikes();
        let is_high = (0xD800..=0xDBFF).contains(&symbol);
        let class = match is_high {
            true => look.class_of_pair(symbol, text[at + 1]),
            false => Some(look.class(symbol)),
        };
        if class == Some(*last) && is_letter(*last) {
            visit(Step::Merged(at));
        } else {
            visit(Step::Symbol(class.unwrap_or(symbol), at));
        }
        *last = class.unwrap_or(symbol);
        // A surrogate pair with a class became one symbol; its second half is merged into it.
        if class.is_some() && is_high {
            visit(Step::Merged(at + 1));
            return at + 2;
        }
        at + 1
    }

    fn sounds(self) -> bool {
        self.0 & Projection::SYLLABLES != 0
    }

    /// For each folded symbol: its output symbol, [`SKIPPED`], or [`CONTEXT_DEPENDENT`].
    fn table(self) -> &'static [u16; 0x1_0000] {
        static TABLES: [OnceLock<Box<[u16; 0x1_0000]>>; Projection::COUNT] =
            [const { OnceLock::new() }; Projection::COUNT];
        TABLES[self.index()].get_or_init(|| {
            let of_symbol = |symbol: u16| self.context_free(symbol);
            let table: Vec<u16> = (0..=u16::MAX).map(of_symbol).collect();
            table.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("one per symbol"))
        })
    }

    fn context_free(self, symbol: u16) -> u16 {
        let depends = self.looks() && matches!(symbol, LEET_AT | LEET_DOLLAR);
        // Folded text has no symbol 0, which marks skipped symbols in the table.
        if (0xD800..=0xDFFF).contains(&symbol) || depends || symbol == SKIPPED {
            return CONTEXT_DEPENDENT;
        }
        let mut only = SKIPPED;
        self.step(
            &[fold::SEPARATOR, symbol, fold::SEPARATOR],
            1,
            &mut fold::SEPARATOR.clone(),
            &mut |step| {
                only = step.symbol().unwrap_or(SKIPPED);
            },
        );
        only
    }

    /// The projection of a term.
    pub fn of_term(self, symbols: &[u16]) -> Vec<u16> {
        let mut text = vec![fold::SEPARATOR];
        text.extend_from_slice(symbols);
        text.push(fold::SEPARATOR);
        let mut derived = Vec::with_capacity(symbols.len());
        self.derive(&text, 1..text.len() - 1, |step| derived.extend(step.symbol()));
        derived
    }
}

/// Table entry: the symbol is skipped.
const SKIPPED: u16 = 0;

/// Table entry: the output depends on the neighbours. Folding never produces this symbol.
const CONTEXT_DEPENDENT: u16 = tables::EXPANDS;

#[cfg(test)]
mod tests {
    use super::kernel::ROOM;
    use super::{Derived, Kernel, Projection, Step};
    use crate::domain::view::{View, ViewSet};
    use crate::fold::{SEPARATOR, fold};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_kernels_equal_the_definition(
            text in "\\PC{0,60}|[a-e@$.! 信赌贝1!🇨🎰𠀀]{0,90}|[ab ]{0,200}|([a-e. 赌]{0,700}🎰){0,3}",
        ) {
            let mut symbols = vec![SEPARATOR];
            symbols.extend(fold(&text));
            symbols.push(SEPARATOR);
            for projection in Projection::all() {
                let mut slow = Derived::default();
                let range = 1..symbols.len() - 1;
                projection.derive(&symbols, range.clone(), |step| match step {
                    Step::Symbol(symbol, at) => {
                        slow.symbols.push(symbol);
                        slow.starts.push(at as u32);
                        slow.ends.push(at as u32 + 1);
                    }
                    Step::Merged(at) => {
                        *slow.ends.last_mut().expect("a symbol is merged") = at as u32 + 1;
                    }
                });
                for kernel in Kernel::available() {
                    let mut fast = Derived::default();
                    fast.grow(1 + range.len() + ROOM);
                    let end = kernel.derive(projection, &symbols, range.clone(), &mut fast, 1);
                    let of = (projection, kernel);
                    prop_assert_eq!(&fast.symbols[1..end], &slow.symbols[..], "{:?}", of);
                    prop_assert_eq!(&fast.starts[1..end], &slow.starts[..], "{:?}", of);
                    prop_assert_eq!(&fast.ends[1..end], &slow.ends[..], "{:?}", of);
                }
            }
        }
    }

    fn derived(views: &[View], text: &str) -> String {
        let symbols = Projection::of(ViewSet::of(views)).of_term(&fold(text));
        String::from_utf16(&symbols).expect("projections are UTF-16")
    }

    #[test]
    fn projections_make_disguises_equal() {
        assert_eq!(derived(&[View::Squeezed], "加 v☆信"), "加v信");
        let both = [View::Squeezed, View::Look];
        for disguise in ["casino", "c.4.s.1.n.0", "c@$ino", "саѕіno", "CASSSINO", "🇨asino"] {
            assert_eq!(derived(&both, disguise), derived(&both, "casino"), "{disguise}");
        }
        assert_eq!(derived(&both, "加@我"), "加我", "between Han it is noise");
        assert_eq!(derived(&[View::Look], "fr33"), derived(&[View::Look], "free"));
        assert_eq!(derived(&[View::Look], "哈哈"), "哈哈", "Han repeats mean something");
    }
}
