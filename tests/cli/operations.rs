//! Runs that are operated while they go on: statistics, reloads, places that are kept.

use super::program::{code, posts, run, said, signal, sweep, tidegate, verdicts};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

/// A run that reads standard input.
struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Live {
    fn start(flags: &[&str]) -> Live {
        let mut child = tidegate(flags).spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Live { child, stdin, stdout }
    }

    /// Writes a post and returns its verdict.
    fn judge(&mut self, text: &str) -> serde_json::Value {
        writeln!(self.stdin.as_mut().unwrap(), "{{\"text\":\"{text}\"}}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends the input; returns the exit status and standard error.
    fn end(mut self) -> (i32, String) {
        drop(self.stdin.take());
        self.stdout.read_to_end(&mut Vec::new()).unwrap();
        let output = self.child.wait_with_output().unwrap();
        (code(&output), said(&output))
    }
}

/// Waits until `is_so`.
#[track_caller]
fn wait(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it did not happen in time");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The samples of a text in the format of Prometheus, by name with labels. Strict: every metric has
/// one HELP and one TYPE before its samples, and no sample is there twice.
#[track_caller]
fn samples(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'), "the last line has its end");
    let name = regex::Regex::new(r"^tidegate_scan_[a-z_]+$").unwrap();
    let label = r#"[a-z_]+="(?:[^"\\\n]|\\\\|\\"|\\n)*""#;
    let sample = format!(r"^([a-z_]+)(\{{{label}(?:,{label})*\}})? ([0-9]+(?:\.[0-9]+)?)$");
    let sample = regex::Regex::new(&sample).unwrap();
    let (mut found, mut metrics) = (BTreeMap::new(), Vec::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let (metric, help) = line.strip_prefix("# HELP ").unwrap().split_once(' ').unwrap();
        assert!(name.is_match(metric) && !help.is_empty(), "{line}");
        assert!(!metrics.contains(&metric), "{metric} is there twice");
        metrics.push(metric);
        let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {metric} ")).unwrap();
        assert!(kind == "counter" || kind == "gauge", "{line}");
        assert_eq!(kind == "counter", metric.ends_with("_total"), "{metric}");
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let parts = sample.captures(line).unwrap_or_else(|| panic!("not a sample: {line}"));
            assert_eq!(&parts[1], metric, "{line}");
            let key = line[..line.rfind(' ').unwrap()].to_owned();
            assert!(found.insert(key, parts[3].parse().unwrap()).is_none(), "{line}");
        }
    }
    found
}

#[test]
fn a_signal_writes_the_statistics_and_ends_nothing() {
    let mut live = Live::start(&[]);
    // After the first verdict the handler is installed.
    live.judge("fine");
    for _ in 0..20 {
        signal(&live.child, "USR1");
    }
    let (code, said) = {
        let stderr = live.child.stderr.take().unwrap();
        signal(&live.child, "USR1");
        let mut lines = BufReader::new(stderr).lines();
        let stats = lines.find_map(|line| {
            let stats: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            (stats["lines"] == 1).then_some(stats)
        });
        assert_eq!(stats.unwrap()["actions"]["allow"], 1);
        live.end()
    };
    assert_eq!((code, said.as_str()), (0, ""));
}

#[test]
fn statistics_are_replaced_whole_while_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for form in ["prom", "json"] {
        let file = folder.path().join(form);
        let flags = format!("--stats {form}:{} --stats-every 20ms -j 3", text_of(&file));
        let flags: Vec<&str> = flags.split(' ').chain(["--chunk", "1k"]).collect();
        let mut live = Live::start(&flags);
        let mut stdin = live.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || {
            for _ in 0..300 {
                stdin.write_all(&posts(40)).unwrap();
                stdin.write_all(b"nonsense\n{\"text\":\"casino\"}\n").unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let reading = std::thread::spawn(move || {
            live.stdout.read_to_end(&mut Vec::new()).unwrap();
            live
        });
        wait(|| file.exists());
        let (mut before, mut seen) = (0.0, 0);
        while !reading.is_finished() {
            let text = fs::read_to_string(&file).unwrap();
            let counts = counts_of(form, &text);
            assert_eq!(counts["lines"], counts["posts"] + counts["unreadable"], "{text}");
            assert_eq!(counts["posts"], counts["actions"], "{text}");
            assert!(counts["lines"] >= before && counts["bytes"] >= counts["lines"]);
            seen += usize::from(counts["lines"] > before);
            before = counts["lines"];
        }
        feeding.join().unwrap();
        let (code, said) = reading.join().unwrap().end();
        assert_eq!((code, said.as_str()), (0, ""));
        assert!(seen > 2, "it was written {seen} times while the run went on");
        let last = counts_of(form, &fs::read_to_string(&file).unwrap());
        assert_eq!((last["lines"], last["unreadable"]), (300.0 * 42.0, 300.0));
        // As any other file that a program creates: the collector has another user.
        let ordinary = folder.path().join("ordinary");
        fs::write(&ordinary, "").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&ordinary));
        fs::remove_file(&ordinary).unwrap();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no other file is left");
}

/// Counts of a file of statistics.
fn counts_of(form: &str, text: &str) -> BTreeMap<&'static str, f64> {
    if form == "json" {
        let stats: serde_json::Value = serde_json::from_str(text).unwrap();
        let actions = stats["actions"].as_object().unwrap().values();
        let number = |key: &str| stats[key].as_f64().unwrap();
        return BTreeMap::from([
            ("lines", number("lines")),
            ("bytes", number("bytes")),
            ("posts", number("posts")),
            ("unreadable", number("unreadable")),
            ("actions", actions.map(|it| it.as_f64().unwrap()).sum()),
        ]);
    }
    let all = samples(text);
    let sum = |metric: &str| {
        let metric = format!("tidegate_scan_{metric}_total");
        let of = all.iter().filter(|(key, _)| key.split('{').next() == Some(&metric));
        of.map(|(_, value)| value).sum()
    };
    assert!(
        all["tidegate_scan_last_write_timestamp_seconds"]
            >= all["tidegate_scan_start_time_seconds"]
    );
    assert!(all.keys().any(|key| key.starts_with("tidegate_scan_ruleset_info{ruleset=\"")));
    BTreeMap::from([
        ("lines", sum("lines")),
        ("bytes", sum("bytes")),
        ("posts", sum("posts")),
        ("unreadable", sum("unreadable")),
        ("actions", sum("verdicts")),
    ])
}

#[test]
fn statistics_that_cannot_be_written_do_not_stop_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    let target = format!("prom:{}", text_of(&inner.join("a.prom")));
    let flags = ["--stats", &target, "--stats-every", "10ms"];
    let refused = run(&flags, b"");
    assert_eq!(code(&refused), 2);
    for comes_back in [true, false] {
        fs::create_dir_all(&inner).unwrap();
        let mut live = Live::start(&flags);
        live.judge("fine");
        wait(|| inner.join("a.prom").exists());
        // Renamed: a file may be written into it at this moment.
        fs::rename(&inner, folder.path().join(format!("gone-{comes_back}"))).unwrap();
        // Many writes fail meanwhile.
        std::thread::sleep(Duration::from_millis(300));
        live.judge("fine");
        if comes_back {
            fs::create_dir_all(&inner).unwrap();
            wait(|| inner.join("a.prom").exists());
        }
        let (code, said) = live.end();
        let times = said.matches("cannot write the statistics").count();
        assert_eq!((code, times), if comes_back { (0, 1) } else { (4, 2) }, "{said}");
        assert!(said.contains("the run goes on"), "{said}");
    }
    let mut live = Live::start(&["--stats", "json:/dev/full", "--stats-every", "10ms"]);
    live.judge("fine");
    std::thread::sleep(Duration::from_millis(200));
    let (code, said) = live.end();
    assert_eq!((code, said.matches("No space left").count()), (4, 2), "{said}");
    for wrong in [&["--stats", "json", "--stats-every", "1s"][..], &["--stats-every", "1s"]] {
        assert_eq!(self::code(&run(wrong, b"")), 2, "{wrong:?}");
    }
}

