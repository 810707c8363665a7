//! Hyperscan (or Vectorscan), from the library that Debian installs, loaded at run time.
//!
//! The few functions needed are declared here as in `hs.h` of version 5. The only `unsafe` code of
//! this program.
#![allow(unsafe_code, reason = "a C library")]

use crate::error::Error;
use libloading::{Library, Symbol};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

/// File names of the library.
const NAMES: [&str; 2] = ["libhs.so.5", "libhs.so"];

const HS_MODE_BLOCK: c_uint = 1;
const HS_SUCCESS: c_int = 0;

type OnMatch = unsafe extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type CompileLiterals = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    *const usize,
    c_uint,
    c_uint,
    *const c_void,
    *mut *mut c_void,
    *mut *mut CompileError,
) -> c_int;
type CompileExpressions = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    c_uint,
    c_uint,
    *const c_void,
    *mut *mut c_void,
    *mut *mut CompileError,
) -> c_int;
type AllocScratch = unsafe extern "C" fn(*mut c_void, *mut *mut c_void) -> c_int;
type Scan = unsafe extern "C" fn(
    *mut c_void,
    *const c_char,
    c_uint,
    c_uint,
    *mut c_void,
    OnMatch,
    *mut c_void,
) -> c_int;

/// `hs_compile_error_t`.
#[repr(C)]
struct CompileError {
    message: *const c_char,
    expression: c_int,
}

/// Flags of expressions.
pub mod flags {
    /// A dot matches line ends too.
    pub const DOT_ALL: u32 = 2;
    /// At most one report for each text.
    pub const SINGLE_MATCH: u32 = 8;
    /// A character is a Unicode code point.
    pub const UTF_8: u32 = 32;
    /// The expression combines the ids of other expressions.
    pub const COMBINATION: u32 = 512;
    /// No report; combinations read the expression.
    pub const QUIET: u32 = 1024;
}

/// An expression of a database.
pub struct Expression {
    pattern: CString,
    flags: u32,
    id: u32,
}

impl Expression {
    /// An expression with `id` and some of the [`flags`].
    pub fn new(pattern: &str, flags: u32, id: u32) -> Result<Expression, Error> {
        Ok(Expression { pattern: CString::new(pattern)?, flags, id })
    }
}

/// A compiled database. Never freed.
pub struct Hyperscan {
    database: *mut c_void,
    alloc_scratch: AllocScratch,
    scan: Scan,
}

// SAFETY: a database is immutable once compiled, and hs.h promises that any number of
// threads may scan with it, each with a scratch of its own.
unsafe impl Sync for Hyperscan {}

/// One worker's scratch.
pub struct Scratch(*mut c_void);

/// Whether the library can be loaded; the error says why not.
pub fn presence() -> Result<(), String> {
    open().map(|_| ()).map_err(|error| error.to_string())
}

