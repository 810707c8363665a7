//! Reads single values of a measures file, and collects what is wrong with them.

use super::fault::Fault;
use super::limits::{ENTRIES_MAX, NAME_BYTES_MAX, POINTS_MAX};
use super::schema::{CategoryName, Text};
use super::units;
use crate::model::Micro;
use std::ops::Range;
use std::sync::Arc;
use tidegate_engine::diagnostic::{Diagnostic, Place, Source};
use tidegate_engine::domain::category::Category;
use tidegate_engine::message::{Message, message};
use tidegate_engine::rules::condition::place_in;
use tidegate_engine::rules::load::unknown_category_help;
use tidegate_engine::rules::source::yaml::{At, ErrorStarts};

/// Reads the values of one file.
pub struct Reader<'r> {
    /// The file.
    pub source: &'r Arc<Source>,
    /// Errors so far.
    pub errors: Vec<Diagnostic>,
    /// Warnings so far.
    pub warnings: Vec<Diagnostic>,
    /// Where the file has errors of shape.
    pub errors_at: ErrorStarts,
    /// First byte of each entry of a list.
    pub starts: Vec<usize>,
}

impl Reader<'_> {
    /// The place of bytes of the file.
    pub fn place(&self, range: &Range<usize>) -> Place {
        Place { source: self.source.clone(), range: range.clone() }
    }

    /// Adds an error.
    pub fn error(
        &mut self,
        range: &Range<usize>,
        code: &'static str,
        message: Message,
        help: Message,
    ) {
        let place = self.place(range);
        self.errors.push(Diagnostic::error(code, message, Some(place)).help(help));
    }

    /// Adds an error of a value.
    pub fn bad(&mut self, range: &Range<usize>, message: Message, help: Message) {
        self.error(range, "bad_value", message, help);
    }

    /// Adds a warning.
    pub fn warn(
        &mut self,
        range: &Range<usize>,
        code: &'static str,
        message: Message,
        help: Message,
    ) {
        let place = self.place(range);
        self.warnings.push(Diagnostic::warning(code, message, Some(place)).help(help));
    }

    /// Adds the error that a key is missing in the entry at `range`, unless an error of shape there
    /// may be the cause.
    pub fn missing(&mut self, key: &str, range: &Range<usize>, help: Message) {
        if !self.errors_at.is_in_part(range.start, &self.starts) {
            self.error(range, "missing_key", message!("the key `{key}` is missing"), help);
        }
    }

    /// Adds the fault of a text of the file.
    pub fn fault(&mut self, text: &str, token: &Range<usize>, fault: Fault) {
        let range = place_in(&self.source.text, token, text, &fault.range);
        self.error(&range, fault.code, fault.message, fault.help);
    }

    /// Reads a text by `read`.
    pub fn text<T: AsRef<str>, V>(
        &mut self,
        written: Option<&At<T>>,
        read: impl FnOnce(&str) -> Result<V, Fault>,
    ) -> Option<V> {
        let At { value, range } = written?;
        match read(value.as_ref()) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(value.as_ref(), range, fault);
                None
            }
        }
    }

    /// Sets a duration, in seconds; 0 is one.
    pub fn duration<T: AsRef<str>>(&mut self, written: Option<&At<T>>, value: &mut i64) {
        *value = self.text(written, units::duration).unwrap_or(*value);
    }

    /// Sets a duration, in seconds, over 0.
    pub fn positive_duration<T: AsRef<str>>(&mut self, written: Option<&At<T>>, value: &mut i64) {
        let read = self.text(written, units::duration);
        if let (Some(0), Some(written)) = (read, written) {
            let help = message!("write a duration such as `90s`, `10m`, `72h` or `30d`");
            self.bad(&written.range, message!("a duration of 0 has no effect here"), help);
            return;
        }
        *value = read.unwrap_or(*value);
    }

    /// Sets a percentage, in millionths.
    pub fn percent<T: AsRef<str>>(&mut self, written: Option<&At<T>>, value: &mut u32) {
        *value = self.text(written, units::percent).unwrap_or(*value);
    }

    /// Sets a number of points, 0 or more, in millionths.
    pub fn points(&mut self, written: Option<&At<f64>>, value: &mut Micro) {
        *value = self.millionths(written, POINTS_MAX).unwrap_or(*value);
    }

    /// A number from 0 to `max`, in millionths.
    pub fn millionths(&mut self, written: Option<&At<f64>>, max: i64) -> Option<Micro> {
        let At { value, range } = written?;
        if *value < 0.0 {
            let message = message!("`{value}` is negative");
            self.bad(range, message, message!("write 0 or more"));
            return None;
        }
        let micros = units::micros(*value, max);
        if micros.is_none() {
            let help = message!("write at most six decimals and at most {max}");
            self.bad(range, message!("`{value}` is too large or too precise"), help);
        }
        micros
    }

    /// A whole number from 1 to `max`.
    pub fn count(&mut self, written: Option<&At<u64>>, max: u64) -> Option<u64> {
        let At { value, range } = written?;
        if (1..=max).contains(value) {
            return Some(*value);
        }
        let help = message!("write a whole number from 1 to {max}");
        self.bad(range, message!("`{value}` is out of range"), help);
        None
    }

    /// A category.
    pub fn category(&mut self, name: &str, range: &Range<usize>) -> Option<Category> {
        let category = Category::from_name(name);
        if category.is_none() {
            let help = unknown_category_help(name, &[], message!("a pack"));
            self.error(range, "unknown_name", message!("there is no category `{}`", name), help);
        }
        category
    }

    /// A category with its place.
    pub fn category_at(&mut self, written: Option<&At<CategoryName>>) -> Option<Category> {
        let At { value: CategoryName(name), range } = written?;
        self.category(name, range)
    }

    /// A name: not empty, short, one line without spaces at its ends.
    pub fn name(&mut self, written: &Text) -> Option<String> {
        let At { value, range } = written;
        let is_name = !value.is_empty()
            && value.len() <= NAME_BYTES_MAX
            && value.trim() == value
            && !value.chars().any(char::is_control);
        if is_name {
            return Some(value.clone());
        }
        let help =
            message!("write 1 to {NAME_BYTES_MAX} bytes on one line, without spaces at the ends");
        self.bad(range, message!("this text cannot be a name"), help);
        None
    }

    /// Reports the first entry after `max`.
    pub fn at_most<T>(&mut self, entries: &[At<T>], max: usize, key: &str) {
        if let Some(first) = entries.get(max) {
            let help = message!("join or remove some of them");
            let message = message!("`{key}` has more than {max} entries");
            self.error(&first.range, "too_large", message, help);
        }
    }

    /// Reports the first entry after the most that a list may have.
    pub fn not_too_many<T>(&mut self, entries: &[At<T>], key: &str) {
        self.at_most(entries, ENTRIES_MAX, key);
    }

    /// Reports a second entry of one name. `names` are those of the entries that have one.
    pub fn unique(&mut self, names: &[&Text], code: &'static str, help: &Message) {
        for (at, name) in names.iter().enumerate() {
            if let Some(first) = names[..at].iter().find(|it| it.value == name.value) {
                let message = message!("the name `{}` is already used", name.value);
                let (place, first) = (self.place(&name.range), self.place(&first.range));
                let error = Diagnostic::error(code, message, Some(place)).help(help.clone());
                self.errors.push(error.related(first, message!("first here")));
            }
        }
    }
}
