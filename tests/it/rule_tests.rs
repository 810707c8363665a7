//! `tidegate test`: the tests inside rules are run, and failures report the actual result.

use crate::goldens::{expect, tidegate};

#[test]
fn reports_are_as_the_goldens_say() {
    let unfit = "tests/goldens/unfit";
    for (name, arguments) in [
        ("unfit", &["test", unfit][..]),
        ("unfit-json", &["test", unfit, "--format", "json"]),
        ("one-rule", &["test", "--no-default-rules", unfit, "--rule", "unfit.eng*"]),
        ("fit", &["test", "--no-default-rules", "tests/goldens/rules"]),
        ("no-such-rule", &["test", unfit, "--rule", "unfit.eng"]),
        ("nothing-named", &["test", "--no-default-rules"]),
    ] {
        expect("test", name, arguments);
    }
}

#[test]
fn the_tests_of_the_embedded_packs_pass() {
    let output = tidegate(&["test"]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(report.contains(" 0 failed"), "{report}");
}
