//! The cutter of frames, compared with a simple one on every split of the same bytes.

use super::*;
use crate::lines::Piece;
use crate::lines::drip::Drip;
use proptest::prelude::*;

/// What a stream gives, each with the byte at which its frame starts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Got {
    Record(u64, Vec<u8>),
    TooLong(u64),
    Broken(u64),
}

/// The length of the netstring at the start of `bytes`, and the bytes of its header.
fn netstring(bytes: &[u8]) -> Option<(usize, usize)> {
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let digits = std::str::from_utf8(&bytes[..colon]).ok()?;
    let length: usize = digits.parse().ok()?;
    (length.to_string() == digits).then_some((length, colon + 1))
}

/// Reference implementation: everything is in memory.
fn slowly(framing: Framing, input: &[u8], record_bytes_max: usize) -> Vec<Got> {
    let (mut at, mut all) = (0, Vec::new());
    while at < input.len() {
        let rest = &input[at..];
        let (header, end) = match framing {
            Framing::Netstring => (netstring(rest), &b","[..]),
            Framing::Length => {
                let length = rest.first_chunk().map(|bytes| u32::from_be_bytes(*bytes) as usize);
                (length.map(|length| (length, 4)), &b""[..])
            }
        };
        let frame = header.and_then(|(length, header)| {
            let record = rest.get(header..header.checked_add(length)?)?;
            rest[header + length..].starts_with(end).then_some(record)
        });
        let (Some(record), Some((_, header))) = (frame, header) else {
            all.push(Got::Broken(at as u64));
            return all;
        };
        all.push(match record.len() > record_bytes_max {
            true => Got::TooLong(at as u64),
            false => Got::Record(at as u64, record.to_vec()),
        });
        at += header + record.len() + end.len();
    }
    all
}

/// What a chunk gives.
fn got_of(chunk: &Chunk, got: &mut Vec<Got>) {
    assert_eq!(chunk.line(), got.len() as u64 + 1);
    assert!(!chunk.is_unterminated());
    if chunk.is_too_long() || chunk.broken().is_some() {
        assert!(chunk.bytes().is_empty() && chunk.pieces(0).next().is_none());
        let offset = chunk.offset();
        got.push(if chunk.is_too_long() { Got::TooLong(offset) } else { Got::Broken(offset) });
        return;
    }
    let pieces: Vec<u8> = chunk.pieces(0).flat_map(|piece| piece.bytes().to_vec()).collect();
    assert_eq!(pieces, chunk.bytes(), "pieces are the whole chunk");
    let mut position = 0;
    for (before, piece) in chunk.one_by_one(0).enumerate() {
        let record = piece.record();
        assert!(
            matches!(piece, Piece::Record(_))
                == (record.contains(&b'\n') || record.ends_with(b"\r"))
        );
        let offset = chunk.offset_of(before, position);
        assert_eq!(chunk.record_at(offset), record);
        assert_eq!(chunk.one_by_one(position).next(), Some(piece));
        got.push(Got::Record(offset, record.to_vec()));
        position += piece.bytes().len();
    }
    assert_eq!(position, chunk.bytes().len());
    assert!(position > 0, "a chunk of nothing");
}

fn cut(
    framing: Framing,
    mut input: Drip<'_>,
    settings: CutterSettings,
    is_eager: bool,
) -> (Vec<Got>, Option<io::Error>) {
    let (mut cutter, mut chunk) = (FrameCutter::new(framing, settings), Chunk::default());
    let (mut got, length) = (Vec::new(), input.rest.len() as u64);
    loop {
        match cutter.next(&mut input, &mut chunk, || is_eager) {
            Ok(Cut::Chunk) => got_of(&chunk, &mut got),
            Ok(Cut::End) => {
                assert_eq!(cutter.offset(), length);
                return (got, None);
            }
            Err(error) => {
                if cutter.take_tail(&mut chunk) {
                    got_of(&chunk, &mut got);
                }
                assert!(!cutter.take_tail(&mut chunk), "the place is returned once");
                assert!(matches!(cutter.next(&mut input, &mut chunk, || true), Ok(Cut::End)));
                return (got, Some(error));
            }
        }
        let most = settings.chunk_bytes.max(settings.line_bytes_max + 1);
        assert!(chunk.buffer.len() <= most, "{settings:?}");
        assert!(cutter.raw.len() <= most + 16, "{settings:?}, {}", cutter.raw.len());
    }
}

/// Compares all ways to read `input`.
fn compare(framing: Framing, input: &[u8]) {
    for line_bytes_max in [4, 5, 12, 100] {
        let expected = slowly(framing, input, line_bytes_max);
        let is_broken = matches!(expected.last(), Some(Got::Broken(_)));
        for chunk_bytes in [1, 5, 9, 64] {
            for step in [1, 2, 3, 7, 64] {
                for is_eager in [false, true] {
                    let settings = CutterSettings { chunk_bytes, line_bytes_max };
                    let (got, error) = cut(framing, Drip::new(input, step), settings, is_eager);
                    let case = format!(
                        "{framing:?} {:?}, limit {line_bytes_max}, chunk {chunk_bytes}, reads \
                         {step}, eager {is_eager}",
                        String::from_utf8_lossy(input)
                    );
                    assert_eq!(got, expected, "{case}");
                    assert_eq!(
                        error
                            .is_some_and(|it| it.get_ref().is_some_and(|it| it.is::<FrameError>())),
                        is_broken,
                        "{case}"
                    );
                    let failing = Drip::failing(input, step);
                    let (got, error) = cut(framing, failing, settings, is_eager);
                    assert_eq!(got, expected, "{case}, failing");
                    assert!(error.is_some(), "{case}, failing");
                }
            }
        }
    }
}

