//! Personal data in tests: numbers and addresses that may belong to a person.
//!
//! A test needs numbers with valid check digits, and those may belong to people. Numbers that
//! visibly belong to no person are accepted: births before 1900, runs of one digit, ascending or
//! descending digits, domains reserved for examples.

use crate::message::{Message, message};
use crate::scan::checks::Check;

/// The kind of data that was found, and what to use instead.
pub(super) fn find(text: &str) -> Option<(Message, Message)> {
    let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= 11);
    let number = runs.find_map(number);
    number.or_else(|| text.match_indices('@').find_map(|(at, _)| address(text, at)))
}

fn number(run: &str) -> Option<(Message, Message)> {
    let digits = run.bytes().all(|byte| byte.is_ascii_digit());
    if run.len() == 18 && Check::CnResidentId.holds(run) {
        let alive = run.get(6..10).is_some_and(|year| year >= "1900");
        let help = message!("use a number with a birth before 1900, such as 440524188001010014");
        return (alive && run != SPECIMEN).then_some((message!("a valid identity number"), help));
    }
    if !digits || looks_made_up(run) {
        return None;
    }
    let is_mobile = run.len() == 11 && run.starts_with('1') && run[1..2] > *"2";
    if is_mobile {
        return Some((
            message!("a mobile number"),
            message!("use a number that belongs to no person, such as 13800000000"),
        ));
    }
    let is_card = (16..=19).contains(&run.len()) && Check::Luhn.holds(run);
    is_card.then_some((
        message!("a valid card number"),
        message!("use a number that belongs to no person, such as 6222000000000008"),
    ))
}

/// The example number of GB 11643.
const SPECIMEN: &str = "11010519491231002X";

/// Has four equal digits in a row, or five ascending or descending ones?
fn looks_made_up(run: &str) -> bool {
    let bytes = run.as_bytes();
    let steps = |window: &[u8], step: i16| {
        window.windows(2).all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step)
    };
    bytes.windows(4).any(|window| steps(window, 0))
        || bytes.windows(5).any(|window| steps(window, 1) || steps(window, -1))
}

/// An address around the `@` at `at`.
fn address(text: &str, at: usize) -> Option<(Message, Message)> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let before = text[..at].chars().next_back().is_some_and(fits);
    let after = &text[at + 1..];
    let domain = &after[..after.find(|c| !fits(c)).unwrap_or(after.len())];
    let domain = domain.trim_end_matches(['.', '-']).to_ascii_lowercase();
    let has_ending = domain.rsplit_once('.').is_some_and(|(_, ending)| {
        ending.len() >= 2 && ending.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let reserved = domain.split('.').any(|part| matches!(part, "example" | "test" | "invalid"));
    (before && has_ending && !reserved).then_some((
        message!("a mail address"),
        message!("use a domain reserved for examples, such as example.com"),
    ))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn numbers_of_people_are_found_and_specimens_are_not() {
        // There is no district 110199, no mobile prefix 154, no domain .zz.
        assert!(find("身份证110199200101010013").is_some());
        for text in
            ["440524188001010014", "11010519491231002X", "110199200101010010", "订单20260131123"]
        {
            assert_eq!(find(text), None, "{text}");
        }
        assert!(find("电话15471840629。").is_some());
        for text in ["13800000000", "13812345670", "12471840629", "154718406290", "138-0013-8000"] {
            assert_eq!(find(text), None, "{text}");
        }
        assert!(
            find("卡号6222021001116245702")
                .is_some_and(|(what, _)| what.to_string().contains("card"))
        );
        assert_eq!(find("卡号6222021001116245703"), None);
        assert_eq!(find("6222000000000008"), None);
    }

    #[test]
    fn addresses_are_found_but_for_reserved_domains() {
        assert!(find("write to jane.doe@mailhost.zz.").is_some());
        for text in [
            "jane@example.com",
            "jane@mail.example.org",
            "a@b.test",
            "@anyone.zz",
            "me@home",
            "a @ b.zz",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
