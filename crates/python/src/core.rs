//! An engine, and what is needed to make it again in another process.

use crate::errors::{build_error, compiled_error, file_error};
use pyo3::prelude::*;
use self_cell::self_cell;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tidegate_engine::codec::container;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::domain::category::Category;
use tidegate_engine::domain::field::STANDARD_METAS;
use tidegate_engine::domain::limits::RULE_FILE_BYTES_MAX;
use tidegate_engine::engine::EngineBuilder;
use tidegate_engine::output::{Encoder, Style};
use tidegate_engine::policy::RuleChoice;
use tidegate_engine::post::{Mapping, MappingError, Plan};
use tidegate_engine::rules::codec::Compiled;
use tidegate_engine::{BuildError, Engine};
use tidegate_pipeline::ProcessorScratch;

/// Where posts have their fields: a preset, and places by name.
#[derive(Clone, Debug, Default, FromPyObject, IntoPyObject)]
pub struct MappingSpec {
    #[pyo3(item)]
    preset: Option<String>,
    #[pyo3(item)]
    places: Vec<(String, Vec<String>)>,
}

/// What an engine is made with, but for its rules.
#[derive(Clone, Debug, FromPyObject, IntoPyObject)]
pub struct Options {
    #[pyo3(item)]
    mapping: MappingSpec,
    #[pyo3(item)]
    disable: Vec<String>,
    #[pyo3(item)]
    only_categories: Vec<String>,
    #[pyo3(item)]
    stamp: bool,
    #[pyo3(item)]
    max_post_bytes: usize,
}

/// Where rules are.
#[derive(Debug)]
pub enum Rules<'r> {
    /// Files and folders, with or without the embedded rules.
    Sources { paths: &'r [String], embedded: bool },
    /// A compiled rule set: its bytes, and the name of its file if it has one.
    Compiled { bytes: &'r [u8], file: Option<&'r str> },
}

/// The policy.
#[derive(Debug)]
pub enum PolicyChoice<'p> {
    Default,
    /// A file, or the name of a policy.
    Named(&'p str),
    /// Name and text.
    Text(&'p str, &'p str),
}

self_cell!(
    /// An engine with what judges by it.
    struct Judging {
        owner: Engine,
        #[covariant]
        dependent: Tools,
    }
);

/// What judges, made once for an engine.
pub struct Tools<'e> {
    /// Writes verdicts.
    pub encoder: Encoder<'e>,
    /// Buffers that no thread uses.
    scratches: Mutex<Vec<ProcessorScratch>>,
}

/// The most buffers that are kept.
const SCRATCHES: usize = 16;

impl Tools<'_> {
    /// Buffers that were used before, if there are any. Does not wait: a process that was forked may find
    /// the lock taken by a thread that it does not have.
    pub fn take_scratch(&self) -> Option<ProcessorScratch> {
        self.scratches.try_lock().ok()?.pop()
    }

    /// Keeps buffers for a later call.
    pub fn keep_scratch(&self, mut scratch: ProcessorScratch) {
        scratch.clear_summary();
        if let Ok(mut scratches) = self.scratches.try_lock()
            && scratches.len() < SCRATCHES
        {
            scratches.push(scratch);
        }
    }
}

/// An engine.
pub struct Core {
    judging: Judging,
    /// How rows of columns are read: by the default mapping.
    pub plain: Plan,
    /// Bytes of the longest post.
    pub line_bytes_max: usize,
    embedded: bool,
    options: Options,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("options", &self.options).finish_non_exhaustive()
    }
}

impl MappingSpec {
    fn mapping(&self) -> Result<Mapping, MappingError> {
        let mut mapping = match &self.preset {
            Some(name) => Mapping::preset(name)?,
            None => Mapping::default(),
        };
        // HTML is said of fields that are known.
        let (html, others): (Vec<_>, Vec<_>) =
            self.places.iter().partition(|(name, _)| name == "html");
        for (name, places) in others.into_iter().chain(html) {
            let places: Vec<&str> = places.iter().map(String::as_str).collect();
            match name.as_str() {
                "id" => mapping.set_id(&places)?,
                "html" => mapping.set_html(&places)?,
                meta if STANDARD_METAS.contains(&meta) => mapping.set_meta(meta, &places)?,
                field => mapping.set_field(field, &places)?,
            };
        }
        Ok(mapping)
    }
}

