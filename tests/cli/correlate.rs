//! `correlate`: runs that are interrupted, refused, and continued.

#[path = "correlate/bad_input.rs"]
mod bad_input;
#[path = "correlate/disk_faults.rs"]
mod disk_faults;
#[path = "correlate/full_disk.rs"]
mod full_disk;
#[path = "correlate/same_bytes.rs"]
mod same_bytes;
#[path = "correlate/starts.rs"]
mod starts;
#[path = "correlate/world.rs"]
mod world;
