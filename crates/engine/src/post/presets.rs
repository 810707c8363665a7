//! Presets: mappings for known feeds, one row each.
//!
//! A row lists, for every field and meta, the pointers that may hold it, in order of
//! preference. To add a preset, add a row to [`PRESETS`] and a sample `examples/NAME.jsonl`,
//! which `samples.rs` tests.

/// A pointer that may hold a text, and whether the text is HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPointer {
    /// JSON Pointer.
    pub pointer: &'static str,
    /// The text is HTML.
    pub html: bool,
}

const fn plain(pointer: &'static str) -> TextPointer {
    TextPointer { pointer, html: false }
}

const fn html(pointer: &'static str) -> TextPointer {
    TextPointer { pointer, html: true }
}

/// A record is not a post if `pointer` holds a string that is not in `posts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkipUnless {
    /// JSON Pointer.
    pub pointer: &'static str,
    /// The strings that posts have there.
    pub posts: &'static [&'static str],
}

/// A known feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Name for `--preset`.
    pub name: &'static str,
    /// One line for help and documentation.
    pub what: &'static str,
    /// Each line is a text, not JSON.
    pub plain_lines: bool,
    /// Pointers of the id.
    pub id: &'static [&'static str],
    /// Text fields by name.
    pub fields: &'static [(&'static str, &'static [TextPointer])],
    /// Standard metas by name; those not listed have the pointer of the preset `default`.
    pub metas: &'static [(&'static str, &'static [&'static str])],
    /// Conditions under which a record is not a post.
    pub skips: &'static [SkipUnless],
}

/// Every preset, in the order help lists them; [`DEFAULT`] is the first.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "default",
        what: "id, title, text, lang, channel, surface, author.id, created_at, reports, reach at the top level",
        plain_lines: false,
        id: &["/id"],
        fields: &[("title", &[plain("/title")]), ("text", &[plain("/text")])],
        metas: &[
            ("lang", &["/lang"]),
            ("channel", &["/channel"]),
            ("surface", &["/surface"]),
            ("author.id", &["/author/id"]),
            ("created_at", &["/created_at"]),
            ("reports", &["/reports"]),
            ("reach", &["/reach", "/views"]),
        ],
        skips: &[],
    },
    Preset {
        name: "jetstream",
        what: "Bluesky Jetstream events; what is no post (likes, deletes, identities) is skipped",
        plain_lines: false,
        id: &["/commit/cid"],
        fields: &[
            ("text", &[plain("/commit/record/text")]),
            ("tags", &[plain("/commit/record/tags")]),
            (
                "alt",
                &[
                    plain("/commit/record/embed/images/*/alt"),
                    plain("/commit/record/embed/media/images/*/alt"),
                    plain("/commit/record/embed/alt"),
                ],
            ),
        ],
        metas: &[
            ("lang", &["/commit/record/langs"]),
            ("author.id", &["/did"]),
            ("created_at", &["/commit/record/createdAt"]),
            ("reach", &[]),
        ],
        skips: &[
            SkipUnless { pointer: "/kind", posts: &["commit"] },
            SkipUnless { pointer: "/commit/operation", posts: &["create", "update"] },
            SkipUnless { pointer: "/commit/collection", posts: &["app.bsky.feed.post"] },
        ],
    },
    Preset {
        name: "mastodon",
        what: "Mastodon statuses and boosts, as displayed; the content warning is the title",
        plain_lines: false,
        id: &["/id"],
        fields: &[
            ("title", &[plain("/spoiler_text"), plain("/reblog/spoiler_text")]),
            ("text", &[html("/content"), html("/reblog/content")]),
            ("author_name", &[plain("/account/display_name")]),
            ("bio", &[html("/account/note")]),
            ("tags", &[plain("/tags/*/name")]),
            (
                "alt",
                &[
                    plain("/media_attachments/*/description"),
                    plain("/reblog/media_attachments/*/description"),
                ],
            ),
            ("poll", &[plain("/poll/options/*/title"), plain("/reblog/poll/options/*/title")]),
            ("shared", &[html("/quote/quoted_status/content")]),
        ],
        metas: &[
            ("lang", &["/language"]),
            ("surface", &["/visibility"]),
            ("author.id", &["/account/id", "/account/acct"]),
            ("reach", &[]),
        ],
        skips: &[],
    },
    Preset {
        name: "reddit",
        what: "Reddit submissions and comments; the subreddit is the channel",
        plain_lines: false,
        id: &["/id", "/name"],
        fields: &[
            ("title", &[plain("/title")]),
            ("text", &[plain("/selftext"), plain("/body")]),
            ("author_name", &[plain("/author")]),
            ("tags", &[plain("/link_flair_text")]),
        ],
        metas: &[
            ("channel", &["/subreddit"]),
            ("author.id", &["/author_fullname", "/author"]),
            ("created_at", &["/created_utc"]),
            ("reports", &["/num_reports"]),
            ("reach", &["/view_count"]),
        ],
        skips: &[],
    },
    Preset {
        name: "weibo",
        what: "Weibo-like posts, with the post that they forward; text_raw, else text, as displayed",
        plain_lines: false,
        id: &["/id", "/mid"],
        fields: &[
            ("text", &[plain("/text_raw"), html("/text")]),
            ("author_name", &[plain("/user/screen_name")]),
            ("bio", &[plain("/user/description")]),
            ("tags", &[plain("/topic_struct/*/topic_title")]),
            ("shared", &[plain("/retweeted_status/text_raw"), html("/retweeted_status/text")]),
        ],
        metas: &[("author.id", &["/user/id", "/user/idstr"]), ("reach", &["/reads_count"])],
        skips: &[],
    },
    Preset {
        name: "lines",
        what: "plain text, one post a line; no id, no metadata",
        plain_lines: true,
        id: &[],
        fields: &[],
        metas: &[],
        skips: &[],
    },
];

/// The preset that is used unless another is named.
pub const DEFAULT: &Preset = &PRESETS[0];
