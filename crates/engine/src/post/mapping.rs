//! The mapping: which JSON Pointers hold the parts of a post. Settings that [`super::Plan`]
//! compiles.

use super::error::MappingError;
use super::pointer::Pointer;
use super::presets::{DEFAULT, PRESETS, Preset};
use crate::domain::field::{FIELDS_MAX, Names, STANDARD_METAS};
use crate::message::message;

/// A pointer that may hold a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextSource {
    pub pointer: Pointer,
    pub html: bool,
}

/// A record is not a post if `pointer` holds a string that is not in `posts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Skip {
    pub pointer: Pointer,
    pub posts: Vec<String>,
}

/// The pointers of the id, the texts and the standard metas of a post.
///
/// Every setter accepts pointers in order of preference and replaces those of the preset. For
/// a text the first pointer that holds a string is used of which a reader sees something, and
/// otherwise the first that holds a string; for the id and the metas the first that holds a
/// value other than `null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub(super) preset: &'static str,
    pub(super) plain_lines: bool,
    pub(super) id: Vec<Pointer>,
    pub(super) fields: Vec<(String, Vec<TextSource>)>,
    /// In `STANDARD_METAS` order.
    pub(super) metas: Vec<Vec<Pointer>>,
    pub(super) skips: Vec<Skip>,
}

impl Default for Mapping {
    fn default() -> Mapping {
        Mapping::of(DEFAULT).expect("the table of presets is tested")
    }
}

impl Mapping {
    /// The mapping of the preset called `name`.
    ///
    /// # Errors
    ///
    /// There is none; the message lists the presets.
    pub fn preset(name: &str) -> Result<Mapping, MappingError> {
        match PRESETS.iter().find(|preset| preset.name == name) {
            Some(preset) => Mapping::of(preset),
            None => {
                let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
                Err(MappingError::new(message!(
                    "no preset is called `{}`: expected one of {}",
                    name.escape_debug(),
                    names.join(", ")
                )))
            }
        }
    }

    fn of(preset: &Preset) -> Result<Mapping, MappingError> {
        let text = |at: &super::presets::TextPointer| {
            Ok(TextSource { pointer: Pointer::parse(at.pointer)?, html: at.html })
        };
        let fields = preset.fields.iter().map(|(name, places)| {
            Ok(((*name).to_owned(), places.iter().map(text).collect::<Result<_, _>>()?))
        });
        let metas = STANDARD_METAS.iter().map(|name| pointers(meta_pointers(preset, name)));
        let skips = preset.skips.iter().map(|skip| {
            let posts = skip.posts.iter().map(|post| (*post).to_owned()).collect();
            Ok(Skip { pointer: Pointer::parse(skip.pointer)?, posts })
        });
        Ok(Mapping {
            preset: preset.name,
            plain_lines: preset.plain_lines,
            id: pointers(preset.id)?,
            fields: fields.collect::<Result<_, _>>()?,
            metas: metas.collect::<Result<_, _>>()?,
            skips: skips.collect::<Result<_, _>>()?,
        })
    }

    /// The id is the value of the first of `places` that is present.
    ///
    /// # Errors
    ///
    /// A place is not a pointer, or contains `*`; or lines are plain text.
    pub fn set_id(&mut self, places: &[&str]) -> Result<&mut Mapping, MappingError> {
        self.refuse_plain_lines("id")?;
        self.id = single("id", places)?;
        Ok(self)
    }

