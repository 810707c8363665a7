//! Rewrites the generated tables in place: `cargo run -p tables-generator`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (path, text) in tables_generator::files() {
        std::fs::write(root.join(path), text)?;
        println!("{path}");
    }
    Ok(())
}
