//! What was saved is loaded, at every step, by the same and by another process.

use super::maker::Maker;
use super::twin::{Twin, sorted};
use crate::model::{Change, Changes, Distinct, Run};
use crate::store::StateFile;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_file_holds_what_maps_hold(
        steps in prop::collection::vec((any::<u64>(), 0..12_u64, any::<bool>()), 1..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("city.db");
        let mut twin = Twin::default();
        let mut file = StateFile::open(&path).unwrap();
        prop_assert_eq!(file.load().unwrap(), twin.snapshot());
        for (step, (seed, bound, reopens)) in steps.into_iter().enumerate() {
            let mut maker = Maker::new(seed);
            let changes = twin.changes(&mut maker, bound);
            let run = maker.run(1 + step as u64 / 2);
            file.save(&changes, &run).unwrap();
            twin.apply(&changes, &run);
            if reopens {
                drop(file);
                file = StateFile::open(&path).unwrap();
                prop_assert_eq!(sorted(file.load().unwrap()), twin.snapshot());
            } else if step % 2 == 0 {
                prop_assert_eq!(sorted(file.load().unwrap()), twin.snapshot());
            }
            prop_assert_eq!(file.run().unwrap(), Some(run));
        }
        prop_assert_eq!(sorted(file.load().unwrap()), twin.snapshot());
    }
}

#[test]
fn singles_are_in_blocks_that_go_when_all_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = StateFile::open(&folder.path().join("city.db")).unwrap();
    let mut maker = Maker::new(1);
    let singles: Vec<_> = (1..=10_000).map(|number| maker.entry(number * 3)).collect();
    let run = Run { number: 1, ..Run::default() };
    let mut changes = Changes { singles: singles.clone(), ..Changes::default() };
    // Number 3 is gone before it is written; number 6 has other bits.
    changes.listed = vec![(3, None), (6, Some(7))];
    file.save(&changes, &run).unwrap();
    let blocks = |file: &StateFile| -> Vec<(i64, i64)> {
        let sql = "SELECT entries, live FROM block JOIN block_bits USING (first) ORDER BY first";
        let mut statement = file.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(blocks(&file), [(4096, 4096), (4096, 4096), (1807, 1807)]);
    assert_eq!(file.load().unwrap().singles[0].listed, 7);
    // All of the first block but its last go, then that one.
    let gone = (1..4097).map(|number| (number * 3, None)).collect();
    file.save(&Changes { listed: gone, ..Changes::default() }, &run).unwrap();
    assert_eq!(blocks(&file), [(4096, 1), (4096, 4096), (1807, 1807)]);
    let gone = vec![(4097 * 3, None)];
    file.save(&Changes { listed: gone, ..Changes::default() }, &run).unwrap();
    assert_eq!(blocks(&file), [(4096, 4096), (1807, 1807)]);
    assert_eq!(file.load().unwrap().singles, singles[4097..]);
}

#[test]
fn a_failed_save_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = StateFile::open(&folder.path().join("city.db")).unwrap();
    let mut maker = Maker::new(1);
    let run = Run { number: 1, ..Run::default() };
    let singles: Vec<_> = (1..=3).map(|number| maker.entry(number)).collect();
    file.save(&Changes { singles, ..Changes::default() }, &run).unwrap();
    let before = file.load().unwrap();
    let author = Change::Put(maker.author());
    let again = maker.entry(2);
    let wrong = [
        Changes { listed: vec![(1, None), (4, Some(1))], ..Changes::default() },
        Changes { singles: vec![again], authors: vec![author], ..Changes::default() },
    ];
    for changes in wrong {
        file.save(&changes, &Run { number: 2, ..Run::default() }).unwrap_err();
        assert_eq!(file.load().unwrap(), before);
        assert_eq!(file.run().unwrap(), Some(run.clone()));
    }
}

#[test]
fn a_sample_that_does_not_change_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = StateFile::open(&folder.path().join("city.db")).unwrap();
    let mut maker = Maker::new(5);
    let mut campaign = maker.campaign();
    campaign.samples = (0..20).map(|_| maker.sample()).collect();
    let run = Run { number: 1, ..Run::default() };
    let total = |file: &StateFile| -> i64 {
        file.connection.query_row("SELECT total_changes()", [], |row| row.get(0)).unwrap()
    };
    let save = |file: &mut StateFile, campaign: &crate::model::Campaign| {
        let before = total(file);
        let campaigns = vec![Change::Put(campaign.clone())];
        file.save(&Changes { campaigns, ..Changes::default() }, &run).unwrap();
        total(file) - before
    };
    let all = save(&mut file, &campaign);
    let none = save(&mut file, &campaign);
    campaign.samples[7].reports += 1;
    let one = save(&mut file, &campaign);
    assert_eq!((all - none, one - none), (20, 1));
    campaign.samples.truncate(5);
    assert_eq!(save(&mut file, &campaign) - none, 15);
    assert_eq!(file.load().unwrap().campaigns, [campaign]);
}

#[test]
fn distinct_hashes_are_counted() {
    assert_eq!(Distinct::Exact(vec![3, 5, 9]).count(), 3);
    for count in [65_u64, 200, 1_000, 2_500, 4_000, 30_000, 1_000_000] {
        let mut maker = Maker::new(count);
        let mut registers = vec![0_u8; 1024];
        for _ in 0..count {
            let hash = maker.next();
            let register = &mut registers[(hash >> 54) as usize];
            *register = (*register).max((hash << 10).leading_zeros() as u8 + 1);
        }
        let found = Distinct::About(registers.into()).count();
        // Three standard errors of 1,024 registers are a tenth.
        assert!(found.abs_diff(count) * 10 <= count, "{found} for {count}");
    }
}
