//! Rows from the columns of a row group.

use super::super::json::push_string;
use super::column::Column;
use super::error::{damaged, inconsistent};
use super::schema::DEPTH_MAX;
use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::Type;
use std::io;
use std::ops::Range;

/// Rows that are decoded at once. A batch holds the pages that its values are in, which for long
/// texts is a page for a few rows.
const BATCH_ROWS: usize = 32;

/// The rows of a row group.
pub(super) struct Table {
    fields: Vec<Field>,
    columns: Vec<Column>,
    /// Rows that were not read yet.
    rows: u64,
    /// Rows of the batch that were not written yet.
    ready: usize,
}

/// A field of a row or a group.
struct Field {
    /// Its name as JSON, with the colon.
    name: Vec<u8>,
    /// It is not `null` from this level of definition on.
    definition: i16,
    /// The columns below it.
    columns: Range<usize>,
    shape: Shape,
}

/// What a field holds.
enum Shape {
    /// Values of the one column below it.
    Value,
    /// An object.
    Group(Vec<Field>),
    /// An array.
    List(Repeated, Box<Field>),
    /// An object with a member for each key.
    Map(Repeated, Box<[Field; 2]>),
}

/// The levels of what may occur several times.
#[derive(Clone, Copy)]
struct Repeated {
    /// There is an element from this level of definition on.
    definition: i16,
    /// The level of repetition of all elements but the first.
    repetition: i16,
}

impl Table {
    /// # Errors
    ///
    /// The metadata of the group contradicts the schema.
    pub fn new(group: &dyn RowGroupReader) -> io::Result<Table> {
        let metadata = group.metadata();
        let schema = metadata.schema_descr();
        let mut builder = Builder { next_column: 0 };
        let fields = schema.root_schema().get_fields();
        let fields: Vec<Field> =
            fields.iter().map(|field| builder.field(field, 0, 0, 0)).collect::<io::Result<_>>()?;
        let count = builder.next_column;
        if count == 0 || count != metadata.num_columns() || count != schema.num_columns() {
            return Err(inconsistent(&"a row group has other columns than the schema"));
        }
        let column = |at: usize| {
            let reader = group.get_column_reader(at).map_err(damaged)?;
            Ok(Column::new(&schema.column(at), reader))
        };
        let columns = (0..count).map(column).collect::<io::Result<_>>()?;
        let rows = u64::try_from(metadata.num_rows())
            .map_err(|_| inconsistent(&"a row group has a negative number of rows"))?;
        Ok(Table { fields, columns, rows, ready: 0 })
    }

    /// Appends the next row to `line`; `false` if there is none. Nothing more is written once the
    /// row has more than `bytes_max` bytes: it is too long however it ends.
    pub fn write(&mut self, line: &mut Vec<u8>, bytes_max: usize) -> io::Result<bool> {
        if self.ready == 0 {
            self.ready = usize::try_from(self.rows).unwrap_or(usize::MAX).min(BATCH_ROWS);
            if self.ready == 0 {
                return Ok(false);
            }
            self.columns.iter_mut().try_for_each(|column| column.fill(self.ready))?;
            self.rows -= self.ready as u64;
        }
        self.ready -= 1;
        let is_start = |column: &Column| column.next_levels().is_some_and(|(_, level)| level == 0);
        if !self.columns.iter().all(is_start) {
            return Err(inconsistent(&"its columns disagree on where rows begin"));
        }
        let mut writer = Writer { columns: &mut self.columns, line, bytes_max };
        writer.group(&self.fields)?;
        Ok(true)
    }
}

/// Builds fields from a schema, and counts its columns.
struct Builder {
    next_column: usize,
}

impl Builder {
    /// A field below levels of definition and repetition, so many groups deep.
    fn field(
        &mut self,
        of: &Type,
        definition: i16,
        repetition: i16,
        depth: usize,
    ) -> io::Result<Field> {
        let info = of.get_basic_info();
        match info.has_repetition().then(|| info.repetition()) {
            Some(Repetition::REPEATED) => {
                // A list without a group around it, which is never `null`.
                let repeated = Repeated { definition: definition + 1, repetition: repetition + 1 };
                let element = self.content(of, repeated.definition, repeated.repetition, depth)?;
                let columns = element.columns.clone();
                let shape = Shape::List(repeated, Box::new(element));
                Ok(Field { name: name_of(of), definition, columns, shape })
            }
            Some(Repetition::OPTIONAL) => self.content(of, definition + 1, repetition, depth),
            _ => self.content(of, definition, repetition, depth),
        }
    }

    /// A field that is there from this level of definition on, however often it may occur.
    fn content(
        &mut self,
        of: &Type,
        definition: i16,
        repetition: i16,
        depth: usize,
    ) -> io::Result<Field> {
        if depth > DEPTH_MAX {
            return Err(inconsistent(&"its schema is nested too deeply"));
        }
        let first = self.next_column;
        let repeated = Repeated { definition: definition + 1, repetition: repetition + 1 };
        let shape = if of.is_primitive() {
            self.next_column += 1;
            Shape::Value
        } else if let Some(element) = list_element(of) {
            // The repeated group is no part of the data, unless it is an element itself.
            let levels = (repeated.definition, repeated.repetition);
            let element = match element {
                Element::Repeated(of) => self.content(of, levels.0, levels.1, depth + 1)?,
                Element::Below(of) => self.field(of, levels.0, levels.1, depth + 2)?,
            };
            Shape::List(repeated, Box::new(element))
        } else if let Some((key, value)) = map_entry(of) {
            let levels = (repeated.definition, repeated.repetition);
            let key = self.field(key, levels.0, levels.1, depth + 2)?;
            let value = self.field(value, levels.0, levels.1, depth + 2)?;
            Shape::Map(repeated, Box::new([key, value]))
        } else {
            let fields = of.get_fields().iter();
            let fields = fields.map(|field| self.field(field, definition, repetition, depth + 1));
            Shape::Group(fields.collect::<io::Result<_>>()?)
        };
        let columns = first..self.next_column;
        if columns.is_empty() {
            return Err(inconsistent(&"its schema has a group without columns"));
        }
        Ok(Field { name: name_of(of), definition, columns, shape })
    }
}