#[test]
fn statistics_of_a_resumed_run_count_the_runs_before() {
    let folder = tempfile::tempdir().unwrap();
    let (log, out) = (folder.path().join("posts"), folder.path().join("out"));
    let (log, out) = (text_of(&log), text_of(&out));
    let stats = format!("json:{}", text_of(&folder.path().join("stats")));
    let lines = |at_least: u64| {
        let text = fs::read_to_string(stats.strip_prefix("json:").unwrap()).unwrap_or_default();
        let stats: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        (stats["lines"].as_u64() >= Some(at_least)).then(|| stats["bytes"].as_u64().unwrap())
    };
    let all = posts(30);
    fs::write(&log, &all).unwrap();
    let flags = ["--follow", "--resume", "-o", &out, "--stats", &stats, "--stats-every", "20ms"];
    let flags = [&flags[..], &["--resume-period", "5", &log]].concat();
    for _ in 0..2 {
        let child = tidegate(&flags).spawn().unwrap();
        wait(|| lines(30).is_some_and(|bytes| bytes == all.len() as u64));
        signal(&child, "TERM");
        assert_eq!(code(&child.wait_with_output().unwrap()), 143);
        assert_eq!(lines(30), Some(all.len() as u64));
        fs::remove_file(stats.strip_prefix("json:").unwrap()).unwrap();
    }
}

