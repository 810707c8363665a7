//! How the posts of a request are read and its verdicts written: the flags of `scan` as a query.

use crate::error::Refusal;
use crate::query::{parameters, switch, unknown, wrong};
use tidegate_engine::classifier::Classifier;
use tidegate_engine::output::{Detail, Offsets, Style};
use tidegate_engine::post::{Mapping, Plan};
use tidegate_pipeline::{Selection, VerdictKind};

/// What a query asks for.
#[derive(Debug)]
pub struct Reading {
    /// How posts are read.
    pub plan: Plan,
    /// Form of the verdicts.
    pub style: Style,
    /// Which verdicts are written.
    pub selection: Selection,
    /// A line is the text itself, not JSON (`preset=lines`).
    pub is_plain: bool,
}

/// Parameters with a JSON Pointer, which may be repeated.
const POINTERS: [&str; 9] =
    ["id", "title", "text", "lang", "channel", "surface", "author", "reports", "reach"];

/// What `only` may name.
const KINDS: &str = "expected flagged, allow, flag, review, block, care, skipped or unreadable";

/// All parameters: the names of the flags of `scan`.
pub const PARAMETERS: [&str; 18] = [
    "brief",
    "annotate",
    "stamp",
    "only",
    "offsets",
    "preset",
    "id",
    "title",
    "text",
    "field",
    "html-text",
    "lang",
    "channel",
    "surface",
    "author",
    "created-at",
    "reports",
    "reach",
];

impl Reading {
    /// The reading of a request without parameters.
    pub fn of_plan(plan: Plan) -> Reading {
        let style = Style::default();
        Reading { plan, style, selection: Selection::ALL, is_plain: false }
    }

    /// The reading of `query`; pointers override those of `mapping`.
    ///
    /// # Errors
    ///
    /// Unknown parameters, and wrong values.
    pub fn of_query(
        query: &str,
        mapping: &Mapping,
        classifier: &Classifier,
    ) -> Result<Reading, Refusal> {
        let parameters = parameters(query)?;
        let mut style = Style::default();
        let mut kinds = Vec::new();
        for (name, value) in &parameters {
            match name.as_str() {
                "brief" if switch(name, value)? => style.detail = Detail::Brief,
                "brief" => style.detail = Detail::Full,
                "annotate" => style.annotate = switch(name, value)?,
                "stamp" => style.stamp = switch(name, value)?,
                "offsets" => style.offsets = offsets(value)?,
                "only" => {
                    for kind in value.split(',') {
                        let kind =
                            VerdictKind::from_name(kind).ok_or_else(|| wrong(name, KINDS))?;
                        kinds.push(kind);
                    }
                }
                known if PARAMETERS.contains(&known) => {}
                other => return Err(unknown(other, &PARAMETERS)),
            }
        }
        let mapping = mapping_of(&parameters, mapping)?;
        let is_plain = parameters.iter().any(|(name, value)| name == "preset" && value == "lines");
        if is_plain && style.annotate {
            let why = "adds a member to a JSON object, but the preset `lines` reads plain text";
            return Err(wrong("annotate", why));
        }
        let names = classifier.rules().names();
        for field in mapping.field_names() {
            if !names.fields().iter().any(|known| known == field) {
                let known = names.fields().join(", ");
                let why = format!("no rule reads the field `{field}`; rules read {known}");
                return Err(wrong("field", why));
            }
        }
        let plan = Plan::new(&mapping, names).map_err(|why| wrong("field", why))?;
        Ok(Reading { plan, style, selection: Selection::of(&kinds), is_plain })
    }
}

/// `own` with the pointers of the parameters.
fn mapping_of(parameters: &[(String, String)], own: &Mapping) -> Result<Mapping, Refusal> {
    let of = |wanted: &str| -> Vec<&str> {
        let named = parameters.iter().filter(|(name, _)| name == wanted);
        named.map(|(_, value)| value.as_str()).collect()
    };
    let refused = |name: &'static str| move |why: tidegate_engine::MappingError| wrong(name, why);
    let mut mapping = match of("preset").last() {
        Some(preset) => Mapping::preset(preset).map_err(refused("preset"))?,
        None => own.clone(),
    };
    for name in POINTERS {
        let pointers = of(name);
        if pointers.is_empty() {
            continue;
        }
        let set = match name {
            "id" => mapping.set_id(&pointers),
            "title" | "text" => mapping.set_field(name, &pointers),
            "author" => mapping.set_meta("author.id", &pointers),
            _ => mapping.set_meta(name, &pointers),
        };
        set.map_err(refused(name))?;
    }
    let created = of("created-at");
    if !created.is_empty() {
        mapping.set_meta("created_at", &created).map_err(refused("created-at"))?;
    }
    mapping.set_field_specs(&of("field")).map_err(refused("field"))?;
    mapping.set_html(&of("html-text")).map_err(refused("html-text"))?;
    Ok(mapping)
}

fn offsets(value: &str) -> Result<Offsets, Refusal> {
    match value {
        "bytes" => Ok(Offsets::Bytes),
        "chars" => Ok(Offsets::Chars),
        "utf16" => Ok(Offsets::Utf16),
        _ => Err(wrong("offsets", "expected bytes, chars or utf16")),
    }
}
