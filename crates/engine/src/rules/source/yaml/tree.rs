//! A YAML document as nodes with places.
//!
//! Input: the text of a file. Output: one [`Node`] per scalar, list and mapping, aliases and
//! merge keys (`<<`) written out. Depth, nodes and repeated nodes are limited, and nothing
//! recurses on the depth of the file. Tags are ignored: the schema decides what a scalar is.

use super::error::YamlError;
use super::lines::first_character;
use super::signs;
use super::slips::{self, Slip};
use crate::domain::limits::{YAML_ALIAS_EVENTS_MAX, YAML_DEPTH_MAX, YAML_NODES_MAX};
use crate::message::{Message, message};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// One node. An alias is replaced by a copy of its anchor's node, with the anchor's range.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    /// Bytes of the text. Scalars: the whole token, quotes included, block headers
    /// not. Lists and mappings: at most the first byte.
    pub range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A scalar whose value is its text in the file: `5`, `no`, `null`, or nothing.
    Plain,
    /// Any other scalar, decoded.
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// How far the scanner looks for the end of a key, in characters: the keys of `boost` are
/// conditions.
const SCANNER_AHEAD_MAX: usize = 4096;

/// A document that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub root: Node,
    /// Signs of YAML that were probably meant as text.
    pub warnings: Vec<YamlError>,
}

/// Reads the one document of `text`. An empty text is an empty scalar.
///
/// # Errors
///
/// The first syntax error, or the first limit that the text exceeds.
pub(super) fn parse(text: &str) -> Result<Document, YamlError> {
    let options = granit_parser::options! {
        simple_key_max_lookahead: SCANNER_AHEAD_MAX,
        // The scanner runs ahead of our depth limit, whose message is better.
        flow_nesting_limit: SCANNER_AHEAD_MAX,
        block_nesting_limit: SCANNER_AHEAD_MAX,
        emit_comments: false,
    };
    let mut builder = Builder::new(text);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax_error(&error, text))?;
        builder.take(event, span)?;
    }
    Ok(builder.document())
}

/// A list or mapping whose end was not read yet.
struct Open {
    /// A mapping collects keys and values in turn.
    nodes: Vec<Node>,
    is_mapping: bool,
    range: Range<usize>,
    /// 0 without an anchor.
    anchor: usize,
    /// Nodes read before this one.
    before: usize,
}

