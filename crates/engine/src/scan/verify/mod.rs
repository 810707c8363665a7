//! What a literal found in a reading is in the folded text: where it stands, and in which
//! view it is seen there.
//!
//! Readings are coarse; only the folded symbols tell whether a term's own views accept
//! what is written. Which symbols those are is worked out for a field when first asked.

use crate::scan::scanner::{Scanner, Use};
use crate::scan::spec::Edge;
use crate::scan::text::batch::{FieldText, Texts};
use crate::scan::text::projection::{Reading, is_noise_in};
pub(in crate::scan) mod lookalike;
pub(in crate::scan) mod pinyin;

use crate::domain::view::View;
use crate::fold::tables;
use std::ops::Range;

/// A stretch of folded symbols in a field of the post.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan) struct Stretch {
    pub field: usize,
    pub start: usize,
    pub end: usize,
}

/// For each symbol of the readings of a post's fields: the folded symbols it stands for.
#[derive(Debug, Default)]
pub(in crate::scan) struct Origins {
    /// By field and reading.
    fields: Vec<[Known; Reading::COUNT]>,
    /// By field: the generation that looked, and whether it has Han characters.
    han: Vec<(u32, bool)>,
    generation: u32,
}

/// The places of one reading, and the generation that wrote them.
type Known = (u32, Vec<(u32, u32)>);

impl Origins {
    /// Forgets the last post.
    pub fn begin(&mut self, fields: usize) {
        if self.fields.len() < fields {
            self.fields.resize_with(fields, Default::default);
            self.han.resize(fields, (0, false));
        }
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.fields.iter_mut().flatten().for_each(|known| known.0 = 0);
            self.han.fill((0, false));
            self.generation = 1;
        }
    }
}

/// A post, and what is known of its readings.
pub(in crate::scan) struct Sight<'s> {
    pub scanner: &'s Scanner,
    pub texts: &'s Texts,
    pub fields: &'s [FieldText],
    pub origins: &'s mut Origins,
}

impl<'s> Sight<'s> {
    /// Where a literal found at `own` of a reading stands, and in which view it is seen:
    /// the narrowest of its matcher. `None` if none sees it. Edges and case are not
    /// looked at.
    pub fn sees(
        &mut self,
        wanted: &Use,
        reading: Reading,
        field: usize,
        own: Range<usize>,
    ) -> Option<(Stretch, View)> {
        let stretch = self.stretch(reading, field, own.clone());
        let Some(source) = wanted.source.as_deref() else { return Some((stretch, View::Folded)) };
        let views = self.scanner.matchers[wanted.matcher.index()].views;
        if let Some(anchor) = wanted.anchor {
            let comparison = pinyin::Comparison {
                text: self.text(field),
                term: &source.symbols,
                skips_noise: views.has(View::Squeezed),
                has_han: self.has_han(field),
            };
            let (start, end) = comparison.stretch(usize::from(anchor), stretch.start)?;
            return Some((Stretch { field, start, end }, View::Sound));
        }
        if reading == Reading::FOLDED {
            return Some((stretch, View::Folded));
        }
        let narrowest = |sight: &Self, stretch| {
            let view = lookalike::narrowest(sight.symbols(stretch), &source.symbols, views)?;
            Some((stretch, if source.is_split { View::Look } else { view }))
        };
        narrowest(self, stretch).or_else(|| {
            let nearer = self.nearer(reading, field, own);
            nearer.into_iter().flatten().find_map(|stretch| narrowest(self, stretch))
        })
    }

    /// Has the field Han characters? Looked up once: a flood of pinyin asks at every place.
    fn has_han(&mut self, field: usize) -> bool {
        let text = self.text(field);
        let (generation, has_han) = &mut self.origins.han[field];
        if *generation != self.origins.generation {
            *generation = self.origins.generation;
            *has_han = text.iter().any(|symbol| tables::han().has(*symbol));
        }
        *has_han
    }

