//! The native class `Engine`.

use crate::batch::{Columns, Verdicts};
use crate::core::{Core, Options, PolicyChoice, Rules};
use crate::errors::rule_error;
use crate::judge::{Judged, Start, judge};
use crate::rows::{Column, each_group, ids};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use tidegate_analysis::eval::{Evaluation, Set};
use tidegate_analysis::explain::{PostReport, explain, render_page};
use tidegate_analysis::labelled::{Reader, joint_mapping};
use tidegate_analysis::labels::Labels;
use tidegate_engine::diagnostic::Source;
use tidegate_engine::lines::{CHUNK_BYTES_DEFAULT, Chunk, Cut, Cutter, CutterSettings};
use tidegate_engine::message::message;
use tidegate_engine::post::Mapping;
use tidegate_messages::Language;

/// Rules and policy, compiled. Immutable; threads may share it.
#[pyclass(frozen, module = "tidegate._tidegate", name = "Engine")]
#[derive(Debug)]
pub struct NativeEngine {
    core: Core,
}

fn threads(wanted: Option<usize>) -> PyResult<NonZeroUsize> {
    match wanted {
        None => Ok(available_parallelism().unwrap_or(NonZeroUsize::MIN)),
        Some(count) => {
            NonZeroUsize::new(count).filter(|count| count.get() <= 1024).ok_or_else(|| {
                PyValueError::new_err(format!("threads is {count}; expected 1 to 1024"))
            })
        }
    }
}

#[pymethods]
impl NativeEngine {
    /// From sources of rules.
    #[staticmethod]
    fn from_sources(
        py: Python<'_>,
        paths: Vec<String>,
        embedded: bool,
        policy: Option<String>,
        options: Options,
    ) -> PyResult<NativeEngine> {
        let rules = Rules::Sources { paths: &paths, embedded };
        let policy = policy.as_deref().map_or(PolicyChoice::Default, PolicyChoice::Named);
        Ok(NativeEngine { core: Core::new(py, &rules, &policy, options)? })
    }

    /// From a compiled rule set.
    #[staticmethod]
    fn from_compiled(
        py: Python<'_>,
        bytes: &[u8],
        file: Option<String>,
        policy: Option<String>,
        options: Options,
    ) -> PyResult<NativeEngine> {
        let rules = Rules::Compiled { bytes, file: file.as_deref() };
        let policy = policy.as_deref().map_or(PolicyChoice::Default, PolicyChoice::Named);
        Ok(NativeEngine { core: Core::new(py, &rules, &policy, options)? })
    }

    /// From what [`NativeEngine::state`] returned.
    #[staticmethod]
    fn from_state(
        py: Python<'_>,
        bytes: &[u8],
        policy: (String, String),
        options: Options,
    ) -> PyResult<NativeEngine> {
        let rules = Rules::Compiled { bytes, file: None };
        let policy = PolicyChoice::Text(&policy.0, &policy.1);
        Ok(NativeEngine { core: Core::new(py, &rules, &policy, options)? })
    }