    /// The text field `name` (`title`, `text`, or another name, `[a-z_][a-z0-9_]*`) is the
    /// value of the first of `places` that holds a string, or an array of strings, which are
    /// joined by a line break. It is read as plain text; [`Mapping::set_html`] changes that.
    ///
    /// # Errors
    ///
    /// The name is invalid, a place is not a pointer, or lines are plain text.
    pub fn set_field(&mut self, name: &str, places: &[&str]) -> Result<&mut Mapping, MappingError> {
        self.refuse_plain_lines(name)?;
        if !is_name(name) {
            return Err(MappingError::new(message!(
                "`{}` cannot name a text field: expected a letter or `_`, then lower-case letters, digits or `_`",
                name.escape_debug()
            )));
        }
        let sources = pointers(places)?
            .into_iter()
            .map(|pointer| TextSource { pointer, html: false })
            .collect();
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = sources,
            None => self.fields.push((name.to_owned(), sources)),
        }
        Ok(self)
    }

    /// Sets fields written as `NAME=/pointer`. Of several for one name the first in `specs`
    /// is preferred.
    ///
    /// # Errors
    ///
    /// There is no `=`, or an error of [`Mapping::set_field`].
    pub fn set_field_specs(&mut self, specs: &[&str]) -> Result<&mut Mapping, MappingError> {
        let mut grouped: Vec<(&str, Vec<&str>)> = Vec::new();
        for spec in specs {
            let Some((name, place)) = spec.split_once('=') else {
                return Err(MappingError::new(message!(
                    "`{}` is not a field: expected NAME=/pointer, as in bio=/author/bio",
                    spec.escape_debug()
                )));
            };
            match grouped.iter_mut().find(|(known, _)| *known == name) {
                Some((_, places)) => places.push(place),
                None => grouped.push((name, vec![place])),
            }
        }
        for (name, places) in grouped {
            self.set_field(name, &places)?;
        }
        Ok(self)
    }

    /// The texts at `places` are HTML, which is read as a browser shows it. To be called after
    /// the fields are set.
    ///
    /// # Errors
    ///
    /// A place is not a pointer, or not one of a text field; or lines are plain text.
    pub fn set_html(&mut self, places: &[&str]) -> Result<&mut Mapping, MappingError> {
        for pointer in pointers(places)? {
            self.refuse_plain_lines("html")?;
            let sources = || self.fields.iter().flat_map(|(_, sources)| sources);
            if !sources().any(|source| source.pointer == pointer) {
                let known: Vec<String> = sources().map(|it| it.pointer.to_string()).collect();
                return Err(MappingError::new(message!(
                    "no text field is mapped to `{}`, so it cannot be HTML: expected one of {}",
                    pointer.to_string().escape_debug(),
                    known.join(", ").escape_debug()
                )));
            }
            let sources = self.fields.iter_mut().flat_map(|(_, sources)| sources);
            for source in sources.filter(|source| source.pointer == pointer) {
                source.html = true;
            }
        }
        Ok(self)
    }

    /// The standard meta `name` (one of [`STANDARD_METAS`]) is the value of the first of
    /// `places` that is present.
    ///
    /// # Errors
    ///
    /// The name is not a standard meta, a place is not a pointer or contains `*`, or lines
    /// are plain text.
    pub fn set_meta(&mut self, name: &str, places: &[&str]) -> Result<&mut Mapping, MappingError> {
        self.refuse_plain_lines(name)?;
        let Some(at) = STANDARD_METAS.iter().position(|known| *known == name) else {
            return Err(MappingError::new(message!(
                "`{}` is not a meta of a mapping: expected one of {}",
                name.escape_debug(),
                STANDARD_METAS.join(", ")
            )));
        };
        self.metas[at] = single(name, places)?;
        Ok(self)
    }

    /// Names of the text fields.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// Adds the names of the text fields to `names`, so that rules may use them.
    ///
    /// # Errors
    ///
    /// More than [`FIELDS_MAX`] fields in all.
    pub fn register(&self, names: &mut Names) -> Result<(), MappingError> {
        for (name, _) in &self.fields {
            if names.field(name).is_none() {
                return Err(MappingError::new(message!(
                    "no room for the text field `{name}`: expected at most {FIELDS_MAX} fields"
                )));
            }
        }
        Ok(())
    }

    fn refuse_plain_lines(&self, name: &str) -> Result<(), MappingError> {
        if !self.plain_lines {
            return Ok(());
        }
        Err(MappingError::new(message!(
            "a pointer for `{}` cannot be combined with the preset `{}`, whose lines are plain text: drop one of them",
            name.escape_debug(),
            self.preset
        )))
    }
}

fn meta_pointers(preset: &Preset, name: &str) -> &'static [&'static str] {
    let named = |metas: &[(&str, &'static [&'static str])]| {
        metas.iter().find(|(known, _)| *known == name).map(|(_, places)| *places)
    };
    named(preset.metas).or_else(|| named(DEFAULT.metas)).unwrap_or(&[])
}

fn pointers(places: &[&str]) -> Result<Vec<Pointer>, MappingError> {
    places.iter().map(|place| Pointer::parse(place)).collect()
}

