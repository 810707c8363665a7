//! JSON lines read by a structural index, a whole chunk at a time.
//!
//! 1. A kernel finds the tokens of the chunk, 64 bytes at a time ([`structural`],
//!    [`kernels`]).
//! 2. Each line is compared with the shapes of lines seen before ([`shape`], [`shapes`]). A
//!    line of a known shape needs only its keys compared and its numbers checked.
//! 3. Any other line is walked token by token ([`walk`]).
//!
//! A line that is not JSON, or that uses a form which is not supported here, is *irregular*:
//! the reference parser reads it from the start. `super::differential` tests that both
//! return the same records.

pub(super) mod kernels;
mod scalars;
pub(super) mod shape;
pub(super) mod shapes;
pub(super) mod structural;
pub(super) mod walk;