impl Core {
    /// Builds an engine. Works in threads of its own, so that a process that was forked can.
    ///
    /// # Errors
    ///
    /// `RuleError` with every diagnostic; `BuildMismatch`; `ValueError` for options.
    pub fn new(
        py: Python<'_>,
        rules: &Rules<'_>,
        policy: &PolicyChoice<'_>,
        options: Options,
    ) -> PyResult<Core> {
        let bad_mapping =
            |error: MappingError| file_error(py, None, "bad_mapping", &error.to_string());
        let mapping = options.mapping.mapping().map_err(bad_mapping)?;
        let (builder, embedded) = with_rules(py, rules)?;
        let builder = with_policy(py, builder, policy)?;
        let style = Style { stamp: options.stamp, ..Style::default() };
        let choice = choice(py, &options)?;
        let builder = builder.mapping(mapping).choose(choice).style(style);
        let built = py.detach(|| build(builder)).map_err(|error| match error {
            Failed::Build(error) => build_error(py, &error),
            Failed::Threads(error) => pyo3::exceptions::PyRuntimeError::new_err(error),
        });
        let judging = Judging::new(built?, |engine| Tools {
            encoder: engine.encoder(),
            scratches: Mutex::default(),
        });
        let names = judging.borrow_owner().classifier().rules().names();
        let plain = Plan::new(&Mapping::default(), names);
        let plain = plain.map_err(bad_mapping)?;
        Ok(Core { judging, plain, line_bytes_max: options.max_post_bytes, embedded, options })
    }

    /// Rules, policy and mapping.
    pub fn engine(&self) -> &Engine {
        self.judging.borrow_owner()
    }

    /// What judges by the engine.
    pub fn tools(&self) -> &Tools<'_> {
        self.judging.borrow_dependent()
    }

    /// The bytes of the compiled rule set with the policies, name and text of the policy, and the
    /// options: what [`Core::new`] makes an equal engine of.
    pub fn state(&self) -> (Vec<u8>, (String, String), Options) {
        let sources = self.engine().policy_sources();
        let rules = self.engine().classifier().rules();
        let bytes = Compiled::bytes_of(rules, &sources[1..], self.embedded);
        let policy = self.engine().policy_source();
        (bytes, (policy.name.clone(), policy.text.clone()), self.options.clone())
    }
}

enum Failed {
    Build(BuildError),
    Threads(String),
}

fn build(builder: EngineBuilder) -> Result<Engine, Failed> {
    let pool = rayon::ThreadPoolBuilder::new().build();
    let pool = pool.map_err(|error| Failed::Threads(error.to_string()))?;
    pool.install(|| builder.build()).map_err(Failed::Build)
}

fn with_rules(py: Python<'_>, rules: &Rules<'_>) -> PyResult<(EngineBuilder, bool)> {
    let builder = tidegate_packs::builder();
    match rules {
        Rules::Compiled { bytes, file } => {
            let compiled = Compiled::from_bytes(bytes);
            let compiled = compiled.map_err(|error| compiled_error(py, *file, &error))?;
            let embedded = compiled.embedded;
            Ok((builder.compiled(compiled), embedded))
        }
        Rules::Sources { paths, embedded } => {
            for path in *paths {
                check_source(py, path)?;
            }
            let builder = builder.embedded(*embedded);
            Ok((paths.iter().fold(builder, |builder, path| builder.rules(path)), *embedded))
        }
    }
}

/// Rules are read from sources here; compiled ones are complete.
fn check_source(py: Python<'_>, path: &str) -> PyResult<()> {
    let metadata = Path::new(path).metadata();
    let metadata = metadata.map_err(|it| file_error(py, Some(path), "no_file", &it.to_string()))?;
    let starts_as_compiled = || {
        let mut start = [0; 16];
        let read = std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
        read.is_ok() && container::is_container(&start)
    };
    if metadata.is_file() && starts_as_compiled() {
        let message = "a compiled rule set; use `compiled=`";
        return Err(file_error(py, Some(path), "compiled_rules", message));
    }
    Ok(())
}

fn with_policy(
    py: Python<'_>,
    builder: EngineBuilder,
    policy: &PolicyChoice<'_>,
) -> PyResult<EngineBuilder> {
    match policy {
        PolicyChoice::Default => Ok(builder),
        PolicyChoice::Text(name, text) => Ok(builder.policy_text(*name, *text)),
        PolicyChoice::Named(name) if Path::new(name).is_file() => {
            let refused = |why: &str| file_error(py, Some(name), "cannot_read", why);
            let read = std::fs::metadata(name).and_then(|metadata| {
                match metadata.len() > RULE_FILE_BYTES_MAX {
                    true => Err(std::io::Error::other("the file is too large")),
                    false => std::fs::read_to_string(name),
                }
            });
            let text = read.map_err(|error| refused(&error.to_string()))?;
            let text = text.trim_start_matches('\u{feff}').to_owned();
            Ok(builder.policy_source(Arc::new(Source { name: (*name).to_owned(), text })))
        }
        PolicyChoice::Named(name) => Ok(builder.policy(*name)),
    }
}

fn choice(py: Python<'_>, options: &Options) -> PyResult<RuleChoice> {
    let category = |name: &String| {
        let message = || format!("no category is called `{name}`");
        Category::from_name(name).ok_or_else(|| file_error(py, None, "bad_choice", &message()))
    };
    let categories = options.only_categories.iter().map(category).collect::<PyResult<Vec<_>>>()?;
    Ok(RuleChoice { disabled: options.disable.clone(), categories })
}
