//! Conditions that read only the fields of the post: those of policies and correlations.

use crate::domain::field::MetaId;
use crate::rules::condition::compare::{meta_has, meta_holds, meta_in};
use crate::rules::condition::expr::Expr;

/// The raw JSON of a path of the current post.
pub type PostValue<'f, 'p> = &'f dyn Fn(MetaId) -> Option<&'p str>;

/// Is the condition true for the fields of the post? What reads the text is false: such conditions
/// are refused where they are read. The parser limits the depth of a condition, and thereby of this
/// recursion.
pub fn holds_for_post<'p>(expr: &Expr, post: PostValue<'_, 'p>) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().all(|part| holds_for_post(part, post)),
        Expr::Or(parts) => parts.iter().any(|part| holds_for_post(part, post)),
        Expr::Not(inner) => !holds_for_post(inner, post),
        Expr::Meta { path, op, value } => meta_holds(post(*path), *op, value),
        Expr::MetaIn { path, values } => meta_in(post(*path), values),
        Expr::Has(path) => meta_has(post(*path)),
        Expr::Hit(_)
        | Expr::Near { .. }
        | Expr::Scoped { .. }
        | Expr::AtLeast { .. }
        | Expr::Measure { .. }
        | Expr::Lang { .. }
        | Expr::Fired(_)
        | Expr::Evaded(_) => false,
    }
}