    /// Compiled rule set, policy and options.
    fn state<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, (String, String), Options) {
        let (bytes, policy, options) = self.core.state();
        (PyBytes::new(py, &bytes), policy, options)
    }

    /// Hash of the rules and the policy: 8 hex digits.
    #[getter]
    fn ruleset(&self) -> &str {
        self.core.engine().classifier().hash_hex()
    }

    /// Number of rules.
    #[getter]
    fn rules(&self) -> usize {
        self.core.engine().classifier().rules().rules().len()
    }

    /// Warnings about the policy, one a line.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.core.engine().warnings().iter().map(ToString::to_string).collect()
    }

    /// The verdict on one line of JSON, by the mapping of the engine, with its line end.
    fn line<'py>(&self, py: Python<'py>, line: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        // One value may be written over several lines.
        let line: Vec<u8> = line.iter().map(|it| if *it == b'\n' { b' ' } else { *it }).collect();
        let plan = self.core.engine().plan();
        let run = || judge(&self.core, plan, &line, Start::default(), NonZeroUsize::MIN);
        let judged = py.detach(run).map_err(PyValueError::new_err)?;
        Ok(PyBytes::new(py, &joined(judged)))
    }

    /// The verdicts on lines of JSON, by the mapping of the engine: the bytes that the program writes.
    fn lines<'py>(
        &self,
        py: Python<'py>,
        lines: &[u8],
        threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let threads = self::threads(threads)?;
        let plan = self.core.engine().plan();
        let run = || judge(&self.core, plan, lines, Start::default(), threads);
        let judged = py.detach(run).map_err(PyValueError::new_err)?;
        Ok(PyBytes::new(py, &joined(judged)))
    }

    /// The verdicts on texts.
    #[pyo3(signature = (texts, ids = None, threads = None))]
    fn many(
        &self,
        py: Python<'_>,
        texts: &Bound<'_, PyAny>,
        ids: Option<&Bound<'_, PyAny>>,
        threads: Option<usize>,
    ) -> PyResult<Verdicts> {
        let threads = self::threads(threads)?;
        let texts = Column::of(texts, "texts")?;
        let ids = ids.map(|ids| Column::of(ids, "ids")).transpose()?;
        if let Some(ids) = &ids
            && ids.len() != texts.len()
        {
            let message = format!("{} ids for {} texts", ids.len(), texts.len());
            return Err(PyValueError::new_err(message));
        }
        let (array, json) = match ids.as_ref().map(self::ids).transpose()? {
            Some((array, json)) => (Some(array), Some(json)),
            None => (None, None),
        };
        let (mut columns, mut start) = (Columns::default(), Start::default());
        each_group(&texts, json.as_deref(), |group| {
            let run = || judge(&self.core, &self.core.plain, &group.lines, start, threads);
            let judged = py.detach(run).map_err(PyValueError::new_err)?;
            start.offset += group.lines.len() as u64;
            start.lines += group.rows as u64;
            judged.iter().try_for_each(|judged| columns.push(judged))
        })?;
        columns.finish(array)
    }

    /// Why a post has its verdict: one JSON object, and a page of HTML.
    fn explain(&self, py: Python<'_>, line: &[u8], language: &str) -> PyResult<(String, String)> {
        let language = if language == "zh" { Language::Chinese } else { Language::English };
        let engine = self.core.engine();
        py.detach(|| {
            let explanation = explain(engine.classifier(), engine.plan(), line, &[])
                .map_err(|why| format!("not a post: {}", why.message()))?;
            let json = serde_json::to_string(&explanation).map_err(|error| error.to_string())?;
            let sides = vec![(message!("these rules"), Ok(explanation))];
            let title = message!("this post");
            let post = PostReport { title, id: None, place: None, sides };
            let page = render_page(&[post], "tidegate.Engine.explain", language);
            Ok((json, page.map_err(|error| error.to_string())?))
        })
        .map_err(|error: String| PyValueError::new_err(error))
    }

    /// The report of `tidegate eval` on labelled lines of JSON, as one JSON object. `labels` is the
    /// text of a label file, `name` that of the data set.
    fn evaluate(
        &self,
        py: Python<'_>,
        lines: &[u8],
        labels: (String, String),
        name: String,
        examples: usize,
    ) -> PyResult<String> {
        let source = Source { name: labels.0, text: labels.1 };
        let labels = Labels::parse(&Arc::new(source)).map_err(|all| rule_error(py, &all))?;
        let classifier = self.core.engine().classifier();
        let declared = classifier.policy().declared();
        labels.check_declared(declared).map_err(|all| rule_error(py, &all))?;
        let of_set = labels.of_set(&name).clone();
        let run = || {
            let mapping = joint_mapping(&Mapping::default(), [&of_set]);
            let mapping = mapping.map_err(|error| error.to_string())?;
            let reader = Reader::new(&of_set, &mapping, classifier.rules().names());
            let reader = reader.map_err(|error| error.to_string())?;
            let sets = [Set { name: name.clone(), labels: of_set.clone(), reader }];
            let mut evaluation = Evaluation::new(classifier, &sets, examples);
            let mut worker = evaluation.worker(0);
            each_chunk(lines, self.core.line_bytes_max, |chunk| worker.read(chunk))?;
            evaluation.take(0, &name, vec![worker]);
            let report = evaluation.finish().map_err(|problems| {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                problems.join("\n")
            })?;
            serde_json::to_string(&report).map_err(|error| error.to_string())
        };
        py.detach(run).map_err(PyValueError::new_err)
    }
}

fn joined(judged: Vec<Judged>) -> Vec<u8> {
    judged.into_iter().flat_map(|judged| judged.lines).collect()
}

fn each_chunk(
    lines: &[u8],
    line_bytes_max: usize,
    mut each: impl FnMut(&Chunk),
) -> Result<(), String> {
    let settings = CutterSettings { chunk_bytes: CHUNK_BYTES_DEFAULT, line_bytes_max };
    let (mut cutter, mut chunk, mut rest) = (Cutter::new(settings), Chunk::default(), lines);
    loop {
        match cutter.next(&mut rest, &mut chunk, || false) {
            Ok(Cut::Chunk) => each(&chunk),
            Ok(Cut::End) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
}