/// Builds the tree from parser events.
struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    /// Nodes so far, copies not counted.
    nodes: usize,
    /// Nodes copied for aliases so far.
    copied: usize,
    /// Finished nodes with an anchor, each with the number of its nodes.
    anchors: HashMap<usize, (Node, usize)>,
    /// Anchors that an alias names.
    named: HashSet<usize>,
    warnings: Vec<YamlError>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Builder<'t> {
        Builder {
            text,
            open: Vec::new(),
            root: None,
            documents: 0,
            nodes: 0,
            copied: 0,
            anchors: HashMap::new(),
            named: HashSet::new(),
            warnings: Vec::new(),
        }
    }

    fn document(mut self) -> Document {
        let mut unnamed: Vec<usize> =
            self.anchors.keys().copied().filter(|anchor| !self.named.contains(anchor)).collect();
        unnamed.sort_unstable();
        for anchor in unnamed {
            let start = self.anchors[&anchor].0.range.start;
            self.warnings.push(warning(signs::anchor(self.text, start)));
        }
        let root = self.root.unwrap_or(Node { kind: Kind::Plain, range: 0..0 });
        Document { root, warnings: self.warnings }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(..) => self.documents += 1,
            Event::Scalar(value, style, anchor, tag) => {
                self.count(&range)?;
                self.check_tag(tag.as_deref(), range.start)?;
                self.look_at(&value, style, &range);
                let kind = self.scalar(&value, style, &range);
                self.finish(Node { kind, range }, anchor, 1)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), range.start)?;
                self.begin(false, range, anchor)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), range.start)?;
                self.begin(true, range, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            Event::Alias(anchor) => self.copy(anchor, range)?,
            // Starts and ends of stream and document; comments are not requested.
            _ => {}
        }
        Ok(())
    }

    /// Refuses tags that are not those of YAML itself: what begins with `!` was meant as text.
    fn check_tag(&self, tag: Option<&Tag>, start: usize) -> Result<(), YamlError> {
        if tag.is_none_or(|tag| tag.handle().starts_with("tag:yaml.org")) {
            return Ok(());
        }
        let Slip { what, help, range } = signs::tag(self.text, start);
        Err(YamlError::new("bad_yaml", what).help(help).at(range))
    }

    /// Warns of signs that YAML drops from a text.
    fn look_at(&mut self, value: &str, style: ScalarStyle, range: &Range<usize>) {
        let slip = match style {
            ScalarStyle::Plain => signs::cut_text(self.text, range),
            ScalarStyle::DoubleQuoted => signs::control(self.text, range, value),
            _ => None,
        };
        self.warnings.extend(slip.map(warning));
    }

    /// Warns of keys whose list or mapping is empty.
    fn look_for_empty(&mut self, entries: &[(Node, Node)]) {
        // The values of a post are data.
        let is_data = self.open.iter().filter(|open| open.is_mapping).any(|open| {
            let key = open.nodes.last().filter(|_| open.nodes.len() % 2 == 1);
            key.and_then(|key| self.text_of(key)) == Some("post")
        });
        for (key, value) in entries.iter().filter(|_| !is_data) {
            let shown = match &value.kind {
                Kind::List(nodes) if nodes.is_empty() => " []",
                Kind::Mapping(entries) if entries.is_empty() => " {}",
                Kind::Plain if value.range.is_empty() => "",
                Kind::List(_) | Kind::Mapping(_) | Kind::Plain | Kind::Text(_) => continue,
            };
            let name = self.text_of(key).unwrap_or_default();
            let message = message!("`{name}:{shown}` changes nothing");
            let warning =
                YamlError::new("idle_key", message).help(message!("fill it, or leave it out"));
            self.warnings.push(warning.at(key.range.clone()));
        }
    }

    /// A plain scalar on one line is its own text; so is one that is left out.
    fn scalar(&self, value: &str, style: ScalarStyle, range: &Range<usize>) -> Kind {
        let written = self.text.get(range.clone()).unwrap_or("");
        match style {
            ScalarStyle::Plain if written == value || written.is_empty() => Kind::Plain,
            _ => Kind::Text(value.to_owned()),
        }
    }

    /// Counts a node, and refuses a second document.
    fn count(&mut self, range: &Range<usize>) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.documents > 1 {
            let error = YamlError::new("bad_yaml", message!("a second YAML document begins here"));
            return Err(error.at(first_character(range.start, self.text)));
        }
        if self.nodes > YAML_NODES_MAX {
            return Err(too_large(message!("a file has at most {YAML_NODES_MAX} YAML nodes"))
                .at(range.clone()));
        }
        Ok(())
    }

    fn begin(
        &mut self,
        is_mapping: bool,
        range: Range<usize>,
        anchor: usize,
    ) -> Result<(), YamlError> {
        self.count(&range)?;
        if self.open.len() == YAML_DEPTH_MAX {
            return Err(too_deep().at(first_character(range.start, self.text)));
        }
        let before = self.nodes - 1;
        self.open.push(Open { nodes: Vec::new(), is_mapping, range, anchor, before });
        Ok(())
    }

    fn end(&mut self) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let Open { nodes, is_mapping, range, anchor, before } = open;
        let kind = if is_mapping {
            let entries = self.merged(entries(nodes));
            self.look_for_empty(&entries);
            Kind::Mapping(entries)
        } else {
            Kind::List(nodes)
        };
        let count = self.nodes - before;
        self.finish(Node { kind, range }, anchor, count)
    }

    /// Adds a finished node to the list or mapping around it.
    fn finish(&mut self, node: Node, anchor: usize, count: usize) -> Result<(), YamlError> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), count));
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn copy(&mut self, anchor: usize, range: Range<usize>) -> Result<(), YamlError> {
        let Some((node, count)) = self.anchors.get(&anchor) else {
            let message = message!("an alias inside of its own anchor");
            return Err(YamlError::new("bad_yaml", message).at(range));
        };
        self.copied += count;
        if self.copied > YAML_ALIAS_EVENTS_MAX {
            let message =
                message!("aliases of a file repeat at most {YAML_ALIAS_EVENTS_MAX} nodes");
            return Err(too_large(message).at(range));
        }
        let (node, count) = (node.clone(), *count);
        self.named.insert(anchor);
        // Copies count where an outer anchor repeats them.
        self.nodes += count;
        self.finish(node, 0, count)
    }
}

fn warning(slip: Slip) -> YamlError {
    YamlError::new("yaml_sign", slip.what).help(slip.help).at(slip.range)
}

/// Keys and values, from a list in which they take turns.
fn entries(nodes: Vec<Node>) -> Vec<(Node, Node)> {
    let mut nodes = nodes.into_iter();
    let mut entries = Vec::with_capacity(nodes.len() / 2);
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        entries.push((key, value));
    }
    entries
}

/// Is this the value of a merge key: a mapping, or a list of mappings?
fn is_mergeable(value: &Node) -> bool {
    let is_mapping = |node: &Node| matches!(node.kind, Kind::Mapping(_));
    match &value.kind {
        Kind::List(nodes) => !nodes.is_empty() && nodes.iter().all(is_mapping),
        Kind::Mapping(_) => true,
        Kind::Plain | Kind::Text(_) => false,
    }
}