/// A pack with one rule, on `term`; `hit` is its example.
fn pack(term: &str, hit: &str) -> String {
    format!(
        "tidegate: 1\npack: watched\nversion: 1.0.0\ntitle: T\nlicense: CC0-1.0\nrules:\n  - id: \
         watched.{term}\n    title: T\n    category: spam\n    weight: 6\n    match: {{ w: [{term}] \
         }}\n    condition: w\n    tests: {{ hit: [{hit}], miss: [nothing] }}\n"
    )
}

#[test]
fn rules_are_loaded_again_by_signal_and_when_files_change() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("w.rules.yaml");
    fs::write(&rules, pack("one", "one")).unwrap();
    let stats = folder.path().join("s.prom");
    let target = format!("prom:{}", text_of(&stats));
    let flags = ["--watch", "--rules", &text_of(&rules), "--summary", "--stats", &target];
    let mut live = Live::start(&[&flags[..], &["--fail-on", "spam"]].concat());
    let first = live.judge("one two");
    let hash = |verdict: &serde_json::Value| verdict["ruleset"].as_str().unwrap().to_owned();
    assert_eq!(first["rules"][0]["id"], "watched.one");
    // A broken file, by signal and by change: the old rules stay.
    fs::write(&rules, "tidegate: 1\npack: [\n").unwrap();
    signal(&live.child, "HUP");
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(live.judge("one two"), first);
    // A rule that fails its own test.
    fs::write(&rules, pack("two", "seven")).unwrap();
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(live.judge("one two"), first);
    // Good rules, when the file changes.
    fs::write(&rules, pack("two", "two")).unwrap();
    let mut second = first.clone();
    wait(|| {
        second = live.judge("one two");
        hash(&second) != hash(&first)
    });
    assert_eq!(second["rules"][0]["id"], "watched.two");
    // Good rules, by signal, before the files are looked at.
    fs::write(&rules, pack("six", "six")).unwrap();
    signal(&live.child, "HUP");
    wait(|| hash(&live.judge("one two")) != hash(&second));
    signal(&live.child, "USR1");
    wait(|| stats.exists() && fs::read_to_string(&stats).unwrap().contains("outcome=\"ok\"} 2"));
    let (code, said) = live.end();
    assert_eq!(code, 1, "{said}");
    for expected in ["w.rules.yaml:", "seven", "stays in use", "replaces"] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    let counted = samples(&fs::read_to_string(&stats).unwrap());
    let of = |id: &str| {
        counted
            [&format!("tidegate_scan_rule_posts_total{{rule=\"watched.{id}\",mode=\"enforced\"}}")]
    };
    assert_eq!(
        of("one") + of("two"),
        counted["tidegate_scan_category_posts_total{category=\"spam\"}"]
    );
    assert!(counted["tidegate_scan_reloads_total{outcome=\"failed\"}"] >= 2.0);
}

