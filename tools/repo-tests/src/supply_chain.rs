//! What the product is built from: packages of one registry under free licences, none that opens
//! a connection, none whose build script does. HTTP packages are built in through the service only. The lists stand in `deny.toml`, so that
//! cargo-deny reads the same; this needs nothing but cargo.

use crate::layering::built_from;
use crate::source::root;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// Packages with a build script that compiles or asks for something, reviewed by hand:
/// none reads more than its environment and the compiler.
const BUILD_SCRIPTS: &[&str] = &[
    "ahash",
    "crc32fast",
    "crossbeam-deque",
    "crossbeam-epoch",
    "crossbeam-utils",
    "crunchy",
    "encoding_rs",
    "getrandom",
    "httparse",
    "inotify-sys",
    "libc",
    "libm",
    "libmimalloc-sys",
    "libsqlite3-sys",
    "num-traits",
    "parking_lot_core",
    "pinyin",
    "portable-atomic",
    "proc-macro2",
    "prometheus-client",
    "quote",
    "rayon-core",
    "ref-cast",
    "rustix",
    "rustversion",
    "serde",
    "serde_core",
    "serde_json",
    "signal-hook",
    "snap",
    "thiserror",
    "tidegate-engine",
    "tidegate-packs",
    "tiny-keccak",
    "zerocopy",
    "zmij",
    "zstd-safe",
    "zstd-sys",
];

/// What a build script that reaches a network would have to name.
const NETWORK: &[&str] =
    &["std::net", "TcpStream", "UdpSocket", "reqwest", "ureq", "\"curl\"", "\"wget\"", "\"git\""];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", "host-tuple"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or("")
}

/// The packages that the program and the crate of the state are built from: their dependencies but
/// those of tests.
fn product(metadata: &Value) -> Vec<&Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = metadata["packages"].as_array().unwrap();
    let is_root =
        |package: &&Value| ["tidegate", "tidegate-state"].contains(&text(package, "name"));
    let roots = packages.iter().filter(is_root);
    let nodes: BTreeMap<String, Vec<Value>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (text(node, "id").to_owned(), list(&node["deps"])))
        .collect();
    let mut open: Vec<String> = roots.map(|package| text(package, "id").to_owned()).collect();
    assert_eq!(open.len(), 2);
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let is_built = |dep: &&Value| {
            list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].as_str() != Some("dev"))
        };
        if seen.insert(id.clone()) {
            let deps = nodes[&id].iter().filter(is_built);
            open.extend(deps.map(|dep| text(dep, "pkg").to_owned()));
        }
    }
    packages.iter().filter(|package| seen.contains(text(package, "id"))).collect()
}

/// The strings of the list `key = [ … ]` in `deny.toml`.
fn listed(key: &str) -> Vec<String> {
    let file = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, rest) = file.split_once(&format!("\n{key} = [")).unwrap();
    let list = rest.split_once(']').unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of `deny` in `deny.toml`: a package, and those that may depend on it nevertheless.
fn banned() -> BTreeMap<String, Vec<String>> {
    let file = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, rest) = file.split_once("\ndeny = [\n").unwrap();
    let rows = rest.split_once("\n]").unwrap().0.lines();
    let words = |row: &str| -> Vec<String> {
        row.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let row =
        |row: &str| words(row).split_first().map(|(name, rest)| (name.clone(), rest.to_vec()));
    rows.filter_map(row).collect()
}

/// The packages that `package` depends on, and the features with which it is built.
fn resolved(metadata: &Value, package: &Value) -> (Vec<String>, Vec<String>) {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let node = nodes.iter().find(|node| node["id"] == package["id"]).unwrap();
    let is_built = |dep: &&Value| {
        dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].as_str() != Some("dev"))
    };
    let deps = node["deps"].as_array().unwrap().iter().filter(is_built);
    let features = node["features"].as_array().unwrap().iter();
    (
        deps.map(|dep| text(dep, "pkg").to_owned()).collect(),
        features.filter_map(|feature| feature.as_str().map(str::to_owned)).collect(),
    )
}

/// Does a licence expression let us choose among `free`? `AND` binds more than `OR`.
fn is_free(expression: &str, free: &[String]) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    let expression = expression.trim();
    let (mut depth, mut from) = (0, 0);
    let mut parts: Vec<(&str, &str)> = Vec::new();
    let mut joint = "";
    for (at, character) in expression.char_indices() {
        depth += i32::from(character == '(') - i32::from(character == ')');
        for word in [" OR ", " AND "] {
            if depth == 0 && expression[at..].starts_with(word) {
                parts.push((joint, &expression[from..at]));
                (joint, from) = (word, at + word.len());
            }
        }
    }
    if parts.is_empty() {
        let inner = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        return match inner {
            Some(inner) => is_free(inner, free),
            None => free.iter().any(|licence| licence == expression),
        };
    }
    parts.push((joint, &expression[from..]));
    let mut groups = vec![true];
    for (joint, part) in parts {
        if joint == " OR " {
            groups.push(true);
        }
        *groups.last_mut().unwrap() &= is_free(part, free);
    }
    groups.contains(&true)
}

#[test]
fn every_package_is_under_a_free_licence() {
    let free = listed("allow");
    assert!(free.len() > 5);
    for package in metadata()["packages"].as_array().unwrap() {
        let licence = text(package, "license");
        assert!(is_free(licence, &free), "{} is under {licence:?}", package["name"]);
    }
}

#[test]
fn licence_expressions_are_understood() {
    let free = ["MIT", "Zlib", "A WITH E"].map(str::to_owned);
    for good in
        ["MIT", "GPL OR MIT", "GPL/MIT", "A WITH E", "(GPL OR MIT) AND Zlib", "GPL AND X OR Zlib"]
    {
        assert!(is_free(good, &free), "{good}");
    }
    for bad in ["", "GPL", "GPL AND MIT", "A", "(GPL OR MIT) AND X", "MIT AND (GPL OR X)"] {
        assert!(!is_free(bad, &free), "{bad}");
    }
}

