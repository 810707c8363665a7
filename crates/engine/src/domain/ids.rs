//! Indexes into a compiled rule set. Each has a type of its own, so that they cannot be
//! confused.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the table it belongs to.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A rule: index into the rule set's rules, which are in id order.
    RuleIx
}
id! {
    /// A matcher: index into the rule set's matchers.
    MatcherIx
}
id! {
    /// A listed term: index into the rule set's terms.
    TermIx
}
