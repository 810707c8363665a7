//! Conservation: under every fault the verdicts are those of the first lines, each once, in
//! order; success means all of them; and what was consumed was answered.

use super::program::{
    code, is_full, is_there, kinds, posts, prefix_of_posts, said, signal, skip, sweep, tidegate,
    within,
};
use std::fs::{self, File};
use std::io::{PipeReader, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Lines wholly within the first `bytes` of `input`.
fn lines_within(input: &[u8], bytes: usize) -> usize {
    input[..bytes].iter().filter(|byte| **byte == b'\n').count()
}

/// Numbers that look random, the same in every run.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below.max(1)
    }
}

/// Bytes that a stopped run left in a pipe whose writers are gone.
fn left_in(mut pipe: PipeReader) -> usize {
    let mut rest = Vec::new();
    pipe.read_to_end(&mut rest).unwrap();
    rest.len()
}

#[test]
fn what_a_stopped_run_has_consumed_of_a_file_is_answered() {
    let input = posts(60_000);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&input).unwrap();
    let mut dice = dice(3);
    let mut stopped = 0;
    for round in 0..sweep(12, 200) {
        file.rewind().unwrap();
        // The offset is shared: afterwards it says how much was taken.
        let child = tidegate(&["--threads", "3", "--chunk", "4k"])
            .stdin(file.try_clone().unwrap())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(20 + dice(300)));
        signal(&child, if round % 2 == 0 { "TERM" } else { "INT" });
        let output = child.wait_with_output().unwrap();
        let consumed = usize::try_from(file.stream_position().unwrap()).unwrap();
        match output.status.code() {
            Some(0) => assert_eq!(consumed, input.len()),
            // Before the handlers are in place a signal ends it as any program.
            None => assert_eq!(output.stdout.len(), 0),
            status => assert_eq!(status, Some(if round % 2 == 0 { 143 } else { 130 })),
        }
        stopped += usize::from(consumed > 0 && consumed < input.len());
        assert_eq!(prefix_of_posts(&output.stdout), lines_within(&input, consumed));
    }
    assert!(stopped > 0, "no run was stopped in its middle");
}

#[test]
fn what_a_stopped_run_has_consumed_of_a_pipe_is_answered() {
    let mut dice = dice(5);
    for round in 0..sweep(10, 200) {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut child = tidegate(&["--threads", "2", "--chunk", "4k"])
            .stdin(reader.try_clone().unwrap())
            .spawn()
            .unwrap();
        let feeding = std::thread::spawn(move || {
            let mut sent = Vec::new();
            for n in 0..200_000 {
                let line = format!("{{\"id\":{n},\"text\":\"post {n}\"}}\n");
                // Whole or not at all: a line is far below what a pipe takes at once.
                if writer.write_all(line.as_bytes()).is_err() {
                    break;
                }
                sent.extend_from_slice(line.as_bytes());
            }
            sent
        });
        let mut stdout = child.stdout.take().unwrap();
        let reading = std::thread::spawn(move || {
            let mut got = Vec::new();
            stdout.read_to_end(&mut got).unwrap();
            got
        });
        std::thread::sleep(Duration::from_millis(40 + dice(150)));
        signal(&child, if round % 2 == 0 { "TERM" } else { "INT" });
        let status = child.wait().unwrap();
        // What it did not take is still in the pipe; while it is read, the feeder goes on.
        let left = left_in(reader);
        let sent = feeding.join().unwrap();
        let got = reading.join().unwrap();
        if status.code().is_some() {
            assert_eq!(prefix_of_posts(&got), lines_within(&sent, sent.len() - left), "{status}");
        }
    }
}

#[test]
fn a_slow_reader_of_the_verdicts_gets_all_of_them_and_slows_the_input_down() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut child = tidegate(&["--threads", "2"]).stdin(reader).spawn().unwrap();
    let (progress, sent) = std::sync::mpsc::channel();
    let count = 400_000;
    let feeding = std::thread::spawn(move || {
        for part in 0..count / 1000 {
            for n in part * 1000..(part + 1) * 1000 {
                writeln!(writer, "{{\"id\":{n},\"text\":\"post {n}\"}}").unwrap();
            }
            progress.send(()).unwrap();
        }
    });
    // No reader. The input blocks when pipes and jobs are full.
    let mut parts = 0;
    while sent.recv_timeout(Duration::from_millis(1500)).is_ok() {
        parts += 1;
    }
    assert!(parts < count / 1000, "all of it was taken while nobody read");
    let held = super::program::peak_kilobytes(&child);
    assert!(held < 80 * 1024, "{held} kB while nobody reads");
    let mut stdout = child.stdout.take().unwrap();
    let mut got = Vec::new();
    stdout.read_to_end(&mut got).unwrap();
    feeding.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(prefix_of_posts(&got), count);
}

