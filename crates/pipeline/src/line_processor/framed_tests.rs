//! Records in frames have the verdicts that they have as lines, in frames of their own.

use super::tests::classifier;
use super::*;
use proptest::prelude::*;
use std::io::Read;
use tidegate_engine::domain::field::Names;
use tidegate_engine::lines::{Cut, Cutter, CutterSettings, FrameCutter};
use tidegate_engine::output::{Labels, Style};
use tidegate_engine::post::Mapping;

const LINE_BYTES_MAX: usize = 100;

/// How a stream is read.
#[derive(Clone, Copy, Debug)]
struct How {
    framing: Option<Framing>,
    chunk_bytes: usize,
    step: usize,
    panics_on: Option<&'static str>,
}

/// Hands out at most so many bytes per read.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Drip(rest, step) = self;
        let length = rest.len().min(buffer.len()).min(*step);
        rest.read(&mut buffer[..length])
    }
}

/// The verdicts of a stream, with their frames.
fn output(classifier: &Classifier, style: Style, stream: &[u8], how: How) -> Vec<u8> {
    let plan = Plan::new(&Mapping::default(), &Names::default()).unwrap();
    let encoder = Encoder::new(Labels::of(classifier), style);
    let processor = LineProcessor::new(classifier, &plan, &encoder, Selection::ALL, LINE_BYTES_MAX);
    let mut processor = processor.framing(how.framing);
    processor.panics_on = how.panics_on;
    let settings = CutterSettings { chunk_bytes: how.chunk_bytes, line_bytes_max: LINE_BYTES_MAX };
    let mut lines = Cutter::new(settings);
    let mut frames = how.framing.map(|framing| FrameCutter::new(framing, settings));
    let (mut input, mut chunk) = (Drip(stream, how.step), Chunk::default());
    let (mut scratch, mut all, mut out) = (processor.scratch(), Vec::new(), Vec::new());
    loop {
        let (cut, is_whole) = match &mut frames {
            None => (lines.next(&mut input, &mut chunk, || true).unwrap(), true),
            Some(frames) => match frames.next(&mut input, &mut chunk, || true) {
                Ok(cut) => (cut, true),
                Err(_) => {
                    let has_place = frames.take_tail(&mut chunk);
                    (if has_place { Cut::Chunk } else { Cut::End }, false)
                }
            },
        };
        if cut == Cut::End {
            break;
        }
        out.clear();
        processor.process(&mut scratch, &chunk, &mut out);
        all.extend_from_slice(&out);
        if !is_whole {
            break;
        }
    }
    let summary = scratch.into_summary();
    let records = match how.framing {
        None => all.split_inclusive(|byte| *byte == b'\n').count(),
        Some(framing) => unframed(framing, &all).len(),
    };
    assert_eq!((summary.lines(), summary.written), (records as u64, records as u64));
    all
}

/// The records of frames that are whole.
fn unframed(framing: Framing, mut stream: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    while !stream.is_empty() {
        let (length, header, end) = match framing {
            Framing::Netstring => {
                let colon = stream.iter().position(|byte| *byte == b':').unwrap();
                let digits = std::str::from_utf8(&stream[..colon]).unwrap();
                (digits.parse().unwrap(), colon + 1, &b","[..])
            }
            Framing::Length => {
                let length: [u8; 4] = stream[..4].try_into().unwrap();
                (u32::from_be_bytes(length) as usize, 4, &b""[..])
            }
        };
        let (record, rest) = stream[header..].split_at(length);
        stream = rest.strip_prefix(end).unwrap();
        all.push(String::from_utf8(record.to_vec()).unwrap());
    }
    all
}

fn framed(framing: Framing, records: &[String]) -> (Vec<u8>, Vec<usize>) {
    let (mut stream, mut starts) = (Vec::new(), Vec::new());
    for record in records {
        starts.push(stream.len());
        framing.push(&mut stream, record.as_bytes()).unwrap();
    }
    (stream, starts)
}

/// Verdicts of `records` as lines, each with `starts` in place of the offset of its line.
fn as_lines(style: Style, records: &[String], starts: &[usize]) -> Vec<String> {
    let classifier = classifier();
    let stream: String = records.iter().map(|record| format!("{record}\n")).collect();
    let how = How { framing: None, chunk_bytes: 1000, step: 1000, panics_on: None };
    let verdicts = String::from_utf8(output(&classifier, style, stream.as_bytes(), how)).unwrap();
    let mut line_start = 0;
    let moved = verdicts.lines().zip(records).zip(starts).map(|((verdict, record), start)| {
        let (own, other) = (format!("\"offset\":{line_start},"), format!("\"offset\":{start},"));
        line_start += record.len() + 1;
        assert_eq!(verdict.contains("unreadable"), verdict.contains(&own), "{verdict}");
        verdict.replacen(&own, &other, 1)
    });
    moved.collect()
}

const FRAMINGS: [Framing; 2] = [Framing::Netstring, Framing::Length];

/// Verdicts of records in frames, read in every way; all are equal.
fn as_frames(style: Style, framing: Framing, stream: &[u8]) -> Vec<String> {
    let classifier = classifier();
    let mut all: Option<Vec<u8>> = None;
    for (chunk_bytes, step) in [(1000, 1000), (4, 1), (50, 7), (101, 64)] {
        let how = How { framing: Some(framing), chunk_bytes, step, panics_on: None };
        let verdicts = output(&classifier, style, stream, how);
        assert_eq!(*all.get_or_insert(verdicts.clone()), verdicts, "{how:?}");
    }
    unframed(framing, &all.unwrap_or_default())
}

