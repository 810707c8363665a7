//! Paths of files as `file:` addresses, and back.

use lsp_types::Uri;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

/// The path of a `file:` address.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let start = rest.find('/')?;
    let decoded = decode(&rest[start..])?;
    // `/c:/folder` is `c:/folder` where drives have letters.
    let is_drive = cfg!(windows) && decoded.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if is_drive { &decoded[1..] } else { &decoded }))
}

/// The `file:` address of an absolute path.
pub fn of_path(path: &Path) -> Option<Uri> {
    let text = path.to_str()?.replace('\\', "/");
    let text = if text.starts_with('/') { text } else { format!("/{text}") };
    let mut encoded = String::from("file://");
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri::from_str(&encoded).ok()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// The path without links; of a file that does not exist, its folder without links and its name.
pub fn canonical(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_round_trip() {
        for text in ["/a/b.rules.yaml", "/with space/词表 100%.txt", "/a+b/#c?.txt"] {
            let uri = of_path(Path::new(text)).unwrap();
            assert_eq!(path(&uri).unwrap(), Path::new(text), "{}", uri.as_str());
        }
    }

    #[test]
    fn other_addresses_have_no_path() {
        for text in ["untitled:Untitled-1", "http://example.com/a", "file:///a%zz", "file:///%ff"] {
            let uri = Uri::from_str(text);
            assert!(uri.ok().is_none_or(|uri| path(&uri).is_none()), "{text}");
        }
        let host = Uri::from_str("file://localhost/a%3A").unwrap();
        assert_eq!(path(&host).unwrap(), Path::new("/a:"));
    }

    #[test]
    fn a_new_file_has_the_folder_without_links() {
        let folder = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(folder.path()).unwrap();
        assert_eq!(canonical(&folder.path().join("new.txt")), real.join("new.txt"));
    }
}
