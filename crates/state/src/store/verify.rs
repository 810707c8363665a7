//! Checks a state file: the database, the hash chain of the log, every row, and references.

use super::error::StoreError;
use super::packed::{unpack_bits, unpack_entries};
use super::rows::{Row, SampleRow, each};
use crate::model::{
    Author, Breaker, Campaign, Case, Channel, Group, LogEntry, OperationDays, PostRef, Report,
    Reporter, Run,
};
use rusqlite::Connection;
use tidegate_engine::message::{Message, message};

/// The most findings of one check of references; more say no more.
const EXAMPLES: i64 = 20;

/// Something that is wrong with a state file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The table.
    pub table: &'static str,
    /// The row: its key or number; empty for the whole table.
    pub row: String,
    /// What is wrong.
    pub message: Message,
}

type Check = fn(&Connection, &mut Vec<Finding>) -> Result<(), StoreError>;

/// All that is wrong. An error is one of reading, such as a busy file; damage is a finding.
pub(super) fn verify(connection: &Connection) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let checks: [(&'static str, Check); 18] = [
        ("database", integrity),
        ("log", chain),
        ("block", blocks),
        ("run", readable::<Run>),
        ("author", readable::<Author>),
        ("channel", readable::<Channel>),
        ("campaign", readable::<Campaign>),
        ("member", readable::<SampleRow>),
        ("grp", readable::<Group>),
        ("breaker", readable::<Breaker>),
        ("post", readable::<PostRef>),
        ("post_block", |connection, _| super::post_block::each_block(connection, |_, _| ())),
        ("cases", readable::<Case>),
        ("report", readable::<Report>),
        ("reporter", readable::<Reporter>),
        ("operation", readable::<OperationDays>),
        ("meta", |connection, _| super::meta::totals(connection).map(drop)),
        ("references", references),
    ];
    for (table, check) in checks {
        let mut found = Vec::new();
        let result = check(connection, &mut found);
        findings.append(&mut found);
        note(&mut findings, table, result)?;
    }
    Ok(findings)
}

/// Damage that ended a check is a finding; other errors are not.
fn note(
    findings: &mut Vec<Finding>,
    table: &'static str,
    result: Result<(), StoreError>,
) -> Result<(), StoreError> {
    match result {
        Err(StoreError::Damaged { what }) => {
            let what = Message::verbatim(what);
            let message = message!("cannot be read ({what})");
            findings.push(Finding { table, row: String::new(), message });
            Ok(())
        }
        other => other,
    }
}

/// What SQLite itself finds: pages, order of keys, indexes.
fn integrity(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        if text != "ok" {
            let message = Message::verbatim(text);
            findings.push(Finding { table: "database", row: String::new(), message });
        }
    }
    Ok(())
}

/// Every entry of the log follows the one before, and has the hash of its content.
fn chain(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let (mut number, mut before) = (0_u64, LogEntry::START);
    each(connection, "ORDER BY number", &[], |entry: LogEntry| {
        let row = entry.number.to_string();
        let mut found =
            |message| findings.push(Finding { table: "log", row: row.clone(), message });
        if entry.number != number.wrapping_add(1) {
            found(message!("entries before it are missing"));
        }
        if entry.before != before {
            found(message!("it does not follow the entry before: that one was changed"));
        }
        if !entry.is_intact() {
            found(message!("its content is not what was logged"));
        }
        (number, before) = (entry.number, entry.hash);
    })
}

/// Every block can be read, and has bits.
fn blocks(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let sql = "SELECT first, data, bits, live FROM block LEFT JOIN block_bits USING (first) \
               UNION ALL SELECT first, NULL, bits, live FROM block_bits \
               WHERE first NOT IN (SELECT first FROM block) ORDER BY first";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let first: i64 = row.get(0)?;
        let bytes = |column| -> Result<&[u8], StoreError> {
            Ok(row.get_ref(column)?.as_blob_or_null().ok().flatten().unwrap_or_default())
        };
        let entries = unpack_entries(bytes(1)?);
        let bits = unpack_bits(bytes(2)?);
        let live: Option<i64> = row.get(3)?;
        let is_right = match (&entries, &bits) {
            (Some(entries), Some(bits)) => {
                entries.len() == bits.len()
                    && entries.first().is_some_and(|it| it.number.cast_signed() == first)
                    && live == Some(bits.iter().flatten().count() as i64)
            }
            (None, _) | (_, None) => false,
        };
        if !is_right {
            let message = message!("its entries are damaged");
            findings.push(Finding { table: "block", row: first.to_string(), message });
        }
    }
    Ok(())
}

/// Every row of a table can be read.
fn readable<R: Row>(connection: &Connection, _: &mut Vec<Finding>) -> Result<(), StoreError> {
    each(connection, "", &[], drop::<R>)
}

/// Table, key and named row of a table, condition that the named row is missing, and the message.
type Missing = (&'static str, &'static str, &'static str, fn(Message) -> Message);

/// Rows that name a row of another table which is not there. Campaigns may be gone while posts and
/// cases name them: they are evicted, and the names stay as history.
fn references(connection: &Connection, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
    let missing: [Missing; 6] = [
        ("post", "id, case_id", "case_id NOT IN (SELECT id FROM cases)", no_case),
        ("campaign", "id, case_id", "case_id NOT IN (SELECT id FROM cases)", no_case),
        (
            "cases",
            "id, subject",
            "kind = 'campaign' AND state = 'open' AND subject NOT IN (SELECT id FROM campaign)",
            no_campaign,
        ),
        ("member", "id, campaign", "campaign NOT IN (SELECT id FROM campaign)", no_campaign),
        ("report", "post, post", "post NOT IN (SELECT id FROM post)", |post| {
            message!("names the post {post}, which is not there")
        }),
        ("report", "post, reader", "reader NOT IN (SELECT id FROM reporter)", |reader| {
            message!("names the reader {reader}, who is not there")
        }),
    ];
    for (table, columns, condition, say) in missing {
        let sql = format!("SELECT {columns} FROM {table} WHERE {condition} ORDER BY 1 LIMIT ?1");
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([EXAMPLES])?;
        while let Some(row) = rows.next()? {
            let (row, named): (String, String) = (row.get(0)?, row.get(1)?);
            let message = say(Message::verbatim(named));
            findings.push(Finding { table, row, message });
        }
    }
    Ok(())
}

fn no_case(case: Message) -> Message {
    message!("names the case {case}, which is not there")
}

fn no_campaign(campaign: Message) -> Message {
    message!("names the campaign {campaign}, which is not there")
}
