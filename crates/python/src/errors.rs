//! Exceptions of the package, made from errors of the engine.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use tidegate_engine::BuildError;
use tidegate_engine::codec::container::ContainerError;
use tidegate_engine::diagnostic::{Diagnostic, Severity};

/// The exception `name` of `tidegate._errors`, with these arguments.
fn exception<'py>(
    py: Python<'py>,
    name: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyErr {
    let made = py
        .import("tidegate._errors")
        .and_then(|module| module.getattr(name))
        .and_then(|class| class.call1(arguments));
    match made {
        Ok(value) => PyErr::from_value(value),
        Err(error) => error,
    }
}

/// One diagnostic as a dictionary.
fn entry<'py>(py: Python<'py>, diagnostic: &Diagnostic) -> PyResult<Bound<'py, PyDict>> {
    let entry = PyDict::new(py);
    let place = diagnostic.place.as_ref();
    let at = place.map(|place| place.line_column());
    entry.set_item("file", place.map(|place| place.source.name.clone()))?;
    entry.set_item("line", at.map(|at| at.0))?;
    entry.set_item("column", at.map(|at| at.1))?;
    entry.set_item("code", diagnostic.code)?;
    entry.set_item("message", diagnostic.message.to_string())?;
    entry.set_item("help", diagnostic.help.to_string())?;
    entry.set_item("is_error", diagnostic.severity == Severity::Error)?;
    Ok(entry)
}

/// `RuleError` with its diagnostics.
pub fn rule_error(py: Python<'_>, diagnostics: &[Diagnostic]) -> PyErr {
    let text: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    let entries = || -> PyResult<Bound<'_, PyList>> {
        let entries: PyResult<Vec<_>> = diagnostics.iter().map(|it| entry(py, it)).collect();
        PyList::new(py, entries?)
    };
    match entries() {
        Ok(entries) => exception(py, "RuleError", (text.join("\n"), entries)),
        Err(error) => error,
    }
}

/// `RuleError` with one diagnostic that has no place in a text. `file` may be missing.
pub fn file_error(py: Python<'_>, file: Option<&str>, code: &str, message: &str) -> PyErr {
    let entry = || -> PyResult<Bound<'_, PyList>> {
        let entry = PyDict::new(py);
        entry.set_item("file", file)?;
        entry.set_item("line", py.None())?;
        entry.set_item("column", py.None())?;
        entry.set_item("code", code)?;
        entry.set_item("message", message)?;
        entry.set_item("help", "")?;
        entry.set_item("is_error", true)?;
        PyList::new(py, [entry])
    };
    let text = file.map_or_else(|| message.to_owned(), |file| format!("{file}: {message}"));
    match entry() {
        Ok(entries) => exception(py, "RuleError", (text, entries)),
        Err(error) => error,
    }
}

/// The exception for an engine that cannot be built.
pub fn build_error(py: Python<'_>, error: &BuildError) -> PyErr {
    match error {
        BuildError::Rules(diagnostics) => rule_error(py, diagnostics),
        BuildError::Compiled(why) => compiled_error(py, None, why),
        BuildError::UnknownPolicy { .. } => {
            file_error(py, None, "unknown_policy", &error.to_string())
        }
        BuildError::Mapping(_) => file_error(py, None, "bad_mapping", &error.to_string()),
        BuildError::BadChoice(_) => file_error(py, None, "bad_choice", &error.to_string()),
    }
}

/// The exception for a compiled rule set that cannot be read: `BuildMismatch` if another build wrote
/// it.
pub fn compiled_error(py: Python<'_>, file: Option<&str>, error: &ContainerError) -> PyErr {
    let text = match file {
        Some(file) => format!("{file}: {error}"),
        None => error.to_string(),
    };
    match error {
        ContainerError::OtherBuild(_) => exception(py, "BuildMismatch", (text,)),
        ContainerError::NotCompiledRules => {
            file_error(py, file, "not_compiled", &error.to_string())
        }
        ContainerError::Corrupt(_) => file_error(py, file, "damaged", &error.to_string()),
    }
}