impl Builder<'_> {
    /// The text of a scalar.
    fn text_of<'n>(&'n self, node: &'n Node) -> Option<&'n str> {
        match &node.kind {
            Kind::Plain => self.text.get(node.range.clone()),
            Kind::Text(text) => Some(text),
            Kind::List(_) | Kind::Mapping(_) => None,
        }
    }

    /// The entries with merge keys (`<<: *anchor`, or a list of anchors) replaced by the
    /// entries that they name. An entry of the mapping itself has priority, then one of the
    /// first merge.
    fn merged(&self, entries: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
        let is_merge =
            |(key, value): &(Node, Node)| self.text_of(key) == Some("<<") && is_mergeable(value);
        if !entries.iter().any(is_merge) {
            return entries;
        }
        let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
        let key_text = |key: &Node| self.text_of(key).map(str::to_owned);
        let mut known: HashSet<String> = own.iter().filter_map(|(key, _)| key_text(key)).collect();
        for (_, value) in merges {
            let mappings = match value.kind {
                Kind::List(nodes) => nodes,
                Kind::Mapping(_) | Kind::Plain | Kind::Text(_) => vec![value],
            };
            for mapping in mappings {
                let Kind::Mapping(inherited) = mapping.kind else { continue };
                for (key, value) in inherited {
                    if key_text(&key).is_none_or(|text| known.insert(text)) {
                        own.push((key, value));
                    }
                }
            }
        }
        own
    }
}

fn too_large(message: Message) -> YamlError {
    YamlError::new("too_large", message)
        .help(message!("put long lists into word lists, one term per line"))
}

fn too_deep() -> YamlError {
    too_large(message!("a file is nested at most {YAML_DEPTH_MAX} levels deep"))
}

fn syntax_error(error: &ScanError, text: &str) -> YamlError {
    let marker = error.marker();
    let start = match marker.byte_offset() {
        Some(bytes) => bytes,
        None => text.char_indices().nth(marker.index()).map_or(text.len(), |(at, _)| at),
    };
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep().at(first_character(start, text));
    }
    let info = error.info();
    match slips::of_syntax(text, start, &info) {
        Some(Slip { what, help, range }) => {
            YamlError::new("bad_yaml", message!("{what} ({info})")).help(help).at(range)
        }
        None => {
            YamlError::new("bad_yaml", Message::verbatim(info)).at(first_character(start, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree as text: `[…]` lists, `{…}` mappings, `'…'` decoded scalars.
    fn shape(text: &str) -> String {
        fn write(node: &Node, text: &str, out: &mut String) {
            match &node.kind {
                Kind::Plain => out.push_str(&text[node.range.clone()]),
                Kind::Text(text) => out.push_str(&format!("'{text}'")),
                Kind::List(nodes) => {
                    out.push('[');
                    for node in nodes {
                        write(node, text, out);
                        out.push(',');
                    }
                    out.push(']');
                }
                Kind::Mapping(entries) => {
                    out.push('{');
                    for (key, value) in entries {
                        write(key, text, out);
                        out.push(':');
                        write(value, text, out);
                        out.push(',');
                    }
                    out.push('}');
                }
            }
        }
        let mut out = String::new();
        let document = parse(text).unwrap_or_else(|error| panic!("{error}"));
        write(&document.root, text, &mut out);
        out
    }

    #[test]
    fn documents_become_trees() {
        for (text, expected) in [
            ("", ""),
            ("# only a comment\n", ""),
            ("a: 1\nb: [x, 'y', \"z\\n\", ~]\nc:\n", "{a:1,b:[x,'y','z\n',~,],c:,}"),
            ("a: one\n  two\n", "{a:'one two',}"),
            ("a: |\n  one\n  two\n", "{a:'one\ntwo\n',}"),
            ("---\na: !!str 5\n...\n", "{a:5,}"),
            ("a: &x [1]\nb: *x\n", "{a:[1,],b:[1,],}"),
            ("a: &x { p: 1, q: 2 }\nb: { <<: *x, q: 3 }\n", "{a:{p:1,q:2,},b:{q:3,p:1,},}"),
            (
                "x: &x { p: 1 }\ny: &y { p: 2, q: 3 }\nz: { <<: [*x, *y] }\n",
                "{x:{p:1,},y:{p:2,q:3,},z:{p:1,q:3,},}",
            ),
            ("<<: text\n", "{<<:text,}"),
        ] {
            assert_eq!(shape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn scalars_have_the_range_of_their_token() {
        let text = "词: 'x y'\n";
        let Kind::Mapping(entries) = parse(text).unwrap().root.kind else { panic!("a mapping") };
        let (key, value) = &entries[0];
        assert_eq!((&text[key.range.clone()], &text[value.range.clone()]), ("词", "'x y'"));
    }

    #[test]
    fn copies_inside_of_copies_count() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..6 {
            let inner = format!("*a{}, ", n - 1).repeat(10);
            text.push_str(&format!("a{n}: &a{n} [{inner}]\n"));
        }
        let error = parse(&text).unwrap_err().into_body();
        assert_eq!(error.code, "too_large");
        assert!(
            error.message.to_string().contains(&YAML_ALIAS_EVENTS_MAX.to_string()),
            "{}",
            error.message
        );
    }
}