    /// The folded symbols of a field.
    fn text(&self, field: usize) -> &'s [u16] {
        let (start, end) = self.fields[field].range(Reading::FOLDED);
        &self.texts.symbols(Reading::FOLDED)[start as usize..end as usize]
    }

    /// Folded symbols behind symbols of a reading.
    pub fn stretch(&mut self, reading: Reading, field: usize, own: Range<usize>) -> Stretch {
        if reading == Reading::FOLDED {
            return Stretch { field, start: own.start, end: own.end };
        }
        let (whole, first_end, last_start) = self.whole(reading, field, own);
        if !(reading.squeezes() && reading.looks()) {
            return whole;
        }
        let base = self.fields[field].range(Reading::FOLDED).0 as usize;
        let (text, letters) = (self.texts.symbols(Reading::FOLDED), tables::latin_or_digit());
        let goes_on =
            (letters.has(text[base + whole.start - 1]), letters.has(text[base + whole.end]));
        self.own_letters(whole, first_end, last_start, goes_on)
    }

    /// Everything behind symbols of a reading; where the letters of the first symbol end,
    /// and where those of the last start.
    fn whole(
        &mut self,
        reading: Reading,
        field: usize,
        own: Range<usize>,
    ) -> (Stretch, usize, usize) {
        let places = self.places(reading, field);
        let (first, last) = (places[own.start], places[own.end - 1]);
        let whole = Stretch { field, start: first.0 as usize, end: last.1 as usize };
        (whole, first.1 as usize, last.0 as usize)
    }

    /// What else the symbols may stand for where the whole is no disguise: the letter at an
    /// end may be one that stands alone (`u ugly`).
    fn nearer(
        &mut self,
        reading: Reading,
        field: usize,
        own: Range<usize>,
    ) -> Option<[Stretch; 3]> {
        if !(reading.squeezes() && reading.looks()) {
            return None;
        }
        let (whole, first_end, last_start) = self.whole(reading, field, own);
        Some(
            [(true, true), (true, false), (false, true)]
                .map(|alone| self.own_letters(whole, first_end, last_start, alone)),
        )
    }

    /// The part of `whole` that is not its neighbours'. Repeated letters count once, noise
    /// between them skipped, so that the first letter of a term may stand for the end of the
    /// word before too (`you ugly`), and the last for the beginning of the next. Where `cut`
    /// says so for an end, such a letter is the term's only on its own side of the noise.
    fn own_letters(
        &self,
        whole: Stretch,
        first_end: usize,
        last_start: usize,
        cut: (bool, bool),
    ) -> Stretch {
        let base = self.fields[whole.field].range(Reading::FOLDED).0 as usize;
        let text = self.texts.symbols(Reading::FOLDED);
        let is_noise = |at: &usize| is_noise_in(text, base + at);
        let Stretch { field, mut start, mut end } = whole;
        if cut.0 {
            start = (start..first_end).rev().find(is_noise).map_or(start, |at| at + 1);
        }
        if cut.1 {
            end = (last_start.max(start)..end).find(is_noise).unwrap_or(end);
        }
        Stretch { field, start, end }
    }

    /// For each symbol of a reading of a field, the folded symbols it stands for.
    pub fn places(&mut self, reading: Reading, field: usize) -> &[(u32, u32)] {
        let (from, to) = self.fields[field].range(Reading::FOLDED);
        let (generation, places) = &mut self.origins.fields[field][reading.index()];
        if *generation != self.origins.generation {
            *generation = self.origins.generation;
            places.clear();
            let folded = self.texts.symbols(Reading::FOLDED);
            reading.derive_places(folded, from as usize..to as usize, places);
        }
        places
    }

    /// The symbols of a stretch.
    pub fn symbols(&self, stretch: Stretch) -> &'s [u16] {
        let base = self.fields[stretch.field].range(Reading::FOLDED).0 as usize;
        &self.texts.symbols(Reading::FOLDED)[base + stretch.start..base + stretch.end]
    }

    /// May the hit stand between its neighbours?
    pub fn edges_hold(&self, edge: Edge, stretch: Stretch) -> bool {
        let base = self.fields[stretch.field].range(Reading::FOLDED).0 as usize;
        let text = self.texts.symbols(Reading::FOLDED);
        edges_hold(edge, text, base + stretch.start, base + stretch.end)
    }
}

/// May a term stand at `start..end` of folded text, between these neighbours? Invisible
/// characters are no symbols, so they are already skipped.
#[inline]
pub(in crate::scan) fn edges_hold(edge: Edge, text: &[u16], start: usize, end: usize) -> bool {
    let letters = tables::latin_or_digit();
    let touches = |inner: usize, outer: usize| {
        let guarded = edge == Edge::Word || letters.has(text[inner]);
        guarded && letters.has(text[outer])
    };
    edge == Edge::None || !(touches(start, start - 1) || touches(end - 1, end))
}
