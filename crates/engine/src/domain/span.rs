//! A byte range in text.

/// A half-open byte range in the *original* (decoded) text of a field.
///
/// Always `start <= end`. Positions in folded text are symbol indexes; they are not visible
/// outside the modules that fold and scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Makes a span.
    ///
    /// # Panics
    ///
    /// If `start > end`, which is a bug in the caller.
    #[inline]
    pub fn new(start: u32, end: u32) -> Span {
        assert!(start <= end, "span starts at {start}, after its end {end}");
        Span { start, end }
    }

    /// First byte.
    #[inline]
    pub fn start(self) -> u32 {
        self.start
    }

    /// One past the last byte.
    #[inline]
    pub fn end(self) -> u32 {
        self.end
    }

    /// Length in bytes.
    #[inline]
    pub fn len_bytes(self) -> u32 {
        self.end - self.start
    }

    /// Is every byte of `other` in `self`?
    #[inline]
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Do the two share a byte?
    #[inline]
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// As a range for slicing.
    #[inline]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    #[should_panic(expected = "after its end")]
    fn rejects_a_backwards_span() {
        Span::new(5, 4);
    }

    #[test]
    fn spans_contain_and_overlap() {
        let outer = Span::new(2, 8);
        assert!(outer.contains(Span::new(2, 8)) && outer.contains(Span::new(3, 4)));
        assert!(!outer.contains(Span::new(1, 4)));
        assert!(outer.overlaps(Span::new(7, 9)) && !outer.overlaps(Span::new(8, 9)));
    }
}
