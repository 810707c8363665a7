//! Where in the structure of a YAML file a byte is: the keys around it, and what may follow.
//!
//! Input: a text, which need not be complete or correct, and a byte. Output: the path of keys and
//! list items that contain it, and the text of its value so far. The scanner reads only indents,
//! keys, brackets, quotes and comments, so that it works while a line is being written.

/// A step from the top of the file inwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an item of a list.
    Item,
}

/// What is written at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A key of the mapping at the path.
    Key,
    /// The value at the path.
    Value,
    /// A key or a value: the line has only one word yet.
    Either,
    /// A comment.
    Comment,
}

/// The place of a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The keys and items that contain it.
    pub path: Vec<Step>,
    /// What is written there.
    pub role: Role,
    /// First byte of the value or key.
    pub start: usize,
    /// Is it between brackets?
    pub is_in_brackets: bool,
}

/// The place of the byte `offset` of `text`.
pub fn cursor(text: &str, offset: usize) -> Cursor {
    let text = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let mut scanner =
        Scanner { text, frames: Vec::new(), inside: Inside::Block, start: 0, role: Role::Either };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(line) = line.strip_suffix('\n') {
            scanner.line(start, line.trim_end_matches('\r'), false);
            start += line.len() + 1;
        }
    }
    scanner.line(start, &text[start..], true);
    scanner.cursor()
}

/// A key, an item or a bracket that is open.
struct Frame {
    kind: Kind,
    /// Column of a key or item in a block; none in brackets.
    indent: Option<usize>,
}

#[derive(PartialEq)]
enum Kind {
    Key(String),
    Item,
    Map,
    List,
}

/// What the scanner is in the middle of.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// Lines of keys and items.
    Block,
    /// Brackets.
    Flow,
    /// A quoted text.
    Quoted(char),
    /// The lines of `|` or `>`.
    Literal(usize),
    /// A plain text, which may continue on a deeper line.
    Plain(usize),
}

struct Scanner<'t> {
    /// The text up to the byte.
    text: &'t str,
    frames: Vec<Frame>,
    inside: Inside,
    /// First byte of the last value or key.
    start: usize,
    role: Role,
}

