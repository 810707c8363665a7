//! Lines cut as the pipeline cuts them.

/// Size of a chunk, as the pipeline passes it to a worker.
const CHUNK_BYTES: usize = 256 << 10;

/// Chunks of whole lines.
pub fn of(lines: &[u8]) -> Vec<Vec<u8>> {
    let mut chunks = vec![Vec::new()];
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if chunks.last().is_some_and(|chunk| chunk.len() + line.len() > CHUNK_BYTES) {
            chunks.push(Vec::with_capacity(CHUNK_BYTES));
        }
        chunks.last_mut().expect("there is a first").extend_from_slice(line);
    }
    chunks
}
