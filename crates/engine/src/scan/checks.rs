//! Validators of numbers: check digits, real dates, province codes, lengths by country.
//!
//! Input: folded text (lower case, ASCII digits). Only its ASCII letters and digits are read:
//! separators, noise and the Han words of a wider hit are ignored. No allocation, and no input
//! causes a panic.

use crate::codec::codec_enum;

/// One validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Check {
    /// A resident identity number of mainland China (GB 11643-1999): 18 characters,
    /// province code (GB/T 2260), a real date of birth from 1800 to 2099, and the
    /// check character by ISO 7064 MOD 11-2. The old 15-digit form has no check
    /// character and is rejected.
    CnResidentId = 0,
    /// The check digit of payment cards and others (ISO/IEC 7812-1, annex B): two
    /// digits or more, not all of them zero.
    Luhn = 1,
    /// An international bank account number (ISO 13616-1): a listed country with
    /// its length, and ISO 7064 MOD 97-10.
    Iban = 2,
    /// A unified social credit code of mainland China (GB 32100-2015): 18 characters
    /// of its alphabet, registration authority, province code, check character.
    Uscc = 3,
}

codec_enum!(Check { CnResidentId = 0, Luhn = 1, Iban = 2, Uscc = 3 });

impl Check {
    /// Every validator.
    pub const ALL: [Check; 4] = [Check::CnResidentId, Check::Luhn, Check::Iban, Check::Uscc];

    /// Name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Check::CnResidentId => "cn-resident-id",
            Check::Luhn => "luhn",
            Check::Iban => "iban",
            Check::Uscc => "uscc",
        }
    }

    /// The validator called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Check> {
        Check::ALL.into_iter().find(|check| check.name() == name)
    }

    /// Is the number in `text` valid?
    pub fn holds(&self, text: &str) -> bool {
        let mut number = Number::default();
        text.bytes().filter(u8::is_ascii_alphanumeric).all(|byte| number.push(byte))
            && self.holds_for(number.as_bytes())
    }

    /// Is `number`, which has only ASCII letters and digits, valid? Case is ignored.
    pub(crate) fn holds_for(self, number: &[u8]) -> bool {
        match self {
            Check::CnResidentId => is_resident_id(number),
            Check::Luhn => is_luhn(number),
            Check::Iban => is_iban(number),
            Check::Uscc => is_uscc(number),
        }
    }
}

/// The longest number any validator knows, an IBAN, has 34 characters; Luhn has
/// no limit of its own, so cap it where no number in use is longer.
const NUMBER_CHARS_MAX: usize = 64;

/// Letters and digits of a number, without allocation.
pub(crate) struct Number {
    bytes: [u8; NUMBER_CHARS_MAX],
    length: usize,
}

impl Default for Number {
    fn default() -> Number {
        Number { bytes: [0; NUMBER_CHARS_MAX], length: 0 }
    }
}

impl Number {
    /// Adds a character; `false` if the number becomes longer than any valid one.
    pub(crate) fn push(&mut self, byte: u8) -> bool {
        let Some(slot) = self.bytes.get_mut(self.length) else { return false };
        *slot = byte;
        self.length += 1;
        true
    }

    /// The characters added.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Is the two-digit code that of a province in GB/T 2260, or one of 81, 82 and 83,
/// which the residence permits for people of Hong Kong, Macao and Taiwan use?
pub(crate) fn is_province(tens: u8, units: u8) -> bool {
    // One row for each region (first digit): the second digits in use, as bits.
    const SECOND_DIGITS: [u16; 10] = [
        0,
        0b00_0011_1110, // 11–15: north
        0b00_0000_1110, // 21–23: north-east
        0b00_1111_1110, // 31–37: east
        0b00_0111_1110, // 41–46: centre and south
        0b00_0001_1111, // 50–54: south-west
        0b00_0011_1110, // 61–65: north-west
        0b00_0000_0010, // 71: Taiwan
        0b00_0000_1110, // 81–83
        0,
    ];
    let (Some(tens), Some(units)) = (digit(tens), digit(units)) else { return false };
    SECOND_DIGITS[usize::from(tens)] >> units & 1 != 0
}

/// Is this a day of the Gregorian calendar?
pub(crate) fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// The value of at most nine decimal digits; `None` if a character is not a digit.
pub(crate) fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, byte| Some(value * 10 + u32::from(digit(*byte)?)))
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