fn open() -> Result<Library, Error> {
    let mut last = None;
    for name in NAMES {
        // SAFETY: the library's initialisers are those of Debian's package, which touch
        // nothing of ours.
        match unsafe { Library::new(name) } {
            Ok(library) => return Ok(library),
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(|| "no name to try".into(), Error::from))
}

impl Hyperscan {
    /// Compiles `terms`, no two of them equal.
    pub fn new(terms: &[String]) -> Result<Hyperscan, Error> {
        let library = open()?;
        // SAFETY: the type above is that of hs.h.
        let compile: Symbol<'_, CompileLiterals> =
            unsafe { library.get(b"hs_compile_lit_multi\0")? };
        let starts: Vec<*const c_char> = terms.iter().map(|term| term.as_ptr().cast()).collect();
        let lengths: Vec<usize> = terms.iter().map(String::len).collect();
        let ids: Vec<c_uint> = (0..terms.len() as c_uint).collect();
        let flags = vec![0; terms.len()];
        let (mut database, mut error) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: four arrays of `terms.len()` entries, each pointer good for its length;
        // a null platform means this machine.
        let result = unsafe {
            compile(
                starts.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                lengths.as_ptr(),
                terms.len() as c_uint,
                HS_MODE_BLOCK,
                ptr::null(),
                &mut database,
                &mut error,
            )
        };
        Hyperscan::finish(library, result, database, error)
    }

    /// Compiles `expressions`, no two of them with equal ids.
    pub fn compile(expressions: &[Expression]) -> Result<Hyperscan, Error> {
        let library = open()?;
        // SAFETY: the type above is that of hs.h.
        let compile: Symbol<'_, CompileExpressions> =
            unsafe { library.get(b"hs_compile_multi\0")? };
        let patterns: Vec<*const c_char> =
            expressions.iter().map(|expression| expression.pattern.as_ptr()).collect();
        let flags: Vec<c_uint> = expressions.iter().map(|expression| expression.flags).collect();
        let ids: Vec<c_uint> = expressions.iter().map(|expression| expression.id).collect();
        let (mut database, mut error) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: three arrays of `expressions.len()` entries, each pattern ends with a zero;
        // a null platform means this machine.
        let result = unsafe {
            compile(
                patterns.as_ptr(),
                flags.as_ptr(),
                ids.as_ptr(),
                expressions.len() as c_uint,
                HS_MODE_BLOCK,
                ptr::null(),
                &mut database,
                &mut error,
            )
        };
        Hyperscan::finish(library, result, database, error)
    }

    /// The compiled database, or what the library says against it.
    fn finish(
        library: Library,
        result: c_int,
        database: *mut c_void,
        error: *mut CompileError,
    ) -> Result<Hyperscan, Error> {
        if result != HS_SUCCESS {
            // SAFETY: on failure the library returns an error, which is never freed.
            let why = unsafe { error.as_ref() }.map_or_else(String::new, |error| {
                // SAFETY: the message of an error ends with a zero.
                let message = unsafe { CStr::from_ptr(error.message) }.to_string_lossy();
                format!(", expression {}: {message}", error.expression)
            });
            return Err(format!("hyperscan does not compile this ({result}{why})").into());
        }
        // The library stays loaded to the end of the process.
        let library: &'static Library = Box::leak(Box::new(library));
        // SAFETY: the types above are those of hs.h.
        let (alloc_scratch, scan) = unsafe {
            let alloc: Symbol<'_, AllocScratch> = library.get(b"hs_alloc_scratch\0")?;
            let scan: Symbol<'_, Scan> = library.get(b"hs_scan\0")?;
            (*alloc, *scan)
        };
        Ok(Hyperscan { database, alloc_scratch, scan })
    }

    /// Scratch for one worker.
    pub fn scratch(&self) -> Scratch {
        let mut scratch = ptr::null_mut();
        // SAFETY: a compiled database, and a null pointer to be filled in.
        let result = unsafe { (self.alloc_scratch)(self.database, &mut scratch) };
        assert_eq!(result, HS_SUCCESS, "no scratch");
        Scratch(scratch)
    }

    /// Hits in `text`.
    pub fn count(&self, text: &str, scratch: &mut Scratch) -> u64 {
        let mut hits = 0_u64;
        // SAFETY: `count_match` takes a pointer to a counter, which outlives the call.
        unsafe { self.scan(text, scratch, count_match, (&raw mut hits).cast()) };
        hits
    }

    /// Appends the ids of the expressions that match in `text`, once for each match.
    pub fn find(&self, text: &str, scratch: &mut Scratch, ids: &mut Vec<u32>) {
        // SAFETY: `keep_match` takes a pointer to a list of ids, which outlives the call.
        unsafe { self.scan(text, scratch, keep_match, (&raw mut *ids).cast()) };
    }

    /// Scans `text`.
    ///
    /// # Safety
    ///
    /// `context` is what `on_match` takes, and is used by nothing else during the call.
    unsafe fn scan(
        &self,
        text: &str,
        scratch: &mut Scratch,
        on_match: OnMatch,
        context: *mut c_void,
    ) {
        // SAFETY: `text` is good for its length, and the scratch belongs to this database and
        // this thread.
        let result = unsafe {
            (self.scan)(
                self.database,
                text.as_ptr().cast(),
                text.len() as c_uint,
                0,
                scratch.0,
                on_match,
                context,
            )
        };
        assert_eq!(result, HS_SUCCESS, "a scan failed");
    }
}

unsafe extern "C" fn count_match(
    _: c_uint,
    _: c_ulonglong,
    _: c_ulonglong,
    _: c_uint,
    hits: *mut c_void,
) -> c_int {
    // SAFETY: the pointer that `count` passed, used by no one else during the call.
    unsafe { *hits.cast::<u64>() += 1 };
    0
}

unsafe extern "C" fn keep_match(
    id: c_uint,
    _: c_ulonglong,
    _: c_ulonglong,
    _: c_uint,
    ids: *mut c_void,
) -> c_int {
    // SAFETY: the pointer that `find` passed, used by no one else during the call.
    unsafe { (*ids.cast::<Vec<u32>>()).push(id) };
    0
}