impl Scanner<'_> {
    fn cursor(self) -> Cursor {
        let is_in_brackets = self.is_in_brackets();
        let step = |frame: Frame| match frame.kind {
            Kind::Key(name) => Some(Step::Key(name)),
            Kind::Item | Kind::List => Some(Step::Item),
            Kind::Map => None,
        };
        let path = self.frames.into_iter().filter_map(step).collect();
        Cursor { path, role: self.role, start: self.start, is_in_brackets }
    }

    /// Reads a line that begins at the byte `start`; the last one may be unfinished.
    fn line(&mut self, start: usize, line: &str, is_last: bool) {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        match self.inside {
            Inside::Flow | Inside::Quoted(_) => return self.flow(start, line),
            _ if content.is_empty() && !is_last => return,
            Inside::Literal(of) | Inside::Plain(of) if indent > of => {
                self.role = Role::Value;
                return;
            }
            Inside::Block | Inside::Literal(_) | Inside::Plain(_) => self.inside = Inside::Block,
        }
        if content.starts_with('#') {
            self.role = Role::Comment;
            return;
        }
        self.block(start + indent, indent, content);
    }

    /// Closes the keys and items of blocks at columns of which `is_closed` is true.
    fn close(&mut self, is_closed: impl Fn(usize) -> bool) {
        while self.frames.last().is_some_and(|frame| frame.indent.is_some_and(&is_closed)) {
            self.frames.pop();
        }
    }

    /// Reads `content`, which begins at a column of a block.
    fn block(&mut self, mut start: usize, mut column: usize, mut content: &str) {
        while content == "-" || content.starts_with("- ") {
            self.close(|it| it > column);
            // The items of a key may be at its own column.
            if self
                .frames
                .last()
                .is_some_and(|it| it.indent == Some(column) && it.kind == Kind::Item)
            {
                self.frames.pop();
            }
            self.frames.push(Frame { kind: Kind::Item, indent: Some(column) });
            let rest = content[1..].trim_start_matches(' ');
            let skipped = content.len() - rest.len();
            (start, column, content) = (start + skipped, column + skipped, rest);
        }
        self.role = Role::Either;
        self.start = start;
        let Some(colon) = key_end(content) else {
            self.close(|it| it >= column);
            return self.value(start, column, content);
        };
        self.close(|it| it >= column);
        let name = content[..colon].trim().trim_matches(['"', '\'']).to_owned();
        self.frames.push(Frame { kind: Kind::Key(name), indent: Some(column) });
        let rest = content[colon + 1..].trim_start();
        self.role = Role::Value;
        self.start = start + content.len() - rest.len();
        self.value(self.start, column, rest);
    }

    /// Reads the value of the innermost key or item, on the same line as its key at `column`.
    fn value(&mut self, start: usize, column: usize, value: &str) {
        match value.chars().next() {
            Some('{' | '[' | '"' | '\'') => self.flow(start, value),
            Some('|' | '>') => {
                self.role = Role::Value;
                self.start = start + value.len();
                self.inside = Inside::Literal(column);
            }
            Some('#') => self.role = Role::Comment,
            Some(_) => {
                self.inside = Inside::Plain(column);
                if value.contains(" #") {
                    self.role = Role::Comment;
                }
            }
            None => {}
        }
    }

    /// Reads a line of brackets and quoted texts.
    fn flow(&mut self, start: usize, line: &str) {
        let mut before = ' ';
        let mut is_escaped = false;
        let first = start;
        if self.role == Role::Comment {
            self.role = self.role_in_brackets();
            self.start = start;
        }
        for (at, character) in line.char_indices() {
            let at = start + at;
            match (self.inside, character) {
                (Inside::Quoted(_), _) if is_escaped => is_escaped = false,
                (Inside::Quoted('"'), '\\') => is_escaped = true,
                (Inside::Quoted(quote), _) if character == quote => {
                    self.inside = if self.is_in_brackets() { Inside::Flow } else { Inside::Block };
                }
                (Inside::Quoted(_), _) => {}
                (_, '"' | '\'') if " ,[{:".contains(before) => {
                    self.inside = Inside::Quoted(character)
                }
                (_, '#') if before == ' ' => {
                    self.role = Role::Comment;
                    return;
                }
                _ if at == first || self.is_in_brackets() => self.bracket(at, character),
                _ => {}
            }
            before = character;
        }
        if !self.is_in_brackets() && self.inside == Inside::Flow {
            self.inside = Inside::Block;
        }
    }

    fn bracket(&mut self, at: usize, character: char) {
        let rest = &self.text[at + character.len_utf8()..];
        match character {
            '{' => self.open(at, Kind::Map),
            '[' => self.open(at, Kind::List),
            '}' | ']' if self.is_in_brackets() => {
                while self
                    .frames
                    .pop()
                    .is_some_and(|it| matches!(it.kind, Kind::Key(_) | Kind::Item))
                {
                }
            }
            ',' => {
                if self
                    .frames
                    .last()
                    .is_some_and(|it| it.indent.is_none() && matches!(it.kind, Kind::Key(_)))
                {
                    self.frames.pop();
                }
                self.begin(at + 1);
            }
            ':' if self.is_in_map()
                && (rest.is_empty() || rest.starts_with([' ', '\n', '[', '{'])) =>
            {
                let name = self.text[self.start..at].trim().trim_matches(['"', '\'']).to_owned();
                self.role = Role::Value;
                self.frames.push(Frame { kind: Kind::Key(name), indent: None });
                self.start = at + 1;
            }
            _ => {}
        }
    }

    fn open(&mut self, at: usize, kind: Kind) {
        self.frames.push(Frame { kind, indent: None });
        self.inside = Inside::Flow;
        self.begin(at + 1);
    }

    /// A key or value of brackets begins.
    fn begin(&mut self, at: usize) {
        self.start = at;
        self.role = self.role_in_brackets();
    }

    fn role_in_brackets(&self) -> Role {
        match self.frames.last().map(|frame| &frame.kind) {
            Some(Kind::Map) => Role::Key,
            Some(Kind::Key(_)) => Role::Value,
            _ => Role::Either,
        }
    }

    fn is_in_map(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.kind == Kind::Map)
    }

    fn is_in_brackets(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame.kind, Kind::Map | Kind::List))
    }
}

