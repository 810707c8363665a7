//! The packs and policies of tidegate.
//!
//! The build script compiles the top-level `rules/` folder with the engine. This crate embeds the
//! result, so that an engine starts without parsing YAML, and the sources, to read, test or
//! replace packs.
//!
//! ```
//! let engine = tidegate_packs::builder().build()?;
//! let mut worker = engine.worker();
//! let verdict = worker.verdict_line(br#"{"id": 1, "text": "See you at the harbour."}"#);
//! assert_eq!(verdict, b"{\"id\":1,\"action\":\"allow\"}\n");
//! # Ok::<(), tidegate_engine::engine::BuildError>(())
//! ```

use tidegate_engine::Engine;
use tidegate_engine::engine::EngineBuilder;
use tidegate_engine::rules::load::Loader;
use tidegate_engine::rules::source::bundle::Bundle;

/// The files under `rules/`, and the rule set compiled from the packs among them.
pub const BUNDLE: Bundle = Bundle::new(
    include!(concat!(env!("OUT_DIR"), "/files.rs")),
    include_bytes!(concat!(env!("OUT_DIR"), "/packs.compiled")),
);

/// An engine builder with the embedded packs and policies.
pub fn builder() -> EngineBuilder {
    Engine::builder().bundle(BUNDLE)
}

/// A loader of the embedded packs, from their sources.
pub fn loader() -> Loader {
    Loader::new().bundle(BUNDLE)
}
