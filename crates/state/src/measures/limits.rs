//! Limits of measures files. `docs/limits.md` lists them; a test compares the two.

/// Steps of one ladder: a step is kept in a byte.
pub const STEPS_MAX: usize = 250;

/// Bytes of the name of a step and of the id of an operation. They are part of output lines.
pub const NAME_BYTES_MAX: usize = 64;

/// Entries of `strip`, `ignore`, `operations` and a list of breakers, and values in one `when`: each
/// is compared with every post.
pub const ENTRIES_MAX: usize = 1_000;

/// Days of the longest duration: 100 years. Sums of a time and a duration stay far from overflow.
pub const DURATION_DAYS_MAX: i64 = 36_525;

/// Seconds of the shortest period of a breaker, which counts in 60 slices.
pub const PERIOD_SECONDS_MIN: i64 = 60;

/// Attempts that a breaker can allow in a period.
pub const LIMIT_COUNT_MAX: u64 = 1_000_000_000;

/// Points of a post or a step. Sums of points fit 64 bits in millionths.
pub const POINTS_MAX: i64 = 1_000_000;

/// The largest factor of an operation.
pub const FACTOR_MAX: i64 = 1_000;

/// The largest harm of a category. Priorities fit 64 bits.
pub const HARM_MAX: u64 = 1_000;

/// The largest bound of rows: they are numbered in 32 bits.
pub const ROWS_MAX: u64 = 4_294_967_295;
