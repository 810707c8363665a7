//! Verdicts as an Arrow record batch: `id`, `action`, `categories`, `verdict`.

use crate::capsule;
use crate::judge::Judged;
use arrow_array::builder::{LargeStringBuilder, ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::borrow::Cow;
use std::sync::Arc;

/// Builds the columns.
#[derive(Debug, Default)]
pub struct Columns {
    actions: StringBuilder,
    categories: ListBuilder<StringBuilder>,
    verdicts: LargeStringBuilder,
    rows: usize,
}

impl Columns {
    /// Adds verdicts.
    ///
    /// # Errors
    ///
    /// A row has no verdict, or a verdict is no text: a bug.
    pub fn push(&mut self, judged: &Judged) -> PyResult<()> {
        let text = std::str::from_utf8(&judged.lines);
        let text = text.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let mut rows = 0;
        let each = text.lines().zip(&judged.actions).zip(&judged.categories);
        for ((line, action), categories) in each {
            self.verdicts.append_value(without_offset(line, action));
            self.actions.append_value(action);
            for category in categories {
                self.categories.values().append_value(category);
            }
            self.categories.append(true);
            rows += 1;
        }
        if rows != judged.actions.len() || rows != text.lines().count() {
            return Err(PyRuntimeError::new_err("a row has no verdict; please report it"));
        }
        self.rows += rows;
        Ok(())
    }

    /// The record batch. Without ids they are null.
    ///
    /// # Errors
    ///
    /// The columns have other lengths: a bug.
    pub fn finish(mut self, ids: Option<StringArray>) -> PyResult<Verdicts> {
        let ids = ids.unwrap_or_else(|| StringArray::new_null(self.rows));
        let categories = self.categories.finish();
        let schema = Schema::new(vec![
            Field::new("id", DataType::Utf8, true),
            Field::new("action", DataType::Utf8, false),
            Field::new("categories", categories.data_type().clone(), false),
            Field::new("verdict", DataType::LargeUtf8, false),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(ids),
            Arc::new(self.actions.finish()),
            Arc::new(categories),
            Arc::new(self.verdicts.finish()),
        ];
        let batch = RecordBatch::try_new(Arc::new(schema), columns);
        let batch = batch.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok(Verdicts { batch })
    }
}

/// The verdict without `offset`, which counts bytes of the call: a verdict depends on its post alone, in
/// any batch.
fn without_offset<'l>(line: &'l str, action: &str) -> Cow<'l, str> {
    const MEMBER: &str = ",\"offset\":";
    // Quotes are escaped in strings, so the first place is the member.
    match line.split_once(MEMBER).filter(|_| action == "unreadable") {
        Some((before, after)) => {
            Cow::Owned(before.to_owned() + after.trim_start_matches(|it: char| it.is_ascii_digit()))
        }
        None => Cow::Borrowed(line),
    }
}

/// Verdicts of many posts, in their order. Any library that reads Arrow reads it.
#[pyclass(frozen, module = "tidegate", name = "Verdicts")]
#[derive(Debug)]
pub struct Verdicts {
    batch: RecordBatch,
}

#[pymethods]
impl Verdicts {
    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // The interface allows another schema than the one that was asked for.
        drop(requested_schema);
        capsule::array(py, &self.batch)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::schema(py, &self.batch)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        capsule::stream(py, &self.batch)
    }
}
