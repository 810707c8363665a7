//! Output of the program, kept in files: `tests/goldens/FOLDER/NAME.txt`.
//!
//! `BLESS=1` writes what the program prints now; then read the diff.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program, from the root of the package.
pub fn tidegate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(root()).env_remove("NO_COLOR").args(arguments).output().unwrap()
}

/// Holds what the program prints to the golden: the call, its output, and its exit
/// status where that is not 0.
pub fn expect(folder: &str, name: &str, arguments: &[&str]) {
    let output = tidegate(arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let call: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    let mut got = format!("$ tidegate {}\n{}", call.join(" "), text(&output.stdout));
    got.push_str(&text(&output.stderr));
    match output.status.code() {
        Some(0) => {}
        status => got.push_str(&format!("exit status {status:?}\n")),
    }
    compare(&root().join("tests/goldens").join(folder).join(format!("{name}.txt")), &got);
}

/// An argument on one line, in quotes if a shell would want them.
fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let escaped: String = argument.chars().map(visible).collect();
    if argument.bytes().all(is_plain) { argument.to_owned() } else { format!("'{escaped}'") }
}

fn visible(character: char) -> String {
    match character {
        '"' | '\'' => character.to_string(),
        _ => character.escape_debug().to_string(),
    }
}

fn compare(path: &PathBuf, got: &str) {
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, got).unwrap();
        return;
    }
    let shown = path.display();
    let want = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{shown}: {error}; run with BLESS=1 to create it"));
    if want != got {
        let same = want.lines().zip(got.lines()).take_while(|(want, got)| want == got).count();
        let line = |text: &str| text.lines().nth(same).unwrap_or("(its end)").to_owned();
        panic!(
            "{shown}:{}: differs; BLESS=1 accepts, then read the diff\nwant {}\n got {}",
            same + 1,
            line(&want),
            line(got)
        );
    }
}