#[test]
fn the_same_records_for_every_read_size_chunk_size_and_limit() {
    for input in [
        &b""[..],
        b"0:,",
        b"1:a,0:,2:bc,",
        b"4:abcd,5:abcde,12:a\nb\r\n\nc: 1:2,,3:xy\r,1:\n,",
        b"30:123456789012345678901234567890,1:x,",
        b"1:a,30:123456789012345678901234567890",
        b"1:a,30:123456789012345678901234567890;1:b,",
        b"1:a,20:short",
        b"1:a,2",
        b"1:a;",
        b"1:a,01:b,",
        b"1:a,00:,",
        b"1:a,x",
        b"1:a,:,",
        b"1:a\n2:bc\n",
        b"{\"text\":\"a\"}\n",
        b"1:a,999999999999999999999999999999:",
    ] {
        compare(Framing::Netstring, input);
    }
    for input in [
        &b""[..],
        b"\0\0\0\0",
        b"\0\0\0\x01a\0\0\0\0\0\0\0\x05ab\ncd\0\0\0\x02x\r",
        b"\0\0\0\x1e123456789012345678901234567890\0\0\0\x01x",
        b"\0\0\0\x01a\0\0\0\x1e12345",
        b"\0\0\0\x01a\0\0\0",
        b"\0\0\0\x01a{\"id\":1}",
    ] {
        compare(Framing::Length, input);
    }
}

#[test]
fn whole_records_are_returned_before_the_input_is_read_again() {
    let mut input = Drip::new(b"3:one,3:two,3:thr", 9);
    let mut cutter = FrameCutter::new(Framing::Netstring, CutterSettings::default());
    let mut chunk = Chunk::default();
    assert_eq!(cutter.next(&mut input, &mut chunk, || true).unwrap(), Cut::Chunk);
    assert_eq!((chunk.bytes(), input.rest), (&b"one\n"[..], &b"wo,3:thr"[..]));
}

#[test]
fn a_length_alone_takes_no_memory() {
    let settings = CutterSettings { chunk_bytes: 64, line_bytes_max: 1 << 28 };
    for (framing, input) in
        [(Framing::Netstring, &b"200000000:x"[..]), (Framing::Length, b"\x0b\xeb\xc2\0x")]
    {
        let (mut cutter, mut chunk) = (FrameCutter::new(framing, settings), Chunk::default());
        let error = cutter.next(&mut Drip::new(input, 9), &mut chunk, || true).unwrap_err();
        assert!(cutter.raw.len() <= 64 && chunk.buffer.len() <= 64);
        assert!(error.to_string().contains("is cut off after 1 of 200000000 bytes"), "{error}");
        assert!(cutter.take_tail(&mut chunk));
        assert!(chunk.broken().is_some_and(|why| why.contains("at byte 0 is cut off")));
    }
}

#[test]
fn frames_up_to_their_own_limit_are_skipped_and_beyond_it_broken() {
    let settings = CutterSettings { chunk_bytes: 1 << 20, line_bytes_max: 100 };
    for (length, is_skipped) in
        [(FRAME_BYTES_MAX - 1, true), (FRAME_BYTES_MAX, true), (FRAME_BYTES_MAX + 1, false)]
    {
        let header = u32::try_from(length).unwrap().to_be_bytes();
        let mut input = header.chain(io::repeat(b'x').take(length)).chain(&b"\0\0\0\x01y"[..]);
        let (mut cutter, mut chunk) =
            (FrameCutter::new(Framing::Length, settings), Chunk::default());
        let first = cutter.next(&mut input, &mut chunk, || false);
        assert_eq!(first.is_ok(), is_skipped, "{length}");
        assert_eq!(chunk.is_too_long(), is_skipped);
        if is_skipped {
            assert_eq!(cutter.next(&mut input, &mut chunk, || false).unwrap(), Cut::Chunk);
            assert_eq!((chunk.bytes(), chunk.offset()), (&b"y\n"[..], 4 + length));
        }
    }
    // A line limit above it counts.
    let settings = CutterSettings { line_bytes_max: 1 << 29, ..settings };
    let header = (1u32 << 29).to_be_bytes();
    let mut cutter = FrameCutter::new(Framing::Length, settings);
    let error = cutter.next(&mut &header[..], &mut Chunk::default(), || true).unwrap_err();
    assert!(error.to_string().contains("is cut off after 0 of 536870912"), "{error}");
}

proptest! {
    /// Records of any bytes come back, and damage never changes what was before it.
    #[test]
    fn records_come_back(
        records in prop::collection::vec(prop::collection::vec("[a,:0-9\n\r]", 0..9), 0..7),
        is_netstring: bool,
        cut_at in 0usize..80,
        flip in prop::option::of((0usize..80, any::<u8>())),
    ) {
        let framing = if is_netstring { Framing::Netstring } else { Framing::Length };
        let mut stream = Vec::new();
        for record in &records {
            prop_assert_eq!(framing.push(&mut stream, record.concat().as_bytes()), Ok(()));
        }
        let whole: Vec<Vec<u8>> = slowly(framing, &stream, 100)
            .into_iter()
            .map(|got| match got {
                Got::Record(_, record) => record,
                other => panic!("{other:?}"),
            })
            .collect();
        let expected: Vec<Vec<u8>> = records.iter().map(|it| it.concat().into_bytes()).collect();
        prop_assert_eq!(whole, expected);
        if let Some((at, byte)) = flip
            && let Some(place) = stream.get_mut(at)
        {
            *place = byte;
        }
        compare(framing, &stream);
        stream.truncate(cut_at);
        compare(framing, &stream);
    }
}