fn single(name: &str, places: &[&str]) -> Result<Vec<Pointer>, MappingError> {
    let pointers = pointers(places)?;
    match pointers.iter().find(|pointer| pointer.has_wildcard()) {
        None => Ok(pointers),
        Some(pointer) => Err(MappingError::new(message!(
            "`{}` cannot hold `{name}`: `*` is for text fields, expected the pointer of one value",
            pointer.to_string().escape_debug()
        ))),
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_preset_is_well_formed_and_named_once() {
        let mut seen = BTreeSet::new();
        for preset in PRESETS {
            assert!(seen.insert(preset.name), "{} is listed twice", preset.name);
            let mapping = Mapping::preset(preset.name).unwrap();
            mapping.register(&mut Names::default()).unwrap();
            let known = |name: &&str| STANDARD_METAS.contains(name);
            assert!(preset.metas.iter().map(|(name, _)| name).all(known), "{}", preset.name);
            assert!(preset.plain_lines || !mapping.fields.is_empty(), "{}", preset.name);
        }
    }

    #[test]
    fn setters_replace_what_the_preset_had() {
        let mut mapping = Mapping::preset("mastodon").unwrap();
        mapping.set_field("text", &["/body", "/content"]).unwrap().set_id(&["/uri"]).unwrap();
        let (_, text) = mapping.fields.iter().find(|(name, _)| name == "text").unwrap();
        assert_eq!(text.len(), 2);
        assert!(text.iter().all(|source| !source.html));
        assert_eq!(mapping.id, [Pointer::parse("/uri").unwrap()]);
    }

    #[test]
    fn html_is_marked_by_pointer() {
        let mut mapping = Mapping::default();
        mapping.set_field("text", &["/a", "/b"]).unwrap().set_field("bio", &["/b"]).unwrap();
        mapping.set_html(&["/b", "/title"]).unwrap();
        let html: Vec<bool> =
            mapping.fields.iter().flat_map(|(_, sources)| sources).map(|it| it.html).collect();
        assert_eq!(html, [true, false, true, true]);
        let unmapped = mapping.set_html(&["/c"]).unwrap_err().to_string();
        assert!(unmapped.contains("`/c`") && unmapped.contains("/title, /a, /b"), "{unmapped}");
        assert!(mapping.set_html(&["b"]).is_err());
        assert!(Mapping::preset("lines").unwrap().set_html(&["/a"]).is_err());
    }

    #[test]
    fn field_specs_of_one_name_are_preferences() {
        let mut mapping = Mapping::default();
        mapping.set_field_specs(&["bio=/a", "alt=/b", "bio=/c"]).unwrap();
        let places: Vec<String> = mapping
            .fields
            .iter()
            .flat_map(|(name, sources)| sources.iter().map(move |s| format!("{name}{}", s.pointer)))
            .collect();
        assert_eq!(places, ["title/title", "text/text", "bio/a", "bio/c", "alt/b"]);
    }

    #[test]
    fn errors_state_what_was_expected() {
        let mut mapping = Mapping::default();
        let mut lines = Mapping::preset("lines").unwrap();
        let refused = [
            Mapping::preset("twitter").unwrap_err(),
            mapping.set_field_specs(&["bio"]).unwrap_err(),
            mapping.set_field("Bio", &["/a"]).unwrap_err(),
            mapping.set_field("", &["/a"]).unwrap_err(),
            mapping.set_field("bio", &["a"]).unwrap_err(),
            mapping.set_id(&["/a/*"]).unwrap_err(),
            mapping.set_meta("age", &["/a"]).unwrap_err(),
            mapping.set_meta("lang", &["/*"]).unwrap_err(),
        ];
        for error in refused {
            assert!(error.to_string().contains("expected"), "{error}");
        }
        assert!(lines.set_field("text", &["/a"]).unwrap_err().to_string().contains("drop one"));
    }

    #[test]
    fn fields_stop_at_their_limit() {
        let mut mapping = Mapping::default();
        for n in 0..FIELDS_MAX - crate::domain::field::STANDARD_FIELDS.len() {
            mapping.set_field(&format!("f{n}"), &["/f"]).unwrap();
        }
        assert!(mapping.register(&mut Names::default()).is_ok());
        mapping.set_field("one_more", &["/f"]).unwrap();
        assert!(mapping.register(&mut Names::default()).is_err());
    }
}