#[test]
fn a_reader_that_leaves_anywhere_gets_a_prefix_and_silence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("posts.jsonl");
    // More verdicts than the reader takes and the pipe (1 MiB) holds together, or the run may
    // end before it is left.
    fs::write(&file, posts(80_000)).unwrap();
    let mut dice = dice(7);
    for round in 0..sweep(8, 100) {
        let from_pipe = round % 2 == 0;
        let name = file.to_str().unwrap();
        let mut command = tidegate(if from_pipe { &[] } else { std::slice::from_ref(&name) });
        if from_pipe {
            command.stdin(File::open(&file).unwrap());
        }
        let mut child = command.spawn().unwrap();
        let mut part = vec![0; usize::try_from(dice(500_000)).unwrap()];
        child.stdout.take().unwrap().read_exact(&mut part).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), said(&output)), (141, String::new()));
        let whole = part.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        prefix_of_posts(&part[..whole]);
    }
}

/// A socket that takes little at once and does not wait: writes are short or refused.
fn reluctant_socket() -> (UnixStream, OwnedFd) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    (ours, theirs.into())
}

#[test]
fn short_writes_and_refused_writes_lose_nothing() {
    let count = 60_000;
    let (mut ours, theirs) = reluctant_socket();
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(&posts(count)).unwrap();
    input.rewind().unwrap();
    let child = tidegate(&[]).stdin(input).stdout(theirs).spawn().unwrap();
    let mut got = Vec::new();
    let mut part = [0; 3000];
    loop {
        std::thread::sleep(Duration::from_micros(if got.len() < 300_000 { 500 } else { 0 }));
        match ours.read(&mut part).unwrap() {
            0 => break,
            length => got.extend_from_slice(&part[..length]),
        }
    }
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(prefix_of_posts(&got), count);
}

#[test]
fn input_that_does_not_wait_is_waited_for() {
    let (ours, theirs) = reluctant_socket();
    let child = tidegate(&[]).stdin(theirs).spawn().unwrap();
    for part in posts(500).chunks(701) {
        (&ours).write_all(part).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(ours);
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), prefix_of_posts(&output.stdout)), (0, 500));
}

/// A run under strace with a fault injected, `None` where there is no strace.
fn injected(inject: &str, arguments: &[&str], out: &File) -> Option<std::process::Output> {
    if !is_there("strace") {
        skip("no strace");
        return None;
    }
    let program = tidegate(arguments);
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e", inject]).arg(program.get_program());
    command.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(out.try_clone().unwrap());
    command.stderr(Stdio::piped());
    Some(command.output().unwrap())
}

/// Runs with a failure injected at call 1, 2, 3 …, until no call is left to fail. `judge`
/// receives the status, the output and the messages; it returns whether the run was
/// unaffected. Returns the number of calls.
fn sweep_calls(
    inject: &str,
    chunk: &str,
    judge: impl Fn(usize, &std::process::Output, &[u8]) -> bool,
) -> Option<usize> {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.jsonl");
    fs::write(&input, posts(40)).unwrap();
    for call in 1.. {
        let out = folder.path().join("out");
        let file = File::create(&out).unwrap();
        let inject = format!("inject={inject}:when={call}");
        // One thread: calls are counted thread by thread.
        let how = ["--threads", "1", "--chunk", chunk, input.to_str().unwrap()];
        let output = injected(&inject, &how, &file)?;
        if judge(call, &output, &fs::read(&out).unwrap()) {
            return Some(call - 1);
        }
        assert!(call < 500, "it never ends");
    }
    None
}

#[test]
fn a_disk_that_fills_up_at_any_write_is_reported() {
    for (error, text) in [("ENOSPC", "No space left"), ("EIO", "Input/output error")] {
        let inject = format!("write:error={error}");
        let calls = sweep_calls(&inject, "256", |call, output, written| {
            let lines = prefix_of_posts(written);
            if code(output) == 0 {
                assert_eq!(lines, 40, "call {call}: success with {lines} of 40");
                return true;
            }
            assert_eq!(code(output), 4, "call {call}: {}", said(output));
            assert!(said(output).contains(text), "call {call}: {}", said(output));
            assert!(lines < 40, "call {call}");
            false
        });
        assert!(calls.is_none_or(|calls| calls >= 5), "only {calls:?} writes were failed");
    }
}

