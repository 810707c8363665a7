//! Arrow data from and to other libraries, by the Arrow PyCapsule interface.
//!
//! `__arrow_c_stream__` and `__arrow_c_array__` give capsules with the structs of the Arrow C data
//! interface; a consumer moves them out. Nothing is copied.

#![allow(unsafe_code, reason = "the structs of the Arrow C interface are behind pointers")]

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator, StructArray, make_array};
use arrow_schema::ArrowError;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use std::ffi::CStr;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

fn refused(error: &ArrowError) -> PyErr {
    PyTypeError::new_err(format!("the Arrow data cannot be read: {error}"))
}

/// The arrays of an Arrow object: one, or those of a stream. `None` if it is no Arrow object.
///
/// # Errors
///
/// What the object raises; `TypeError` for data that cannot be read.
pub fn import(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<ArrayRef>>> {
    if value.hasattr("__arrow_c_stream__")? {
        let capsule = value.call_method0("__arrow_c_stream__")?;
        return of_stream(capsule.cast::<PyCapsule>()?).map(Some);
    }
    if value.hasattr("__arrow_c_array__")? {
        let pair = value.call_method0("__arrow_c_array__")?;
        let pair = pair.cast::<PyTuple>()?;
        let (schema, array) = (pair.get_item(0)?, pair.get_item(1)?);
        let schema = schema.cast::<PyCapsule>()?.pointer_checked(Some(SCHEMA))?.cast();
        let array = array.cast::<PyCapsule>()?.pointer_checked(Some(ARRAY))?.cast();
        // SAFETY: capsules of these names hold these structs, by the interface. What is moved out
        // leaves a struct that was released, so the capsules do not release it again.
        let data = unsafe {
            let schema = FFI_ArrowSchema::from_raw(schema.as_ptr());
            from_ffi(FFI_ArrowArray::from_raw(array.as_ptr()), &schema)
        };
        return Ok(Some(vec![make_array(data.map_err(|error| refused(&error))?)]));
    }
    Ok(None)
}

/// The arrays of a stream, which may be a column: the reader of the library takes tables only.
fn of_stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<Vec<ArrayRef>> {
    let pointer = capsule.pointer_checked(Some(STREAM))?.cast();
    // SAFETY: a capsule of this name holds this struct, by the interface.
    let mut stream = unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) };
    let (Some(get_schema), Some(get_next)) = (stream.get_schema(), stream.get_next()) else {
        return Err(PyValueError::new_err("the Arrow stream was read before"));
    };
    let failed = || PyValueError::new_err("the Arrow stream cannot be read");
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the function is that of the stream, which was not released; it fills the struct.
    if unsafe { get_schema(&raw mut stream, &raw mut schema) } != 0 {
        return Err(failed());
    }
    let mut arrays = Vec::new();
    loop {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: as above; at the end the struct is one that was released.
        if unsafe { get_next(&raw mut stream, &raw mut array) } != 0 {
            return Err(failed());
        }
        if array.is_released() {
            return Ok(arrays);
        }
        // SAFETY: the array is of the schema of its stream.
        let data = unsafe { from_ffi(array, &schema) }.map_err(|error| refused(&error))?;
        arrays.push(make_array(data));
    }
}

/// A record batch as the capsules of `__arrow_c_array__`: schema and array.
pub fn array<'py>(
    py: Python<'py>,
    batch: &RecordBatch,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let rows = StructArray::from(batch.clone());
    let (array, schema) = to_ffi(&rows.to_data()).map_err(|error| refused(&error))?;
    let schema = PyCapsule::new_with_value(py, schema, SCHEMA)?;
    Ok((schema, PyCapsule::new_with_value(py, array, ARRAY)?))
}

/// The schema of a record batch as the capsule of `__arrow_c_schema__`.
pub fn schema<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(batch.schema().as_ref());
    PyCapsule::new_with_value(py, schema.map_err(|error| refused(&error))?, SCHEMA)
}

/// A record batch as the capsule of `__arrow_c_stream__`.
pub fn stream<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Bound<'py, PyCapsule>> {
    let batches = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let stream = FFI_ArrowArrayStream::new(Box::new(batches));
    PyCapsule::new_with_value(py, stream, STREAM)
}
