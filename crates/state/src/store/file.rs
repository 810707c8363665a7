//! The state file of a run: opened for writing, loaded once, saved at every checkpoint.

use super::block::Blocks;
use super::error::StoreError;
use super::lock::{Lock, private};
use super::meta::{meta, totals};
use super::post_block;
use super::rows::{first, list};
use super::save::write;
use super::schema::{MIGRATIONS, Migrations, prepare};
use crate::model::{Changes, LogEntry, Run, Sample, Snapshot};
use crate::store::rows::SampleRow;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for another program that writes. The lock file keeps other runs out, so
/// this is for a shell of SQLite.
const BUSY: Duration = Duration::from_secs(2);

/// The WAL is cut to this size after it was copied to the database, in bytes.
const WAL_KEPT: i64 = 64 << 20;

/// A state file that this process alone writes, until it is dropped.
pub struct StateFile {
    pub(super) connection: Connection,
    pub(super) blocks: Option<Blocks>,
    path: PathBuf,
    _lock: Lock,
}

impl StateFile {
    /// Opens or creates the file (mode 0600) and locks it. Does not wait for another process.
    ///
    /// # Errors
    ///
    /// Another process has it, it is no state file, a newer version wrote it, it cannot be written.
    /// Most damage is noticed by [`StateFile::load`], which reads everything but the log.
    pub fn open(path: &Path) -> Result<StateFile, StoreError> {
        StateFile::open_with(path, MIGRATIONS)
    }

    pub(super) fn open_with(path: &Path, migrations: &Migrations) -> Result<StateFile, StoreError> {
        let path = real_path(path)?;
        let lock = Lock::take(&path)?;
        create(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        if connection.is_readonly("main")? {
            return Err(StoreError::ReadOnly);
        }
        connection.busy_timeout(BUSY)?;
        cautious(&connection)?;
        prepare(&mut connection, migrations)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
        connection.pragma_update(None, "secure_delete", "FAST")?;
        Ok(StateFile { connection, blocks: None, path, _lock: lock })
    }

    /// Reads everything but the log, of which it reads the last entry.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] names the table and column that cannot be read.
    pub fn load(&mut self) -> Result<Snapshot, StoreError> {
        let transaction = self.connection.transaction()?;
        let connection = &transaction;
        let mut snapshot = Snapshot {
            totals: totals(connection)?,
            authors: list(connection, "", &[])?,
            channels: list(connection, "", &[])?,
            campaigns: list(connection, "", &[])?,
            singles: Vec::new(),
            groups: list(connection, "", &[])?,
            breakers: list(connection, "", &[])?,
            posts: post_block::all(connection)?,
            cases: list(connection, "", &[])?,
            reports: list(connection, "", &[])?,
            reporters: list(connection, "", &[])?,
            operations: list(connection, "", &[])?,
            log: last_log(connection)?,
        };
        let mut samples = samples(connection)?;
        for campaign in &mut snapshot.campaigns {
            campaign.samples = samples.remove(&campaign.id).unwrap_or_default();
        }
        self.blocks = Some(Blocks::read(connection, |entry| snapshot.singles.push(entry))?);
        transaction.commit()?;
        Ok(snapshot)
    }

    /// The last run, if there was one.
    pub fn run(&self) -> Result<Option<Run>, StoreError> {
        last_run(&self.connection)
    }

    /// A value that [`Changes::meta`] has set.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        meta(&self.connection, key)
    }

    /// Writes a checkpoint in one transaction, and waits until it is on the disk. After an error the
    /// file is as it was before.
    pub fn save(&mut self, changes: &Changes, run: &Run) -> Result<(), StoreError> {
        let mut blocks = match self.blocks.take() {
            Some(blocks) => blocks,
            None => Blocks::read(&self.connection, drop)?,
        };
        let saved = self.save_with(&mut blocks, changes, run);
        self.blocks = Some(blocks);
        saved
    }

    fn save_with(
        &mut self,
        blocks: &mut Blocks,
        changes: &Changes,
        run: &Run,
    ) -> Result<(), StoreError> {
        let plan = blocks.plan(&changes.singles, &changes.listed)?;
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        plan.write(&transaction)?;
        write(&transaction, changes, run)?;
        transaction.commit()?;
        blocks.commit(plan);
        Ok(())
    }

    /// Bytes of the WAL. It grows past 64 MiB while another program reads the file for long.
    pub fn wal_bytes(&self) -> u64 {
        let mut wal = OsString::from(&self.path);
        wal.push("-wal");
        std::fs::metadata(wal).map_or(0, |found| found.len())
    }
}

/// The absolute path without symbolic links: two names of one file share a lock, and SQLite takes no
/// name for a URI.
pub(super) fn real_path(path: &Path) -> Result<PathBuf, StoreError> {
    match path.canonicalize() {
        Ok(path) if path.is_dir() => Err(StoreError::NotAState),
        Ok(path) => Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new(".")).canonicalize()?;
            Ok(parent.join(path.file_name().ok_or(StoreError::from(error))?))
        }
        Err(error) => Err(error.into()),
    }
}

/// Creates the file for its owner alone, if it is missing. An existing one is not opened here, see
/// [`super::lock`].
fn create(path: &Path) -> Result<(), StoreError> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(StoreError::ReadOnly),
        Err(error) => Err(error.into()),
    }
}

/// Settings for files from elsewhere: damage is noticed early, and no code in a schema runs.
pub(super) fn cautious(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    Ok(())
}

/// The last run.
pub(super) fn last_run(connection: &Connection) -> Result<Option<Run>, StoreError> {
    first(connection, "ORDER BY number DESC", &[])
}

/// The last entry of the log.
pub(super) fn last_log(connection: &Connection) -> Result<Option<LogEntry>, StoreError> {
    first(connection, "ORDER BY number DESC", &[])
}

/// All samples by campaign, in their order.
fn samples(connection: &Connection) -> Result<BTreeMap<String, Vec<Sample>>, StoreError> {
    let mut samples: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    let each = |row: SampleRow| samples.entry(row.campaign).or_default().push(row.sample);
    super::rows::each(connection, "ORDER BY campaign, place", &[], each)?;
    Ok(samples)
}
