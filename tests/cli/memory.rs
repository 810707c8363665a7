//! Memory: bounded by threads × longest line + rules, for every input.

use super::program::{
    code, is_there, kinds, peak_kilobytes, posts, said, skip, sweep, tidegate, within,
};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

fn pipes(child: &mut Child) -> (ChildStdin, BufReader<ChildStdout>) {
    (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()))
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line
}

/// Sends a line of `megabytes` and a post after it; gives the growth of the peak.
fn send_a_line_without_end(child: &mut Child, megabytes: usize) -> u64 {
    let (mut stdin, mut stdout) = pipes(child);
    stdin.write_all(&posts(1)).unwrap();
    line(&mut stdout);
    let before = peak_kilobytes(child);
    let block = vec![b'x'; 1 << 20];
    for _ in 0..megabytes {
        stdin.write_all(&block).unwrap();
    }
    stdin.write_all(b"\n{\"id\":\"after\",\"text\":\"a\"}\n").unwrap();
    assert!(line(&mut stdout).contains("too_long"));
    assert!(line(&mut stdout).contains("after"));
    let grown = peak_kilobytes(child) - before;
    drop(stdin);
    assert!(child.wait().unwrap().success());
    grown
}

#[test]
fn a_line_without_end_takes_no_memory() {
    let program = tidegate(&["--threads", "2"]);
    let mut command = if is_there("prlimit") { within(1500, &program) } else { program };
    let grown = send_a_line_without_end(&mut command.spawn().unwrap(), 600);
    assert!(grown < 16 * 1024, "600 MiB went by, {grown} kB stayed");
}

/// The frame is skipped while it arrives; its verdict and that of the next record follow it.
#[test]
fn a_frame_over_the_limit_takes_no_memory() {
    const MEGABYTES: usize = 200;
    let program = tidegate(&["--threads", "2", "--framing", "netstring"]);
    let mut command = if is_there("prlimit") { within(1500, &program) } else { program };
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut stdout) = pipes(&mut child);
    let mut verdict = || {
        let mut frame = Vec::new();
        stdout.read_until(b':', &mut frame).unwrap();
        let length = String::from_utf8(frame).unwrap();
        let mut record = vec![0; length.trim_end_matches(':').parse::<usize>().unwrap() + 1];
        stdout.read_exact(&mut record).unwrap();
        String::from_utf8(record).unwrap()
    };
    stdin.write_all(b"12:{\"text\":\"a\"},").unwrap();
    assert_eq!(verdict(), "{\"id\":null,\"action\":\"allow\"},");
    let before = peak_kilobytes(&child);
    let block = vec![b'x'; 1 << 20];
    write!(stdin, "{}:", MEGABYTES << 20).unwrap();
    for _ in 0..MEGABYTES {
        stdin.write_all(&block).unwrap();
    }
    stdin.write_all(b",22:{\"id\":\"next\",\"text\":5},").unwrap();
    assert!(verdict().contains("\"offset\":16,\"action\":\"unreadable\",\"error\":\"too_long\""));
    assert!(verdict().contains("\"id\":\"next\",\"offset\":209715227,"));
    let grown = peak_kilobytes(&child) - before;
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert!(grown < 16 * 1024, "{MEGABYTES} MiB went by, {grown} kB stayed");
}

/// A group with a limit on memory, of either version; nothing where none can be made.
struct MemoryGroup {
    path: std::path::PathBuf,
}

impl MemoryGroup {
    fn new(bytes: u64) -> Option<MemoryGroup> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let name = format!("tidegate-test-{}", std::process::id());
        let places = own.lines().filter_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (controllers, path) = (parts.nth(1)?, parts.next()?.trim_start_matches('/'));
            match controllers {
                "memory" => Some(("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes")),
                "" => Some(("/sys/fs/cgroup", path, "memory.max")),
                _ => None,
            }
        });
        for (root, own, limit) in places {
            let path = std::path::Path::new(root).join(own).join(&name);
            if fs::create_dir(&path).is_err() {
                continue;
            }
            let group = MemoryGroup { path };
            if group.path.join(limit).exists()
                && fs::write(group.path.join(limit), bytes.to_string()).is_ok()
            {
                return Some(group);
            }
        }
        None
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        // The group goes when its last process has gone.
        let _ = fs::remove_dir(&self.path);
    }
}

