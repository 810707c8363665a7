//! The clock: the largest time of a post that was accepted. The machine's own is never read.

use crate::measures::Clock;
use crate::model::{Ahead, Seconds, Totals};

/// Posts in a row that move the clock far ahead.
const IN_A_ROW: usize = 3;

/// When a post counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time at which it counts.
    pub at: Seconds,
    /// Its time is too far ahead of the clock.
    pub is_ahead: bool,
    /// Its time is too far behind the clock.
    pub is_late: bool,
}

/// Accepts the time of a post, by the author of this hash (0: none), and moves the clock.
pub fn accept(totals: &mut Totals, settings: &Clock, at: Option<Seconds>, author: u64) -> Moment {
    let on_time = |at| Moment { at, is_ahead: false, is_late: false };
    let (Some(at), Some(clock)) = (at, totals.clock) else {
        totals.clock = totals.clock.or(at);
        return on_time(totals.clock.unwrap_or(0));
    };
    if at.saturating_sub(clock) <= settings.jump {
        totals.ahead.clear();
        totals.clock = Some(clock.max(at));
        return Moment { is_late: clock.saturating_sub(at) > settings.late, ..on_time(at) };
    }
    if !is_confirmed(&mut totals.ahead, settings, Ahead { at, author }) {
        return Moment { is_ahead: true, ..on_time(clock) };
    }
    let newest = totals.ahead.iter().map(|ahead| ahead.at).max().unwrap_or(at);
    totals.clock = Some(newest.max(at));
    totals.ahead.clear();
    on_time(at)
}

/// Is the post the last of three in a row, of different authors, that are near each other?
fn is_confirmed(row: &mut Vec<Ahead>, settings: &Clock, next: Ahead) -> bool {
    if row.iter().any(|ahead| ahead.at.abs_diff(next.at) > settings.jump.unsigned_abs()) {
        row.clear();
    }
    if next.author == 0 || row.iter().any(|ahead| ahead.author == next.author) {
        return false;
    }
    if row.len() + 1 == IN_A_ROW {
        return true;
    }
    row.push(next);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(posts: &[(Option<Seconds>, u64)]) -> Vec<(Seconds, &'static str)> {
        let (mut totals, settings) = (Totals::default(), Clock { late: 10, jump: 100 });
        let mut answer = |(at, author): &(Option<Seconds>, u64)| {
            let moment = accept(&mut totals, &settings, *at, *author);
            let kind = match moment {
                Moment { is_ahead: true, .. } => "ahead",
                Moment { is_late: true, .. } => "late",
                Moment { .. } => "",
            };
            (moment.at, kind)
        };
        posts.iter().map(&mut answer).collect()
    }

    #[test]
    fn the_clock_is_the_largest_accepted_time() {
        let posts =
            [(None, 1), (Some(50), 1), (Some(60), 1), (Some(50), 1), (Some(49), 1), (None, 1)];
        let expected = [(0, ""), (50, ""), (60, ""), (50, ""), (49, "late"), (60, "")];
        assert_eq!(times(&posts), expected);
    }

    #[test]
    fn three_posts_of_different_authors_move_it_far_ahead() {
        let posts = [
            (Some(0), 1),
            (Some(1000), 1),
            (Some(1010), 1),
            (Some(1050), 2),
            (Some(1090), 3),
            (Some(1000), 4),
        ];
        let ahead = (0, "ahead");
        assert_eq!(times(&posts), [(0, ""), ahead, ahead, ahead, (1090, ""), (1000, "late")]);
        let broken =
            [(Some(0), 1), (Some(1000), 1), (Some(1000), 2), (Some(5), 3), (Some(1000), 4)];
        assert_eq!(times(&broken), [(0, ""), ahead, ahead, (5, ""), (5, "ahead")]);
        let distant = [(Some(0), 1), (Some(1000), 1), (Some(2000), 2), (Some(3000), 3)];
        assert_eq!(times(&distant), [(0, ""), ahead, ahead, ahead]);
        let nameless = [(Some(0), 1), (Some(1000), 0), (Some(1000), 0), (Some(1000), 0)];
        assert_eq!(times(&nameless), [(0, ""), ahead, ahead, ahead]);
    }
}