/// The colon after the key with which a line begins.
fn key_end(content: &str) -> Option<usize> {
    let from = match content.chars().next()? {
        quote @ ('"' | '\'') => content[1..].find(quote)? + 2,
        '{' | '[' | '#' | '|' | '>' | '&' | '*' => return None,
        _ => 0,
    };
    let comment = content.find(" #").unwrap_or(content.len());
    let rest = &content[from..];
    let is_end = |at: &usize| rest[at + 1..].is_empty() || rest[at + 1..].starts_with([' ', '\t']);
    let found = rest.match_indices(':').map(|(at, _)| at).find(is_end)? + from;
    (found < comment).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The place of `|`, as `a.b[]` and the role.
    fn at(text: &str) -> String {
        let offset = text.find('|').unwrap();
        let whole = format!("{}{}", &text[..offset], &text[offset + 1..]);
        let Cursor { path, role, start, .. } = cursor(&whole, offset);
        let mut shown = String::new();
        for step in path {
            match step {
                Step::Key(name) => shown.push_str(&format!(".{name}")),
                Step::Item => shown.push_str("[]"),
            }
        }
        format!("{} {role:?} `{}`", shown.trim_start_matches('.'), &whole[start..offset])
    }

    #[test]
    fn blocks_are_followed_by_their_indents() {
        for (text, expected) in [
            ("|", " Either ``"),
            ("pac|", " Either `pac`"),
            ("pack: p|", "pack Value `p`"),
            ("pack: |", "pack Value ``"),
            ("define:\n  a:\n    wor|", "define.a Either `wor`"),
            ("define:\n  a: [x]\n  |", "define Either ``"),
            ("define:\n  a: [x]\n|", " Either ``"),
            ("rules:\n  - id: a.b\n\n    con|", "rules[] Either `con`"),
            ("rules:\n  - id: a.b\n    condition: a and b|", "rules[].condition Value `a and b`"),
            ("rules:\n- id: a\n- |", "rules[] Either ``"),
            (
                "rules:\n- id: a\n  tests:\n    hit:\n    - a\n    - te|",
                "rules[].tests.hit[] Either `te`",
            ),
            ("rules:\n- id: a\nver|", " Either `ver`"),
            ("a: x # c|", "a Comment `x # c`"),
            ("a: x\n# c|\nb: y", "a Comment `x\n# c`"),
            ("\"a b\": |", "a b Value ``"),
        ] {
            assert_eq!(at(text), expected, "{text:?}");
        }
    }

    #[test]
    fn texts_of_several_lines_are_one_value() {
        for (text, expected) in [
            ("a:\n  c: >\n    x and\n    y|\n", "a.c Value `\n    x and\n    y`"),
            ("a:\n  c: |x\n", "a.c Value ``"),
            ("a:\n  c: x and\n    y|\n", "a.c Value `x and\n    y`"),
            ("a:\n  c: x\n  d|", "a Either `d`"),
            ("a:\n  c: 'x: y\n    z|", "a.c Value `'x: y\n    z`"),
            ("a:\n  c: >\n    x\n\n    y: z|", "a.c Value `\n    x\n\n    y: z`"),
            ("a:\n  c: 'x'\n  d: |", "a.d Value ``"),
        ] {
            assert_eq!(at(text), expected, "{text:?}");
        }
    }

    #[test]
    fn brackets_are_followed_over_lines() {
        for (text, expected) in [
            ("a: { b: { c: x|", "a.b.c Value ` x`"),
            ("a: { b: [x, y], |", "a Key ` `"),
            ("a: { b: [x, y|", "a.b[] Either ` y`"),
            ("a: { b: 'x, }', c|", "a Key ` c`"),
            ("a: [\"x\\\"]\", |", "a[] Either ` `"),
            ("- { id: a.b,\n    con|", "[] Key `\n    con`"),
            ("- { id: a.b, # c|\n", "[] Comment ` id: a.b, # c`".replace(" id: a.b,", "").as_str()),
            ("- { id: a.b, # c\n    condition: x|", "[].condition Value ` x`"),
            ("a: [x]\nb: |", "b Value ``"),
            ("a: { b: { c: x }, d: |", "a.d Value ` `"),
            ("a: [{ t: x }, { |", "a[] Key ` `"),
            ("a: [{ t: x }]\nb|", " Either `b`"),
        ] {
            assert_eq!(at(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a: \\-{}\\[\\],'\"#|>\n赌\\\\]{0,40}", offset in 0usize..60) {
            let found = cursor(&text, offset);
            prop_assert!(found.start <= text.len());
        }
    }
}