fn is_resident_id(number: &[u8]) -> bool {
    // GB 11643-1999: weights are 2^(18 - position) mod 11.
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [u8; 11] = *b"10X98765432";
    if number.len() != 18 || !is_province(number[0], number[1]) {
        return false;
    }
    let part = |from: usize, to: usize| decimal(&number[from..to]);
    let (Some(year), Some(month), Some(day)) = (part(6, 10), part(10, 12), part(12, 14)) else {
        return false;
    };
    if !(1800..2100).contains(&year) || !is_date(year, month, day) {
        return false;
    }
    let sum = weighted(&number[..17], &WEIGHTS, digit);
    sum.is_some_and(|sum| CHECKS[(sum % 11) as usize] == number[17].to_ascii_uppercase())
}

/// The sum of values times weights; `None` if a character has no value.
fn weighted(number: &[u8], weights: &[u32], value: impl Fn(u8) -> Option<u8>) -> Option<u32> {
    number
        .iter()
        .zip(weights)
        .try_fold(0, |sum, (byte, weight)| Some(sum + u32::from(value(*byte)?) * weight))
}

fn is_luhn(number: &[u8]) -> bool {
    let doubled = |value: u32| if value > 4 { value * 2 - 9 } else { value * 2 };
    let mut sum = 0;
    let mut zeros = true;
    for (place, byte) in number.iter().rev().enumerate() {
        let Some(value) = digit(*byte).map(u32::from) else { return false };
        zeros &= value == 0;
        sum += if place % 2 == 0 { value } else { doubled(value) };
    }
    number.len() >= 2 && !zeros && sum.is_multiple_of(10)
}

/// Lengths by country code, from the IBAN registry that SWIFT keeps for ISO 13616-2. Sorted.
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Length of an IBAN of the country in characters; `None` if the country has no IBAN.
pub(crate) fn iban_length(country: [u8; 2]) -> Option<usize> {
    let country = country.map(|byte| byte.to_ascii_uppercase());
    let at = IBAN_LENGTHS.binary_search_by(|(code, _)| (*code).cmp(&country)).ok()?;
    Some(IBAN_LENGTHS[at].1)
}

fn is_iban(number: &[u8]) -> bool {
    let Some((head, account)) = number.split_at_checked(4) else { return false };
    let proof = decimal(&head[2..]);
    if iban_length([head[0], head[1]]) != Some(number.len())
        || !proof.is_some_and(|proof| (2..=98).contains(&proof))
    {
        return false;
    }
    // Letters count as two digits, a = 10 … z = 35; the country and the check
    // digits come last.
    let remainder = account.iter().chain(head).try_fold(0u32, |rest, byte| {
        let value = (*byte as char).to_digit(36)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % 97)
    });
    remainder == Some(1)
}

/// The alphabet of GB 32100-2015: digits and letters without I, O, S, V, Z.
const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

fn is_uscc(number: &[u8]) -> bool {
    // GB 32100-2015: weights are 3^(position - 1) mod 31.
    const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let value = |byte: u8| {
        let letter = byte.to_ascii_uppercase();
        USCC_ALPHABET.iter().position(|known| *known == letter).map(|at| at as u8)
    };
    if number.len() != 18 || !is_uscc_head(number) {
        return false;
    }
    let sum = weighted(&number[..17], &WEIGHTS, value);
    sum.is_some_and(|sum| Some((31 - sum % 31) % 31) == value(number[17]).map(u32::from))
}