#[test]
fn a_line_without_end_fits_into_a_small_group() {
    let Some(group) = MemoryGroup::new(256 << 20) else {
        skip("no memory group can be made here");
        return;
    };
    let program = tidegate(&["--threads", "2"]);
    let mut command = Command::new("sh");
    let procs = group.path.join("cgroup.procs");
    command.args(["-c", "echo $$ > \"$0\" && exec \"$@\"", procs.to_str().unwrap()]);
    command.arg(program.get_program()).args(program.get_args());
    command.current_dir(program.get_current_dir().unwrap()).env("NO_COLOR", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let grown = send_a_line_without_end(&mut command.spawn().unwrap(), 600);
    assert!(grown < 16 * 1024, "600 MiB went by, {grown} kB stayed");
}

#[test]
fn a_packed_bomb_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let block = vec![b' '; 8 << 20];
    let mut gzip = Vec::new();
    let level = flate2::Compression::fast();
    flate2::read::GzEncoder::new(&*block, level).read_to_end(&mut gzip).unwrap();
    let bombs = [("bomb.gz", gzip), ("bomb.zst", zstd::encode_all(&*block, 1).unwrap())];
    for (name, member) in bombs {
        let path = folder.path().join(name);
        // Members follow one another: one line of hundreds of megabytes in a small file.
        let count = 40;
        fs::write(&path, member.repeat(count)).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 4 << 20);
        let mut child = tidegate(&["--threads", "2", path.to_str().unwrap(), "-"]).spawn().unwrap();
        let (mut stdin, mut stdout) = pipes(&mut child);
        assert!(line(&mut stdout).contains("too_long"), "{name}");
        // Standard input follows, so that the process keeps running while it is measured.
        stdin.write_all(&posts(1)).unwrap();
        assert!(line(&mut stdout).contains("allow"));
        let peak = peak_kilobytes(&child);
        assert!(peak < 120 * 1024, "{name}: {peak} kB");
        drop(stdin);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_long_stream_takes_no_more_memory_than_a_short_one() {
    let part = posts(100_000);
    let mut child = tidegate(&["--threads", "2", "--only", "unreadable"]).spawn().unwrap();
    let (mut stdin, mut stdout) = pipes(&mut child);
    let mut send = |parts: usize| {
        for _ in 0..parts {
            stdin.write_all(&part).unwrap();
        }
        // Once its verdict arrives, everything before it is done.
        stdin.write_all(b"end\n").unwrap();
        assert!(line(&mut stdout).contains("bad_json"));
    };
    send(2);
    let early = peak_kilobytes(&child);
    send(sweep(20, 1000));
    let grown = peak_kilobytes(&child) - early;
    assert!(grown < 2 * 1024, "{grown} kB more after {} posts", sweep(20, 1000) * 100_000);
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn long_lines_are_held_once_for_each_job_and_no_more() {
    let line_bytes = 4 << 20;
    let long = format!("{{\"id\":1,\"text\":\"{}\"}}\n", "long ".repeat(line_bytes / 5 - 10));
    let mut child = tidegate(&["--threads", "2", "--max-line", "8M"]).spawn().unwrap();
    let (mut stdin, mut stdout) = pipes(&mut child);
    let feeding = std::thread::spawn(move || {
        for _ in 0..sweep(12, 200) {
            stdin.write_all(long.as_bytes()).unwrap();
        }
        stdin
    });
    for _ in 0..sweep(12, 200) {
        assert!(line(&mut stdout).contains("allow"));
    }
    let stdin = feeding.join().unwrap();
    let peak = peak_kilobytes(&child) as usize;
    // Six jobs and the carried beginning of a line; a worker's symbols are several times
    // as large as its text.
    let most = 60 * 1024 + (7 + 2 * 12) * 2 * line_bytes / 1024;
    assert!(peak < most, "{peak} kB, at most {most} expected");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// A rule with one matcher.
fn pack(matcher: &str) -> String {
    format!(
        "tidegate: 1\npack: hostile\nversion: 1.0.0\ntitle: Hostile\nlicense: CC0-1.0\nrules:\n  \
         - id: hostile.one\n    title: One\n    category: spam\n    match: {{ x: {matcher} }}\n    \
         condition: x\n    weight: 1\n    tests: {{ hit: [a], miss: [b] }}\n"
    )
}

/// Levels of aliases, each naming the one before nine times.
fn alias_bomb() -> String {
    let level = |n: usize| {
        let before = format!("*a{},", n.saturating_sub(1)).repeat(9);
        format!("  a{n}: &a{n} [{}]\n", if n == 0 { "x" } else { before.as_str() })
    };
    format!("tidegate: 1\ndefine:\n{}", (0..12).map(level).collect::<String>())
}

#[test]
fn hostile_rules_are_refused_with_their_place_and_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.rules.yaml");
    let long_word = "k".repeat(1025);
    let ten_megabytes = "(a|b)".repeat(2 << 20);
    let cases: &[(&str, String, &str)] = &[
        ("a regex bomb", pack("{ regex: '(a{1000}){1000}' }"), "hostile.rules.yaml:10"),
        ("counted classes", pack("{ regex: '\\w{1000}\\w{1000}' }"), "hostile.rules.yaml:10"),
        (
            "a nested regex",
            pack(&format!("{{ regex: '{}a{}' }}", "(".repeat(80), ")".repeat(80))),
            "hostile.rules.yaml:10",
        ),
        (
            "10 MB of regex",
            pack(&format!("{{ regex: '{ten_megabytes}' }}")),
            "hostile.rules.yaml:10",
        ),
        ("a long keyword", pack(&format!("[{long_word}]")), "hostile.rules.yaml:10"),
        ("an empty keyword", pack("['\u{200b}']"), "hostile.rules.yaml:10"),
        ("aliases", alias_bomb(), "hostile.rules.yaml:"),
        (
            "nesting",
            format!("{}x{}", "[".repeat(100_000), "]".repeat(100_000)),
            "hostile.rules.yaml:1",
        ),
        ("values", format!("tidegate: 1\nx: [{}]", "1,".repeat(600_000)), "hostile.rules.yaml:"),
        (
            "a deep condition",
            pack("[a]").replace(
                "condition: x",
                &format!("condition: {}x{}", "(".repeat(100), ")".repeat(100)),
            ),
            "hostile.rules.yaml:11",
        ),
        ("too large a file", " ".repeat((64 << 20) + 1), "larger than 64 MiB"),
    ];
    for (what, text, place) in cases {
        fs::write(&path, text).unwrap();
        let program = tidegate(&["--rules", path.to_str().unwrap()]);
        let mut command = if is_there("prlimit") { within(1024, &program) } else { program };
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(code(&output), 2, "{what}: {:.300}", said(&output));
        assert!(said(&output).contains(place), "{what}: {:.300}", said(&output));
        assert!(said(&output).len() < 20_000, "{what}: {} bytes are said", said(&output).len());
    }
}

#[test]
fn a_keyword_of_the_largest_length_and_very_many_are_carried() {
    let folder = tempfile::tempdir().unwrap();
    let count = sweep(100_000, 1_000_000);
    let longest = "k".repeat(1024);
    let mut list = format!("{longest}\n");
    for n in 0..count {
        list.push_str(&format!("term {n:x} of many\n"));
    }
    fs::write(folder.path().join("many.txt"), list).unwrap();
    fs::write(folder.path().join("many.rules.yaml"), pack("{ file: many.txt }")).unwrap();
    let posts = folder.path().join("posts.jsonl");
    let last =
        format!("{{\"text\":\"term {:x} of many\"}}\n{{\"text\":\"x {longest}\"}}\n", count - 1);
    fs::write(&posts, last).unwrap();
    let rules = folder.path().to_str().unwrap();
    let program = tidegate(&["--brief", "--rules", rules, posts.to_str().unwrap()]);
    let mut command = if is_there("prlimit") { within(2048, &program) } else { program };
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(code(&output), 0, "{:.300}", said(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(kinds(&output.stdout).len(), 2);
    assert_eq!(text.matches("\"spam\":1").count(), 2, "{text}");
}

#[test]
fn rules_do_not_lead_out_of_their_folder_or_to_devices() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, secret) = (folder.path().join("rules"), folder.path().join("secret.txt"));
    fs::create_dir(&rules).unwrap();
    fs::write(&secret, "secret words\n").unwrap();
    std::os::unix::fs::symlink(&secret, rules.join("link.txt")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", rules.join("zero.txt")).unwrap();
    let made = Command::new("mkfifo").arg(rules.join("pipe.txt")).status().unwrap();
    assert!(made.success());
    let absolute = secret.to_str().unwrap();
    for (file, why) in [
        ("../secret.txt", "outside the rules folder"),
        ("../rules/../secret.txt", "outside the rules folder"),
        ("link.txt", "outside the rules folder"),
        ("zero.txt", "outside the rules folder"),
        ("/dev/zero", "absolute"),
        (absolute, "absolute"),
        ("pipe.txt", "not a regular file"),
        (".", "not a regular file"),
        ("none.txt", "No such file"),
    ] {
        fs::write(rules.join("a.rules.yaml"), pack(&format!("{{ file: {file} }}"))).unwrap();
        let program = tidegate(&["--rules", rules.to_str().unwrap()]);
        let mut command = if is_there("prlimit") { within(1024, &program) } else { program };
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(code(&output), 2, "{file}: {}", said(&output));
        assert!(said(&output).contains(why), "{file}: {}", said(&output));
        assert!(!said(&output).contains("secret words"), "{file}: {}", said(&output));
        assert!(said(&output).contains("a.rules.yaml:10"), "{file}: {}", said(&output));
    }
    // As rules themselves, and as a policy.
    for device in ["/dev/zero", "/dev/full"] {
        for flag in ["--rules", "--policy"] {
            let output = tidegate(&[flag, device]).stdin(Stdio::null()).output().unwrap();
            assert_eq!(code(&output), 2, "{flag} {device}: {}", said(&output));
        }
    }
}