#[test]
fn every_package_comes_from_the_one_registry() {
    let registries = listed("allow-registry");
    for package in metadata()["packages"].as_array().unwrap() {
        // Our own have none.
        let Some(source) = package["source"].as_str() else { continue };
        let known = registries.iter().any(|known| source == format!("registry+{known}"));
        assert!(known, "{} comes from {source}", package["name"]);
    }
}

#[test]
fn nothing_that_is_banned_is_built_in() {
    let (banned, metadata) = (banned(), metadata());
    assert!(banned.len() > 5 && banned["hyper"].contains(&"tidegate-service".to_owned()));
    let product = product(&metadata);
    let mut wrong = Vec::new();
    for package in &product {
        let Some(wrappers) = banned.get(text(package, "name")) else { continue };
        let id = text(package, "id").to_owned();
        for user in product.iter().filter(|user| resolved(&metadata, user).0.contains(&id)) {
            if !wrappers.contains(&text(user, "name").to_owned()) {
                wrong.push(format!("{} depends on {}", user["name"], package["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_build_without_the_service_has_nothing_that_is_banned() {
    let packages = built_from("tidegate", &["--no-default-features"]);
    assert!(packages.contains("tidegate-pipeline") && !packages.contains("tidegate-service"));
    // SQLite opens files.
    let is_network = |name: &String| !["libsqlite3-sys", "rusqlite"].contains(&name.as_str());
    let wrong: Vec<String> = banned()
        .into_keys()
        .filter(|name| is_network(name) && packages.contains(name.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The service answers; nothing in it asks others.
#[test]
fn http_is_built_without_its_client() {
    let metadata = metadata();
    let mut seen = 0;
    for package in product(&metadata) {
        if ["axum", "hyper", "hyper-util"].contains(&text(package, "name")) {
            seen += 1;
            let features = resolved(&metadata, package).1;
            let client = features.iter().find(|feature| feature.starts_with("client"));
            assert_eq!(client, None, "{}", package["name"]);
        }
    }
    assert_eq!(seen, 3);
}

/// Packages that build C, and the crates through which alone they come in. zstd has no encoder in
/// Rust; SQLite is used as its authors test it; mimalloc is the allocator of the program alone.
const BUILD_C: &[(&str, &[&str])] = &[
    ("zstd-sys", &["tidegate-pipeline", "tidegate-service"]),
    ("libsqlite3-sys", &["tidegate-state"]),
    ("libmimalloc-sys", &["tidegate"]),
];

#[test]
fn c_comes_in_through_known_crates_only() {
    let metadata = metadata();
    let product = product(&metadata);
    let name = |id: &String| {
        let package = product.iter().find(|package| text(package, "id") == id);
        package.map_or("", |package| text(package, "name"))
    };
    let uses = |package: &Value, wanted: &str| {
        resolved(&metadata, package).0.iter().any(|id| name(id) == wanted)
    };
    let mut builders: Vec<&str> = product
        .iter()
        .filter(|package| uses(package, "cc") || uses(package, "cmake"))
        .map(|package| text(package, "name"))
        .collect();
    builders.sort_unstable();
    let mut known: Vec<&str> = BUILD_C.iter().map(|(package, _)| *package).collect();
    known.sort_unstable();
    assert_eq!(builders, known, "packages that build C");
    for (package, through) in BUILD_C {
        // Up from the package, until crates of our own are reached.
        let (mut open, mut ours) = (vec![*package], BTreeSet::new());
        while let Some(used) = open.pop() {
            for user in product.iter().filter(|user| uses(user, used)) {
                match text(user, "name") {
                    own if own.starts_with("tidegate") => drop(ours.insert(own)),
                    other => open.push(other),
                }
            }
        }
        assert_eq!(ours, through.iter().copied().collect::<BTreeSet<_>>(), "{package}");
    }
}

/// SQLite is built from the sources in its package, which open files only: no library of the
/// system, no bindings that a generator makes, no encryption that brings OpenSSL.
#[test]
fn sqlite_is_built_from_its_own_sources() {
    let metadata = metadata();
    // The last four are the search for a library of the system, which `bundled` replaces.
    let allowed = [
        "bundled",
        "bundled_bindings",
        "cc",
        "modern_sqlite",
        "default",
        "min_sqlite_version_3_45_3",
        "pkg-config",
        "vcpkg",
    ];
    let mut seen = 0;
    for package in product(&metadata) {
        if ["rusqlite", "libsqlite3-sys"].contains(&text(package, "name")) {
            seen += 1;
            let features = resolved(&metadata, package).1;
            assert!(features.contains(&"bundled".to_owned()), "{features:?}");
            let other = features.iter().find(|feature| !allowed.contains(&feature.as_str()));
            assert_eq!(other, None, "{}", package["name"]);
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn build_scripts_are_known_and_reach_no_network() {
    let metadata = metadata();
    let mut seen = 0;
    for package in product(&metadata) {
        let name = text(package, "name");
        for target in package["targets"].as_array().unwrap() {
            if target["kind"][0] != "custom-build" {
                continue;
            }
            seen += 1;
            assert!(
                BUILD_SCRIPTS.contains(&name),
                "{name} has a build script that was not reviewed"
            );
            let script = fs::read_to_string(text(target, "src_path")).unwrap();
            for word in NETWORK {
                assert!(!script.contains(word), "the build script of {name} names {word}");
            }
        }
    }
    assert!(seen > 5, "only {seen} build scripts; has the reading broken?");
}
