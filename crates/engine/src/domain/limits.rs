//! Limits of the stream and of the rule language: name, unit, reason. The code that enforces
//! a limit has tests below, at and above it.

/// The longest line that is read as a post; a longer one is `too_long`.
pub const LINE_BYTES_MAX_DEFAULT: usize = 1 << 20;

/// The longest a line limit may be set to. Offsets within a chunk are `u32`, with one bit
/// reserved.
pub const LINE_BYTES_MAX_LIMIT: usize = 1 << 30;

/// The longest frame (`--framing`) that is skipped because its record is over the line limit, in bytes,
/// unless that limit is higher. A greater length is none: it is text that was taken for one. The
/// four bytes of any printable text are a greater length.
pub const FRAME_BYTES_MAX: u64 = 256 << 20;

/// The shortest a line limit may be set to: a byte order mark has to fit.
pub const LINE_BYTES_MAX_LEAST: usize = 4;

/// Evidence listed in a verdict for one matcher of one rule.
pub const EVIDENCE_PER_MATCHER_MAX: usize = 16;

/// Hits of one post after which it is `capped` and its action at least `review`.
pub const HITS_PER_POST_MAX: usize = 100_000;

/// The longest term of a list, in bytes of UTF-8. A longer one is no keyword.
pub const TERM_BYTES_MAX: usize = 1024;

/// The longest regex source, in bytes. Checked before compiling: the size limit
/// of the regex engine alone lets a 10 MB source cost gigabytes first.
pub const REGEX_BYTES_MAX: usize = 8 * 1024;

/// The most memory one compiled regex may use, in bytes.
pub const REGEX_PROGRAM_BYTES_MAX: usize = 1 << 20;

/// Memory for the lazily built DFA states of one regex on long texts, in bytes, per thread
/// and direction. A regex whose program is larger than half of this gets twice its program
/// size. States that do not fit are evicted and rebuilt when they are needed again.
pub const REGEX_STATES_BYTES_MAX: usize = 256 << 10;

/// The deepest nesting of a regex.
pub const REGEX_NEST_MAX: u32 = 64;

/// The largest pack, policy or word list, in bytes.
pub const RULE_FILE_BYTES_MAX: u64 = 64 << 20;

/// The largest file of compiled rules, in bytes. Offsets in its tables are `u32`; a million
/// terms need about a hundred megabytes.
pub const COMPILED_FILE_BYTES_MAX: u64 = 2 << 30;

/// The deepest nesting of a condition.
pub const CONDITION_DEPTH_MAX: usize = 64;

/// The longest condition, in bytes.
pub const CONDITION_BYTES_MAX: usize = 64 * 1024;

/// The widest `near/N`, `before/N` and `gap`, in units as a reader counts them.
pub const DISTANCE_CHARS_MAX: u32 = 10_000;

/// The widest `around/N`, in units. Words that are further from each other say nothing
/// together; `and` requires both anywhere in the post.
pub const AROUND_CHARS_MAX: u32 = 1_000;

/// The deepest nesting of `around` and `in segment`. Each level multiplies the windows that are
/// evaluated.
pub const SCOPE_DEPTH_MAX: usize = 2;

/// The longest segment that is looked at as a whole, in units: a text without line breaks
/// and sentence ends is no sentence.
pub const SEGMENT_CHARS_MAX: u32 = 200;

/// The units to each side of a hit that are looked at in a longer segment.
pub const SEGMENT_SIDE_CHARS: u32 = SEGMENT_CHARS_MAX / 2;

/// Hits and windows that the scopes of one condition look at in one post. Beyond it a
/// scope counts as not satisfied, and the post is `capped`. A guard against floods; its time was not
/// measured.
pub const SCOPE_STEPS_MAX: u32 = 4_000_000;

/// The windows of a scope that are evidence, first ones in the text.
pub const EVIDENCE_WINDOWS_MAX: usize = 16;

/// Noise that the squeezed view skips between two characters of a term, in symbols. Evaders
/// insert one or two; a paragraph between two characters is not evasion.
pub const SQUEEZED_GAP_CHARS_MAX: usize = 16;

/// Unknown labels that are reported by name, per file. A pointer to the
/// wrong value finds a new one in every row.
pub const UNKNOWN_LABELS_MAX: usize = 20;

/// Numbers that are tried to decide whether a condition about one length or count can hold; a condition
/// with more is not decided. All pairs of them are tried for counts. A limit without a measured effect.
pub const DECIDED_NUMBERS_MAX: usize = 256;

/// Misses and false alarms that an evaluation may keep per category. Their lines stay in
/// memory until the end.
pub const EXAMPLES_MAX: u16 = 1000;

/// Distinct texts of each kind that suggestions are computed from, a sample of all.
pub const SUGGEST_ROWS_MAX: usize = 100_000;

/// Words and Han characters of a text that suggestions are computed from. Together with the
/// number of texts it limits the memory of `suggest` to about a gigabyte.
pub const SUGGEST_UNITS_MAX: usize = 500;

/// The most YAML nodes (scalars, lists, mappings) of one file, with aliases expanded. Long
/// lists of words belong in word lists; the limit keeps the tree of a hostile file at a few
/// hundred megabytes.
pub const YAML_NODES_MAX: usize = 500_000;

/// The deepest nesting of a YAML file. A pack needs nine levels.
pub const YAML_DEPTH_MAX: usize = 32;

/// The most nodes that aliases of one YAML file may repeat: this stops alias bombs.
pub const YAML_ALIAS_EVENTS_MAX: usize = 100_000;

/// The declared categories (`x-…`) of one rule set and its policy, at most. Reports list categories one by
/// one.
pub const OWN_CATEGORIES_MAX: usize = 64;

/// The longest name of a declared category, in bytes.
pub const CATEGORY_NAME_BYTES_MAX: usize = 64;

/// Different names of declared categories that a process keeps: an editor session sees every
/// state of a name that is being typed. Categories have numbers of 16 bits.
pub const OWN_NAMES_MAX: usize = 60_000;

/// Policies that one policy is built on by `extends`, one on the other.
pub const POLICY_EXTENDS_MAX: usize = 8;

/// The most posts or values that a correlation may require. It remembers as many for each group.
pub const CORRELATION_COUNT_MAX: u32 = 1_000;

/// The most patterns of rules of a correlation over rules in time.
pub const CORRELATION_RULES_MAX: usize = 64;

/// The longest time over which a correlation looks, in seconds: a year.
pub const TIMESPAN_MAX: i64 = 365 * 86_400;

/// The most paths by which a correlation groups posts.
pub const GROUP_PATHS_MAX: usize = 8;

/// The largest checkpoint of a run that is read, in bytes. It names every input; a few
/// hundred thousand fit.
pub const CHECKPOINT_BYTES_MAX: u64 = 64 << 20;
/// Authors of flagged posts that a report counts one by one. Beyond this the rarer half is
/// dropped, and counts state how much they may miss. About 200 bytes each.
pub const REPORT_AUTHORS_MAX: usize = 100_000;

/// Rules that a report counts one by one.
pub const REPORT_RULES_MAX: usize = 20_000;

/// Channels, and as many surfaces, that a report counts one by one.
pub const REPORT_PLACES_MAX: usize = 10_000;

/// Declared categories (`x-…`) that a report counts; names in its input are not checked otherwise.
pub const REPORT_CATEGORIES_MAX: usize = 1_000;

/// Rule sets that a report distinguishes.
pub const REPORT_RULE_SETS_MAX: usize = 100;

/// Periods of the timeline of a report; with more, each period becomes longer.
pub const REPORT_PERIODS_MAX: usize = 2_048;