#[test]
fn rule_sets_change_once_in_the_output() {
    const SETS: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("w.rules.yaml");
    let term = |n: usize| format!("t{}", char::from(b'a' + n as u8));
    let text = (0..SETS).map(term).collect::<Vec<_>>().join(" ");
    fs::write(&rules, pack(&term(0), &term(0))).unwrap();
    let (path, threads) = (text_of(&rules), ["-j", "4", "--chunk", "512"]);
    let mut live = Live::start(&[&["--watch", "-q", "--rules", &path][..], &threads].concat());
    let mut stdin = live.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(4) {
            (0..50).for_each(|n| writeln!(stdin, "{{\"id\":{n},\"text\":\"{text}\"}}").unwrap());
        }
    });
    let mut stdout = live.stdout;
    let reading = std::thread::spawn(move || {
        let mut verdicts = Vec::new();
        stdout.read_to_end(&mut verdicts).unwrap();
        verdicts
    });
    for n in 1..SETS {
        std::thread::sleep(Duration::from_millis(250));
        fs::write(&rules, pack(&term(n), &term(n))).unwrap();
        signal(&live.child, "HUP");
    }
    feeding.join().unwrap();
    let verdicts = verdicts(&reading.join().unwrap());
    let output = live.child.wait_with_output().unwrap();
    assert_eq!((code(&output), said(&output)), (0, String::new()));
    let mut sets: Vec<(&str, &str)> = Vec::new();
    for (n, verdict) in verdicts.iter().enumerate() {
        assert_eq!(verdict["id"], n % 50);
        let [ruleset, id] = [&verdict["ruleset"], &verdict["rules"][0]["id"]];
        let set = (id.as_str().unwrap(), ruleset.as_str().unwrap());
        if sets.last() != Some(&set) {
            sets.push(set);
        }
    }
    assert!(sets.len() > 3, "{sets:?}");
    // The ids rise from set to set: none comes back.
    assert!(
        sets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1),
        "{sets:?}"
    );
}

#[test]
fn flags_that_need_one_rule_set_exclude_watch() {
    for flags in [&["--resume", "-o", "/tmp/no"][..], &["--report", "/tmp/no"]] {
        let refused = run(&[&["--watch"][..], flags].concat(), b"");
        assert_eq!(code(&refused), 2);
        assert!(said(&refused).contains("exclude each other"), "{}", said(&refused));
    }
    let human = run(&["--watch", "--format", "human"], b"");
    assert!(code(&human) == 2 && said(&human).contains("--watch"), "{}", said(&human));
    let mut embedded = std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let output = embedded.arg("--watch").stdin(std::process::Stdio::null()).output().unwrap();
    assert!(code(&output) == 2 && said(&output).contains("--rules"), "{}", said(&output));
}

/// A log that is written, rotated and emptied, and what it held in all.
struct Log {
    folder: tempfile::TempDir,
    next: usize,
    random: u64,
}

impl Log {
    fn path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn number(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % below
    }

    fn write(&mut self, count: u64) {
        let mut file = fs::File::options().create(true).append(true).open(self.path()).unwrap();
        for _ in 0..count {
            let n = self.next;
            let text = if n.is_multiple_of(7) { "casino" } else { "fine" };
            writeln!(file, "{{\"id\":{n},\"text\":\"{text} {n}\"}}").unwrap();
            self.next += 1;
        }
    }

    /// As logrotate does: `log.1` becomes `log.2`, `log` becomes `log.1`.
    fn rotate(&self) {
        let named = |n: usize| match n {
            0 => self.path(),
            n => self.folder.path().join(format!("log.{n}")),
        };
        for n in (0..90).rev().filter(|n| named(*n).exists()) {
            fs::rename(named(n), named(n + 1)).unwrap();
        }
        fs::File::create(self.path()).unwrap();
    }
}

