//! A Markdown page as a sequence of blocks, as far as the pages of this repository use Markdown.

/// Kind of a block. Blocks that correspond in two languages have equal kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heading, with its level from 1.
    Heading(usize),
    /// Lines of text.
    Paragraph,
    /// Lines after `> `.
    Quote,
    /// A list item, with its marker (`*` or `1.`).
    Item(String),
    /// A row of a table, with its number of cells.
    Row(usize),
    /// A fenced block, with the text after its opening fence; an indented one has none.
    Code(Option<String>),
}

/// A block of a page.
#[derive(Clone, Debug)]
pub struct Block {
    /// Kind of the block.
    pub kind: Kind,
    /// Number of its first line, from 1; of a fenced block, that of the fence.
    pub line: usize,
    /// Its text without markers; lines of code, else one line.
    pub text: String,
    /// Is the comment `<!-- localised -->` before it?
    pub is_localised: bool,
}

/// The comment before a block that differs between languages.
const LOCALISED: &str = "<!-- localised -->";

/// Reads the blocks of a page line by line.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// May the next line continue the last block?
    is_open: bool,
    is_localised: bool,
}

impl Reader {
    fn start(&mut self, kind: Kind, line: usize, text: &str) {
        let (text, is_localised) = (text.to_owned(), std::mem::take(&mut self.is_localised));
        self.is_open = !matches!(kind, Kind::Heading(_) | Kind::Row(_));
        self.blocks.push(Block { kind, line, text, is_localised });
    }

    /// Adds a line to the open block if that has one of `kinds`.
    fn continues(&mut self, is_kind: impl Fn(&Kind) -> bool, separator: char, text: &str) -> bool {
        let open = self.blocks.last_mut().filter(|block| self.is_open && is_kind(&block.kind));
        open.is_some_and(|block| {
            block.text.push(separator);
            block.text.push_str(text);
            true
        })
    }

    /// A line outside of fenced blocks.
    fn line(&mut self, number: usize, line: &str) {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if line.trim().is_empty() {
            self.is_open = false;
        } else if line.starts_with("<!--") {
            self.is_open = false;
            self.is_localised = line == LOCALISED;
        } else if level > 0 && line[level..].starts_with(' ') {
            self.start(Kind::Heading(level), number, &line[level + 1..]);
        } else if let Some(text) = line.strip_prefix("> ") {
            if !self.continues(|kind| *kind == Kind::Quote, ' ', text) {
                self.start(Kind::Quote, number, text);
            }
        } else if line.starts_with('|') {
            let row = line.trim_matches('|');
            self.start(Kind::Row(row.split(" | ").count()), number, row.trim());
        } else if let Some((marker, text)) = item(line) {
            self.start(Kind::Item(marker.to_owned()), number, text);
        } else if let Some(text) = line.strip_prefix("    ").filter(|_| !self.is_prose_open()) {
            if !self.continues(|kind| *kind == Kind::Code(None), '\n', text) {
                self.start(Kind::Code(None), number, text);
            }
        } else if !self.continues(|kind| !matches!(kind, Kind::Code(_)), ' ', line.trim()) {
            self.start(Kind::Paragraph, number, line.trim());
        }
    }

    fn is_prose_open(&self) -> bool {
        let last = self.blocks.last();
        self.is_open && last.is_some_and(|block| !matches!(block.kind, Kind::Code(_)))
    }
}

/// Marker and text of the first line of a list item.
fn item(line: &str) -> Option<(&str, &str)> {
    let (marker, text) = line.trim_start().split_once(' ')?;
    let number = marker.strip_suffix('.').unwrap_or("");
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number || marker == "*" || marker == "-").then_some((marker, text))
}

/// The blocks of a page.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(mark) = line.strip_prefix("```") else {
            reader.line(at + 1, line);
            continue;
        };
        let code: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| !line.starts_with("```"))
            .collect();
        reader.start(Kind::Code(Some(mark.to_owned())), at + 1, &code.join("\n"));
        reader.is_open = false;
    }
    reader.blocks
}

/// The code spans of prose, and the text outside of them.
pub fn code_spans(text: &str) -> (Vec<&str>, String) {
    let (mut spans, mut prose) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        let inner = &rest[start + ticks..];
        let Some(length) = inner.find(&rest[start..start + ticks]) else { break };
        prose.push_str(&rest[..start]);
        prose.push('`');
        spans.push(&inner[..length]);
        rest = &inner[length + ticks..];
    }
    prose.push_str(rest);
    (spans, prose)
}

/// The targets of the links of prose.
pub fn links(prose: &str) -> Vec<&str> {
    let targets = prose.match_indices("](").map(|(at, _)| &prose[at + 2..]);
    targets.filter_map(|rest| rest.split(')').next()).collect()
}

/// The anchor of a heading, as mdBook and GitHub form it.
pub fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    heading.trim().chars().filter_map(kept).collect()
}

#[test]
fn a_page_is_read_as_blocks() {
    let page = "# T `x`\n\none\n  two\n* a\n  b\n2. c\n\n| h | i |\n|---|---|\n\n> q\n> r\n\n    \
        code\n    more\n<!-- localised -->\n```yaml f\n# no\n\n    in\n```\nend\n";
    let found: Vec<(Kind, usize, String, bool)> =
        blocks(page).into_iter().map(|it| (it.kind, it.line, it.text, it.is_localised)).collect();
    let expected = [
        (Kind::Heading(1), 1, "T `x`", false),
        (Kind::Paragraph, 3, "one two", false),
        (Kind::Item("*".to_owned()), 5, "a b", false),
        (Kind::Item("2.".to_owned()), 7, "c", false),
        (Kind::Row(2), 9, "h | i", false),
        (Kind::Row(1), 10, "---|---", false),
        (Kind::Quote, 12, "q r", false),
        (Kind::Code(None), 15, "code\nmore", false),
        (Kind::Code(Some("yaml f".to_owned())), 18, "# no\n\n    in", true),
        (Kind::Paragraph, 23, "end", false),
    ];
    let expected = expected.map(|(kind, line, text, own)| (kind, line, text.to_owned(), own));
    assert_eq!(found, expected);
}

#[test]
fn spans_links_and_anchors_are_read() {
    let (spans, prose) = code_spans("a `b` [c](d.md#e) `` ` `` [f](g) `open");
    assert_eq!((spans, links(&prose)), (vec!["b", " ` "], vec!["d.md#e", "g"]));
    assert_eq!(anchor("The cost of `rules`, 中文"), "the-cost-of-rules-中文");
}
