//! Shares of posts, as text.

use tidegate_engine::rules::plan::MILLION;

/// A share given in posts per million, such as `2.10 %`.
pub fn percent(per_million: u64) -> String {
    let share = per_million as f64 * 100.0 / MILLION as f64;
    if per_million >= MILLION {
        "100 %".to_owned()
    } else if share < 0.01 {
        "< 0.01 %".to_owned()
    } else {
        format!("{share:.2} %")
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn small_and_full_shares_are_said_in_words() {
        let shares = [0, 99, 100, 21_000, 999_999, 1_000_000, 2_000_000].map(percent);
        let expected = ["< 0.01 %", "< 0.01 %", "0.01 %", "2.10 %", "100.00 %", "100 %", "100 %"];
        assert_eq!(shares, expected);
    }
}