#[test]
fn interrupted_calls_change_nothing() {
    for call in ["write", "read"] {
        let inject = format!("{call}:error=EINTR");
        sweep_calls(&inject, "256", |at, output, written| {
            // The loader of the system reads libraries first, and gives up on its own account.
            if !said(output).contains("error while loading shared libraries") {
                assert_eq!(code(output), 0, "{call} {at}: {}", said(output));
                assert_eq!(prefix_of_posts(written), 40, "{call} {at}");
            }
            at == 30
        });
    }
}

#[test]
fn a_failing_read_is_reported_and_keeps_the_lines_before() {
    let mut failed = 0;
    // Reads before the first of the input belong to starting; the sweep goes past them.
    for call in 1..60 {
        let folder = tempfile::tempdir().unwrap();
        let (input, out) = (folder.path().join("posts.jsonl"), folder.path().join("out"));
        fs::write(&input, posts(40)).unwrap();
        let inject = format!("inject=read:error=EIO:when={call}");
        let how = ["--threads", "1", "--chunk", "256", input.to_str().unwrap()];
        let Some(output) = injected(&inject, &how, &File::create(&out).unwrap()) else { return };
        let lines = kinds(&fs::read(&out).unwrap()).len();
        match output.status.code() {
            Some(0) => assert_eq!(lines, 40, "call {call}"),
            Some(4) => {
                failed += 1;
                assert!(said(&output).contains("Input/output error"), "{}", said(&output));
                assert!(lines <= 40, "call {call}");
            }
            // The loader of the system and the rules come before the first byte.
            status => assert!(matches!(status, Some(2 | 127)) && lines == 0, "{status:?}"),
        }
    }
    assert!(failed >= 3, "only {failed} reads of the input were failed");
}

#[test]
fn a_file_that_cannot_reach_the_disk_is_no_success() {
    for flags in [&[][..], &["--resume"]] {
        let folder = tempfile::tempdir().unwrap();
        let (input, out) = (folder.path().join("posts.jsonl"), folder.path().join("out.jsonl"));
        fs::write(&input, posts(40)).unwrap();
        let how = [&["--out", out.to_str().unwrap(), input.to_str().unwrap()][..], flags].concat();
        let nothing = File::create(folder.path().join("nothing")).unwrap();
        let inject = "inject=fdatasync:error=EIO";
        let Some(output) = injected(inject, &how, &nothing) else { return };
        assert_eq!(code(&output), 4, "{}", said(&output));
        assert!(said(&output).contains("Input/output error"), "{}", said(&output));
    }
}

#[test]
fn a_full_file_system_leaves_what_can_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.jsonl");
    fs::write(&input, posts(60_000)).unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    // In a mount namespace of its own: 1 MiB, then 16.
    let script = r#"
        mount -t tmpfs -o size=1m none "$1" || exit 77
        shift
        "$@"; first=$?
        mount -o remount,size=16m "$OLDPWD" || exit 77
        "$@"; second=$?
        cat "$OLDPWD/out.jsonl"
        echo "$first $second" >&2
    "#;
    let out = disk.join("out.jsonl");
    let program = tidegate(&["--resume", "--out", out.to_str().unwrap(), input.to_str().unwrap()]);
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh", disk.to_str().unwrap()]);
    command.arg(program.get_program()).args(program.get_args());
    command.current_dir(program.get_current_dir().unwrap()).env("OLDPWD", &disk);
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    let Ok(output) = command.output() else {
        skip("no unshare");
        return;
    };
    if output.status.code() == Some(77) || said(&output).contains("unshare failed") {
        skip("not allowed to mount");
        return;
    }
    let said = said(&output);
    assert!(said.contains("No space left on device") && said.ends_with("4 0\n"), "{said}");
    assert_eq!(prefix_of_posts(&output.stdout), 60_000);
}