#[test]
fn a_followed_file_keeps_its_place_over_kills_and_rotations() {
    for seed in 0..sweep(2, 20) as u64 {
        let mut log = Log { folder: tempfile::tempdir().unwrap(), next: 0, random: seed };
        let out = text_of(&log.folder.path().join("out"));
        let path = text_of(&log.path());
        let flags = ["--follow", "--resume", "-o", &out, "--resume-period", "3", "--brief", "-q"];
        let flags = [&flags[..], &["--chunk", "1k", &path]].concat();
        log.write(5);
        let whole = |log: &Log| {
            let text = fs::read_to_string(&out).unwrap_or_default();
            text.lines().count() == log.next && text.ends_with('\n')
        };
        let has_checkpoint = || {
            let text = fs::read_to_string(format!("{out}.resume")).unwrap_or_default();
            text.contains("\"prefix_hash\"")
        };
        for round in 0..12 {
            let mut child = tidegate(&flags).spawn().unwrap();
            if round == 0 {
                wait(has_checkpoint);
            }
            for _ in 0..log.number(4) {
                let count = log.number(200);
                log.write(count);
                std::thread::sleep(Duration::from_millis(log.number(60)));
                // Rotated while it is read: only what was read before is not lost for sure.
                if log.number(3) == 0 {
                    wait(|| whole(&log));
                    log.rotate();
                    let count = 1 + log.number(50);
                    log.write(count);
                    wait(|| whole(&log));
                }
            }
            std::thread::sleep(Duration::from_millis(log.number(40)));
            child.kill().unwrap();
            child.wait_with_output().unwrap();
            // What happens while nothing reads.
            for _ in 0..log.number(3) {
                let count = 1 + log.number(100);
                log.write(count);
                log.rotate();
            }
            let count = log.number(100);
            log.write(count);
        }
        let mut child = tidegate(&flags).spawn().unwrap();
        wait(|| whole(&log) || child.try_wait().unwrap().is_some());
        signal(&child, "TERM");
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), said(&output)), (143, String::new()), "seed {seed}");
        let found = verdicts(&fs::read(&out).unwrap());
        let ids: Vec<_> = found.iter().map(|verdict| verdict["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, (0..log.next as u64).collect::<Vec<_>>(), "seed {seed}");
        let is_flagged = |verdict: &serde_json::Value| verdict["action"] != "allow";
        let flagged = found.iter().filter(|verdict| is_flagged(verdict)).count();
        assert_eq!(flagged, log.next.div_ceil(7), "seed {seed}");
    }
}

#[test]
fn what_happens_to_a_followed_file_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (log, out) = (folder.path().join("log"), text_of(&folder.path().join("out")));
    let path = text_of(&log);
    let flags = ["--follow", "--resume", "-o", &out, "--resume-period", "3", &path];
    let lines = || fs::read_to_string(&out).unwrap_or_default().lines().count();
    let run_to = |count: usize, then: &dyn Fn()| {
        let child = tidegate(&flags).spawn().unwrap();
        wait(|| lines() == count);
        then();
        signal(&child, "TERM");
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 143);
        said(&output)
    };
    fs::write(&log, posts(3)).unwrap();
    let reported = run_to(3, &|| {
        fs::File::create(&log).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        fs::write(&log, "{\"id\":3,\"text\":\"a\"}\n").unwrap();
        wait(|| lines() == 4);
        fs::rename(&log, folder.path().join("log.1")).unwrap();
        fs::write(&log, "{\"id\":4,\"text\":\"a\"}\n").unwrap();
        wait(|| lines() == 5);
    });
    assert!(
        reported.contains("it was emptied") && reported.contains("another file has this name"),
        "{reported}"
    );
    // Copied and emptied while nothing reads.
    fs::write(&log, "{\"id\":4,\"text\":\"a\"}\n{\"id\":5,\"text\":\"a\"}\n").unwrap();
    fs::copy(&log, folder.path().join("log.1")).unwrap();
    fs::write(&log, "{\"id\":6,\"text\":\"a\"}\n").unwrap();
    let reported = run_to(7, &|| {});
    assert!(reported.contains("log.1 now; its rest is read first"), "{reported}");
    // The file of the earlier run is gone.
    fs::write(&log, "{\"id\":7,\"text\":\"a\"}\n").unwrap();
    fs::remove_file(folder.path().join("log.1")).unwrap();
    let reported = run_to(8, &|| {});
    assert!(reported.contains("lines may be lost"), "{reported}");
    let ids = verdicts(&fs::read(&out).unwrap());
    let ids: Vec<_> = ids.iter().map(|verdict| verdict["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5, 6, 7]);
}