/// Authority (1–9, A, N, Y), then six digits of a region after the class: a
/// province, or 10 for bodies registered with the central government.
fn is_uscc_head(number: &[u8]) -> bool {
    matches!(number[0].to_ascii_uppercase(), b'1'..=b'9' | b'A' | b'N' | b'Y')
        && number[2..8].iter().all(u8::is_ascii_digit)
        && (is_province(number[2], number[3]) || &number[2..4] == b"10")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_unique_and_parse_back() {
        for check in Check::ALL {
            assert_eq!(Check::from_name(check.name()), Some(check));
        }
        assert_eq!(Check::from_name("mod11"), None);
    }

    fn holding(check: Check, numbers: &[&str]) {
        for number in numbers {
            assert!(check.holds(number), "{} {number}", check.name());
            assert!(check.holds(&number.to_lowercase()), "{} {number}", check.name());
        }
    }

    fn failing(check: Check, numbers: &[&str]) {
        for number in numbers {
            assert!(!check.holds(number), "{} {number}", check.name());
        }
    }

    #[test]
    fn resident_identity_numbers() {
        // The examples of GB 11643.
        holding(
            Check::CnResidentId,
            &["11010519491231002X", "440524188001010014", "身份证号:440524-18800101-0014"],
        );
        failing(
            Check::CnResidentId,
            &[
                "",
                "440524188001010015",
                "440524188013010014",
                "110105194902300020",
                "990105194912310022",
                "X10105194912310020",
                "110105491231002",
                "11010519491231002XX",
                "1101051949123100 2",
            ],
        );
    }

    #[test]
    fn luhn_numbers() {
        holding(Check::Luhn, &["4111 1111 1111 1111", "79927398713", "378282246310005", "18"]);
        failing(Check::Luhn, &["", "0", "5", "0000000000000000", "79927398710", "4111x"]);
        assert!(Check::Luhn.holds(&format!("{}18", "0".repeat(NUMBER_CHARS_MAX - 2))));
        assert!(!Check::Luhn.holds(&format!("{}18", "0".repeat(NUMBER_CHARS_MAX - 1))));
    }

    #[test]
    fn international_account_numbers() {
        // Examples of the registry.
        holding(
            Check::Iban,
            &[
                "GB29 NWBK 6016 1331 9268 19",
                "DE89370400440532013000",
                "NO9386011117947",
                "MT84MALT011000012345MTLCAST001S",
                "LC55HEMM000100010012001200023015",
                "FR1420041010050500013M02606",
            ],
        );
        failing(
            Check::Iban,
            &[
                "",
                "DE",
                "DE8",
                "DE89370400440532013001",
                "DE8937040044053201300",
                "CN89370400440532013000",
                "DEX9370400440532013000",
            ],
        );
        assert!(IBAN_LENGTHS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn social_credit_codes() {
        holding(Check::Uscc, &["91110000600037341L", "统一社会信用代码 9111-0000-6000-37341L"]);
        failing(
            Check::Uscc,
            &[
                "",
                "91110000600037341M",
                "91990000600037341L",
                "B1110000600037341L",
                "9111000060003734L",
            ],
        );
        // What checks by its last character must begin as such numbers do as well.
        let ends = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        let holds = |head: &str| {
            let valid = ends.chars().map(|end| format!("{head}{end}"));
            valid.filter(|number| Check::Uscc.holds(number)).count()
        };
        for authority in "123456789ANY".chars() {
            assert_eq!(holds(&format!("{authority}1110000600037341")), 1, "{authority}");
        }
        for head in
            ["01110000600037341", "B1110000600037341", "9111A000600037341", "91100A00600037341"]
        {
            assert_eq!(holds(head), 0, "{head}");
        }
        assert_eq!([holds("91100000600037341"), holds("91990000600037341")], [1, 0]);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (year, month, day, is) in [
            (2000, 2, 29, true),
            (1900, 2, 29, false),
            (2024, 2, 29, true),
            (2023, 2, 29, false),
            (2023, 4, 30, true),
            (2023, 4, 31, false),
            (2023, 12, 31, true),
            (2023, 13, 1, false),
            (2023, 0, 1, false),
            (2023, 1, 0, false),
            (2023, 1, 32, false),
        ] {
            assert_eq!(is_date(year, month, day), is, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn years_are_bounded_on_both_sides() {
        let number = |year: u32| {
            let head = format!("110105{year}0101001");
            (b'0'..=b'9')
                .chain([b'X'])
                .any(|last| Check::CnResidentId.holds(&format!("{head}{}", char::from(last))))
        };
        assert!(!number(1799) && number(1800) && number(2099) && !number(2100));
    }

    #[test]
    fn provinces_are_those_of_the_standard() {
        let listed = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 \
                      61 62 63 64 65 71 81 82 83";
        let known: Vec<String> = (0..100u8)
            .filter(|code| is_province(b'0' + code / 10, b'0' + code % 10))
            .map(|code| code.to_string())
            .collect();
        assert_eq!(known.join(" "), listed);
        assert!(!is_province(b'x', b'1'));
    }

    /// The valid check characters, by trying all of them.
    fn completed(check: Check, head: &str, alphabet: &str) -> Vec<String> {
        alphabet
            .chars()
            .map(|last| format!("{head}{last}"))
            .filter(|number| check.holds(number))
            .collect()
    }

    /// Every number that differs in one digit.
    fn neighbours(number: &str) -> impl Iterator<Item = String> {
        (0..number.len()).flat_map(move |at| {
            ('0'..='9')
                .filter(move |digit| !number[at..].starts_with(*digit))
                .map(move |digit| format!("{}{digit}{}", &number[..at], &number[at + 1..]))
        })
    }

    proptest! {
        #[test]
        fn one_check_character_fits_and_no_changed_digit_does(
            days in 0..28u32, month in 1..13u32, year in 1900..2030u32, tail in 0..1000u32,
        ) {
            let head = format!("110105{year:04}{month:02}{:02}{tail:03}", days + 1);
            let valid = completed(Check::CnResidentId, &head, "0123456789X");
            prop_assert_eq!(valid.len(), 1);
            for wrong in neighbours(&valid[0]) {
                prop_assert!(!Check::CnResidentId.holds(&wrong), "{}", wrong);
            }
        }

        #[test]
        fn luhn_finds_every_changed_digit(head in "[1-9][0-9]{11,17}") {
            let valid = completed(Check::Luhn, &head, "0123456789");
            prop_assert_eq!(valid.len(), 1);
            for wrong in neighbours(&valid[0]) {
                prop_assert!(!Check::Luhn.holds(&wrong), "{}", wrong);
            }
        }

        #[test]
        fn iban_finds_every_changed_digit(account in "[0-9]{18}") {
            let valid: Vec<String> = (2..=98)
                .map(|proof| format!("DE{proof:02}{account}"))
                .filter(|number| Check::Iban.holds(number))
                .collect();
            prop_assert_eq!(valid.len(), 1);
            let digits = |wrong: &String| wrong.starts_with("DE");
            for wrong in neighbours(&valid[0]).filter(digits) {
                prop_assert!(!Check::Iban.holds(&wrong), "{}", wrong);
            }
        }

        #[test]
        fn uscc_finds_every_changed_digit(head in "91110000[0-9A-HJ-NPQRTUWXY]{9}") {
            let valid = completed(Check::Uscc, &head, "0123456789ABCDEFGHJKLMNPQRTUWXY");
            prop_assert_eq!(valid.len(), 1, "{}", head);
            for wrong in neighbours(&valid[0]) {
                prop_assert!(!Check::Uscc.holds(&wrong), "{}", wrong);
            }
        }

        #[test]
        fn nothing_panics(text in ".{0,80}") {
            for check in Check::ALL {
                check.holds(&text);
            }
        }
    }
}