#[test]
fn too_little_memory_ends_the_run_and_never_loses_a_line_silently() {
    if !is_there("prlimit") {
        skip("no prlimit");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("posts.jsonl");
    let count = 20_000;
    fs::write(&input, posts(count)).unwrap();
    let name = input.to_str().unwrap();
    let (mut good, mut bad) = (0, 0);
    let step = if is_full() { 1 } else { 6 };
    for megabytes in (2..300).step_by(step).chain([1000]) {
        for source in [name, "/dev/stdin"] {
            let program = tidegate(&["--threads", "3", "--chunk", "1M", source]);
            let mut command = within(megabytes, &program);
            command.stdin(Stdio::null());
            if source != name {
                command.stdin(File::open(&input).unwrap());
            }
            let output = command.output().unwrap();
            let whole = output.stdout.ends_with(b"\n") || output.stdout.is_empty();
            if output.status.success() {
                good += 1;
                assert_eq!(prefix_of_posts(&output.stdout), count, "{megabytes} MiB");
            } else {
                bad += 1;
                assert!(whole, "{megabytes} MiB: {}", output.status);
                prefix_of_posts(&output.stdout);
            }
        }
    }
    assert!(good > 0 && bad > 0, "{good} with enough memory, {bad} with too little");
}

/// Every row of the table of exit statuses, brought about.
#[test]
fn every_exit_status_of_the_table_is_met() {
    let status_of = |arguments: &[&str], input: &[u8]| code(&super::program::run(arguments, input));
    let bad = b"nonsense\n";
    let stopped = |name: &str| {
        let mut child: Child = tidegate(&[]).spawn().unwrap();
        child.stdin.as_ref().unwrap().write_all(&posts(1)).unwrap();
        let mut first = [0; 5];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        signal(&child, name);
        let stdin = child.stdin.take();
        let status = child.wait_with_output().unwrap().status.code().unwrap();
        drop(stdin);
        status
    };
    let left = {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let out = writer.as_fd().try_clone_to_owned().unwrap();
        let child = tidegate(&[]).stdin(Stdio::null()).stdout(out).spawn().unwrap();
        child.wait_with_output().unwrap()
    };
    // Nothing is written, so a closed reader is not detected. With a post it is.
    assert!([0, 141].contains(&code(&left)));
    let gone = {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = tidegate(&[]).stdout(writer).spawn().unwrap();
        // It may have gone before it reads.
        let _ = child.stdin.take().unwrap().write_all(&posts(1));
        code(&child.wait_with_output().unwrap())
    };
    let met = [
        status_of(&[], &[bad, &*posts(1)].concat()),
        status_of(&["--fail-on", "flag"], b"{\"text\":\"casino\"}\n"),
        status_of(&["--no-such-flag"], b""),
        status_of(&["--strict"], bad),
        status_of(&["--out", "/dev/full"], &posts(1)),
        stopped("HUP"),
        stopped("INT"),
        gone,
        stopped("TERM"),
    ];
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operating.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once("\n## Exit status\n").unwrap();
    let rows = section.split("\n## ").next().unwrap().lines().filter(|row| row.starts_with("| "));
    let listed: Vec<i32> =
        rows.filter_map(|row| row.split('|').nth(1)?.trim().parse().ok()).collect();
    assert_eq!(met.to_vec(), listed, "observed left, the table of docs/operating.md right");
    let help = super::program::run(&["--help"], b"");
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, rows) = help.split_once("Exit status:\n").unwrap();
    let in_help: Vec<i32> =
        rows.lines().map_while(|row| row.split_whitespace().next()?.parse().ok()).collect();
    assert_eq!(in_help, listed, "--help left, the table of docs/operating.md right");
}

#[test]
fn a_standard_output_that_is_closed_at_the_start_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("verdicts.jsonl");
    let program = env!("CARGO_BIN_EXE_tidegate");
    let status = |arguments: &str, output: &str| {
        let line = format!("echo '{{\"text\":\"a\"}}' | '{program}' {arguments} {output}");
        let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for arguments in ["", "-o -", "--version", "--help", "explain hello", "packs"] {
        let (code, said) = status(arguments, ">&-");
        assert_eq!(code, Some(4), "{arguments}: {said}");
        assert!(said.contains("closed when the program started"), "{arguments}: {said}");
        // As Python's `subprocess.DEVNULL` opens it.
        for open in ["> /dev/null", "1<> /dev/null"] {
            assert_eq!(status(arguments, open).0, Some(0), "{arguments} {open}");
        }
    }
    let (code, said) = status(&format!("-q -o '{}'", file.display()), ">&-");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert_eq!(std::fs::read_to_string(file).unwrap(), "{\"id\":null,\"action\":\"allow\"}\n");
}