fn record() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(casino|cinema| |é|\\\\n){0,4}".prop_map(|text| format!("{{\"id\":7,\"text\":\"{text}\"}}")),
        1 => "[ {}\"a,:0-9]{0,9}",
        1 => "x{90,130}",
        1 => Just("{\"id\":\"y\"}".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn frames_are_judged_as_lines(
        records in prop::collection::vec(record(), 0..9),
        annotate: bool,
        stamp: bool,
    ) {
        let style = Style { annotate, stamp, ..Style::default() };
        for framing in FRAMINGS {
            let (stream, starts) = framed(framing, &records);
            let expected = as_lines(style, &records, &starts);
            prop_assert_eq!(as_frames(style, framing, &stream), expected);
        }
    }

    /// White space between tokens changes nothing but the places of errors.
    #[test]
    fn line_ends_between_tokens_change_nothing(
        texts in prop::collection::vec("(casino|cinema|, |\\{|\\\\n){0,4}", 1..7),
        breaks in prop::collection::vec("[\n\r ]{0,2}", 5),
    ) {
        let style = Style::default();
        let written = |texts: &[String], spaces: &[String]| -> Vec<String> {
            let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|at| &spaces[at]);
            let one = |text: &String| format!("{a}{{{b}\"id\":7,{c}\"text\"{d}:\"{text}\"}}{e}");
            texts.iter().map(one).collect()
        };
        let plain = written(&texts, &vec![String::new(); 5]);
        let spaced = written(&texts, &breaks);
        for framing in FRAMINGS {
            let expected = as_frames(style, framing, &framed(framing, &plain).0);
            prop_assert!(expected.iter().all(|verdict| !verdict.contains("unreadable")));
            prop_assert_eq!(as_frames(style, framing, &framed(framing, &spaced).0), expected);
        }
    }
}

#[test]
fn a_record_with_line_ends_is_one_record() {
    let records = [
        "{\"id\":1,\"text\":\"a casino\"}",
        "{\"id\":2,\n\"text\":\"two\nlines\"}\n",
        "{\"id\":3,\"text\":\"x\"}\n{\"id\":4,\"text\":\"y\"}",
        "",
        "\n\n",
        "{\"id\":5,\"text\":\"z\"}\r",
    ]
    .map(str::to_owned);
    let style = Style { annotate: true, ..Style::default() };
    for framing in FRAMINGS {
        let (stream, starts) = framed(framing, &records);
        let verdicts = as_frames(style, framing, &stream);
        assert_eq!(verdicts.len(), 6);
        assert!(verdicts[0].contains("\"action\":\"flag\""), "{verdicts:?}");
        assert_eq!(
            verdicts[1],
            "{\"id\":2,\"text\":\"two\\nlines\",\"tidegate\":{\"id\":2,\"action\":\"allow\"}}"
        );
        let refused = |at: usize, rest: &str| {
            format!("{{\"id\":null,\"offset\":{},\"action\":\"unreadable\",{rest}}}", starts[at])
        };
        let two = "\"error\":\"bad_json\",\"detail\":\"trailing characters at byte 21\"";
        let empty = "\"error\":\"empty\",\"detail\":\"blank line\"";
        assert_eq!(verdicts[2..5], [refused(2, two), refused(3, empty), refused(4, empty)]);
        assert!(verdicts[5].contains("\"id\":5,\"action\":\"allow\""));
    }
}

#[test]
fn a_panic_affects_only_its_own_record() {
    let texts = ["one", "TRAP\nx", "casino\n", "TRAP", "five"];
    let records: Vec<String> =
        texts.iter().map(|text| format!("{{\"id\":0,\"text\":\"{text}\"}}")).collect();
    let classifier = classifier();
    for framing in FRAMINGS {
        let (stream, starts) = framed(framing, &records);
        for chunk_bytes in [4, 60, 1000] {
            let panics_on = Some("TRAP");
            let how = How { framing: Some(framing), chunk_bytes, step: 1000, panics_on };
            let verdicts = output(&classifier, Style::default(), &stream, how);
            let verdicts = unframed(framing, &verdicts);
            assert_eq!(verdicts.len(), 5);
            for (at, verdict) in verdicts.iter().enumerate() {
                let is_internal = verdict.contains("\"error\":\"internal\"");
                assert_eq!(is_internal, texts[at].starts_with("TRAP"), "{verdict}");
                let offset = format!("\"offset\":{},", starts[at]);
                assert_eq!(verdict.contains(&offset), is_internal, "{verdict}");
            }
            assert!(verdicts[2].contains("\"action\":\"flag\""), "{verdicts:?}");
        }
    }
}

#[test]
fn a_broken_frame_has_the_last_verdict() {
    for (framing, stream, detail) in [
        (Framing::Netstring, &b"2:{},5:short"[..], "the frame at byte 5 is cut off before its `,`"),
        (
            Framing::Netstring,
            b"2:{},{\"id\":1}",
            "expected the length of a netstring at byte 5, found `{`",
        ),
        (
            Framing::Length,
            b"\0\0\0\x02{}\0\0\0\x05hi",
            "the frame at byte 6 is cut off after 2 of 5 bytes",
        ),
        (Framing::Length, b"\0\0\0\x02{}\0", "the length of the frame at byte 6 is cut off"),
    ] {
        let verdicts = as_frames(Style::default(), framing, stream);
        assert_eq!(verdicts.len(), 2, "{verdicts:?}");
        assert!(verdicts[0].contains("\"error\":\"no_text\""));
        let at = if framing == Framing::Netstring { 5 } else { 6 };
        assert_eq!(
            verdicts[1],
            format!(
                "{{\"id\":null,\"offset\":{at},\"action\":\"unreadable\",\"error\":\"bad_frame\",\"detail\":\"{detail}\"}}"
            )
        );
    }
}
