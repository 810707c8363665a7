//! Views: the normalised forms of a text in which a term may be found.

/// One view. Ordered from the narrowest to the widest; a hit reports the narrowest view that
/// finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum View {
    /// The raw text.
    Exact = 0,
    /// Width, case, script variants and compatibility forms made equal.
    Folded = 1,
    /// Folded, with noise between characters skipped.
    Squeezed = 2,
    /// Folded, with lookalike characters made equal.
    Look = 3,
    /// Folded, compared by Mandarin pronunciation.
    Sound = 4,
}

impl View {
    /// Every view, narrowest first.
    pub const ALL: [View; 5] = [View::Exact, View::Folded, View::Squeezed, View::Look, View::Sound];

    /// Name in rules and verdicts.
    #[inline]
    pub fn name(self) -> &'static str {
        match self {
            View::Exact => "exact",
            View::Folded => "folded",
            View::Squeezed => "squeezed",
            View::Look => "look",
            View::Sound => "sound",
        }
    }

    /// The view called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<View> {
        View::ALL.into_iter().find(|view| view.name() == name)
    }
}

/// A set of views. Several views compose: `{squeezed, look}` also finds text
/// that needs both at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewSet(u8);

impl ViewSet {
    /// The set of `views`.
    pub fn of(views: &[View]) -> ViewSet {
        ViewSet(views.iter().fold(0, |bits, view| bits | 1 << *view as u8))
    }

    /// Is `view` in the set?
    #[inline]
    pub fn has(self, view: View) -> bool {
        self.0 >> view as u8 & 1 != 0
    }

    /// Is `exact` the only member?
    #[inline]
    pub fn is_exact_only(self) -> bool {
        self == ViewSet::of(&[View::Exact])
    }

    /// The set with `view` added.
    #[must_use]
    pub fn with(self, view: View) -> ViewSet {
        ViewSet(self.0 | 1 << view as u8)
    }

    /// The set without `view`.
    #[must_use]
    pub fn without(self, view: View) -> ViewSet {
        ViewSet(self.0 & !(1 << view as u8))
    }

    /// Does the set have no member?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, narrowest first.
    pub fn iter(self) -> impl Iterator<Item = View> {
        View::ALL.into_iter().filter(move |view| self.has(*view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = ViewSet::of(&[View::Squeezed, View::Folded]);
        assert!(set.has(View::Folded) && set.has(View::Squeezed) && !set.has(View::Look));
        assert_eq!(set.iter().collect::<Vec<_>>(), [View::Folded, View::Squeezed]);
        assert_eq!(set.without(View::Squeezed), ViewSet::of(&[View::Folded]));
        assert_eq!(set.without(View::Look), set);
        assert!(ViewSet::of(&[View::Exact]).is_exact_only() && !set.is_exact_only());
    }
}
