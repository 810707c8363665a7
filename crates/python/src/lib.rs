//! The native half of the Python package `tidegate`: what is typed and documented for users is in
//! `python/tidegate`.
//!
//! * [`native`]: the class `Engine`, which the Python class of that name wraps.
//! * [`core`]: rules and policy, and how they are made again in another process.
//! * [`rows`]: columns of Python or Arrow become lines of JSON.
//! * [`judge`]: lines become verdicts, on several threads.
//! * [`batch`]: verdicts as an Arrow record batch.
//! * [`capsule`]: Arrow data from and to other libraries.
//! * [`errors`]: exceptions with places.
//!
//! Threads are started by each call and end with it, so a process may fork between calls.

mod batch;
mod capsule;
mod core;
mod errors;
mod judge;
mod native;
mod rows;

use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the program; returns its exit status.
#[pyfunction]
fn run_program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| tidegate_program::run(arguments))
}

/// The native module.
#[pymodule]
fn _tidegate(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<native::NativeEngine>()?;
    module.add_class::<batch::Verdicts>()?;
    module.add_function(wrap_pyfunction!(run_program, module)?)
}
