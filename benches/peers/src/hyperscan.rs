//! Hyperscan (or Vectorscan), from the library that Debian installs, loaded at run time.
//!
//! The few functions needed are declared here as in `hs.h` of version 5. The only `unsafe` code of
//! this program.
#![allow(unsafe_code, reason = "a C library")]

use crate::error::Error;
use libloading::{Library, Symbol};
use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr;

/// File names of the library.
const NAMES: [&str; 2] = ["libhs.so.5", "libhs.so"];

const HS_MODE_BLOCK: c_uint = 1;
const HS_SUCCESS: c_int = 0;

type OnMatch = unsafe extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;
type Compile = unsafe extern "C" fn(
    *const *const c_char,
    *const c_uint,
    *const c_uint,
    *const usize,
    c_uint,
    c_uint,
    *const c_void,
    *mut *mut c_void,
    *mut *mut c_void,
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
        // The library stays loaded to the end of the process.
        let library: &'static Library = Box::leak(Box::new(open()?));
        // SAFETY: the types above are those of hs.h.
        let (compile, alloc_scratch, scan) = unsafe {
            let compile: Symbol<'_, Compile> = library.get(b"hs_compile_lit_multi\0")?;
            let alloc: Symbol<'_, AllocScratch> = library.get(b"hs_alloc_scratch\0")?;
            let scan: Symbol<'_, Scan> = library.get(b"hs_scan\0")?;
            (*compile, *alloc, *scan)
        };
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
        if result != HS_SUCCESS {
            return Err(format!("hyperscan refuses the terms ({result})").into());
        }
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
        // SAFETY: `text` is good for its length, the scratch belongs to this database and
        // this thread, and `on_match` is given a pointer to a counter that outlives the call.
        let result = unsafe {
            (self.scan)(
                self.database,
                text.as_ptr().cast(),
                text.len() as c_uint,
                0,
                scratch.0,
                on_match,
                (&raw mut hits).cast(),
            )
        };
        assert_eq!(result, HS_SUCCESS, "a scan failed");
        hits
    }
}

unsafe extern "C" fn on_match(
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
