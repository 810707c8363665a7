//! Numbers that name parts of a compiled rule set, and cannot be mixed up.

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
    /// A rule: index into the rule set's rules, which stand in id order.
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