fn name_of(field: &Type) -> Vec<u8> {
    let mut name = Vec::new();
    push_string(&mut name, field.name().as_bytes());
    name.push(b':');
    name
}

/// Where the elements of a list are.
enum Element<'t> {
    /// The repeated field is the element, as older writers have it.
    Repeated(&'t Type),
    /// The one field of the repeated group is the element.
    Below(&'t Type),
}

/// The elements of a group that is marked as a list, by the rules of the format, which also cover
/// those of older writers.
fn list_element(group: &Type) -> Option<Element<'_>> {
    let info = group.get_basic_info();
    let is_list = info.logical_type_ref() == Some(&LogicalType::List)
        || info.converted_type() == ConvertedType::LIST;
    let repeated = only_repeated(group).filter(|_| is_list)?;
    let [below] = (if repeated.is_primitive() { &[][..] } else { repeated.get_fields() }) else {
        return Some(Element::Repeated(repeated));
    };
    let is_element = is_repeated(below)
        || list_element(repeated).is_some()
        || map_entry(repeated).is_some()
        || repeated.name() == "array"
        || repeated.name() == format!("{}_tuple", group.name());
    Some(if is_element { Element::Repeated(repeated) } else { Element::Below(below) })
}

/// The key and the value of a group that is marked as a map.
fn map_entry(group: &Type) -> Option<(&Type, &Type)> {
    let info = group.get_basic_info();
    let is_map = info.logical_type_ref() == Some(&LogicalType::Map)
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE);
    let entry = only_repeated(group).filter(|entry| is_map && !entry.is_primitive())?;
    match entry.get_fields() {
        [key, value] if key.is_primitive() => Some((key, value)),
        _ => None,
    }
}

/// The one field of a group, if it may occur several times.
fn only_repeated(group: &Type) -> Option<&Type> {
    let [field] = group.get_fields() else { return None };
    is_repeated(field).then_some(&**field)
}

fn is_repeated(field: &Type) -> bool {
    let info = field.get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::REPEATED
}

/// Writes one row.
struct Writer<'w> {
    columns: &'w mut [Column],
    line: &'w mut Vec<u8>,
    bytes_max: usize,
}

impl Writer<'_> {
    /// Appends bytes, unless the row is too long already.
    fn push(&mut self, bytes: &[u8]) {
        if self.line.len() <= self.bytes_max {
            self.line.extend_from_slice(bytes);
        }
    }

    fn group(&mut self, fields: &[Field]) -> io::Result<()> {
        self.push(b"{");
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.push(b",");
            }
            self.push(&field.name);
            self.field(field)?;
        }
        self.push(b"}");
        Ok(())
    }

    fn field(&mut self, field: &Field) -> io::Result<()> {
        if self.next_levels(field)?.0 < field.definition {
            self.push(b"null");
            return self.pass(field);
        }
        match &field.shape {
            Shape::Value => self.value(field),
            Shape::Group(fields) => self.group(fields),
            Shape::List(repeated, element) => {
                self.push(b"[");
                let write = |writer: &mut Self| writer.field(element);
                self.elements(field, *repeated, write)?;
                self.push(b"]");
                Ok(())
            }
            Shape::Map(repeated, entry) => {
                self.push(b"{");
                let write = |writer: &mut Self| {
                    writer.key(&entry[0])?;
                    writer.push(b":");
                    writer.field(&entry[1])
                };
                self.elements(field, *repeated, write)?;
                self.push(b"}");
                Ok(())
            }
        }
    }

    fn elements(
        &mut self,
        field: &Field,
        repeated: Repeated,
        mut write: impl FnMut(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.next_levels(field)?.0 < repeated.definition {
            return self.pass(field);
        }
        loop {
            write(self)?;
            let next = self.columns[field.columns.start].next_levels();
            if next.is_none_or(|(_, repetition)| repetition < repeated.repetition) {
                return Ok(());
            }
            self.push(b",");
        }
    }

    /// Writes the key of a map, which in JSON is a string.
    fn key(&mut self, key: &Field) -> io::Result<()> {
        let before = self.line.len();
        self.field(key)?;
        let written = &self.line[before.min(self.line.len())..];
        if !written.is_empty() && written[0] != b'"' {
            let quoted = [b"\"", written, b"\""].concat();
            self.line.truncate(before);
            self.line.extend_from_slice(&quoted);
        }
        Ok(())
    }

    fn value(&mut self, field: &Field) -> io::Result<()> {
        let column = &mut self.columns[field.columns.start];
        if self.line.len() <= self.bytes_max { column.write(self.line) } else { column.pass() }
    }

    /// Passes over what is `null` or empty: each column below has one level for it.
    fn pass(&mut self, field: &Field) -> io::Result<()> {
        self.columns[field.columns.clone()].iter_mut().try_for_each(Column::pass)
    }

    fn next_levels(&self, field: &Field) -> io::Result<(i16, i16)> {
        let levels = self.columns[field.columns.start].next_levels();
        levels.ok_or_else(|| inconsistent(&"its columns have rows of different lengths"))
    }
}
