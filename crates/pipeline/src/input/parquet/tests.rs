//! Files of the writer of the package, and damaged ones.

use super::super::random::RandomAccess;
use super::*;
use crate::stop::Stop;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArrayType, Int32Type, Int64Type,
    Int96, Int96Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

/// One column of a row group: values, and the levels of those that are nested or may be `null`.
enum Data<'d> {
    Bool(&'d [bool], &'d [i16], &'d [i16]),
    Int32(&'d [i32], &'d [i16], &'d [i16]),
    Int64(&'d [i64], &'d [i16], &'d [i16]),
    Int96(&'d [Int96], &'d [i16], &'d [i16]),
    Double(&'d [f64], &'d [i16], &'d [i16]),
    Bytes(&'d [&'d [u8]], &'d [i16], &'d [i16]),
    Fixed(&'d [&'d [u8]], &'d [i16], &'d [i16]),
}

/// A file of these row groups, each a list of columns.
fn written(schema: &str, properties: WriterProperties, groups: &[Vec<Data<'_>>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties.into()).unwrap();
    for columns in groups {
        let mut group = writer.next_row_group().unwrap();
        for column in columns {
            let mut writer = group.next_column().unwrap().unwrap();
            fn levels(levels: &[i16]) -> Option<&[i16]> {
                (!levels.is_empty()).then_some(levels)
            }
            macro_rules! write {
                ($type:ty, $values:expr, $definitions:expr, $repetitions:expr) => {
                    writer
                        .typed::<$type>()
                        .write_batch($values, levels($definitions), levels($repetitions))
                        .map(drop)
                };
            }
            let owned = |values: &[&[u8]]| -> Vec<ByteArray> {
                values.iter().map(|value| value.to_vec().into()).collect()
            };
            let result = match column {
                Data::Bool(values, d, r) => write!(BoolType, values, d, r),
                Data::Int32(values, d, r) => write!(Int32Type, values, d, r),
                Data::Int64(values, d, r) => write!(Int64Type, values, d, r),
                Data::Int96(values, d, r) => write!(Int96Type, values, d, r),
                Data::Double(values, d, r) => write!(DoubleType, values, d, r),
                Data::Bytes(values, d, r) => write!(ByteArrayType, &owned(values), d, r),
                Data::Fixed(values, d, r) => {
                    let values: Vec<_> = owned(values).into_iter().map(Into::into).collect();
                    write!(FixedLenByteArrayType, &values, d, r)
                }
            };
            result.unwrap();
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// The lines of a file, and the error that ended it.
fn read(bytes: &[u8], line_bytes_max: usize) -> (Vec<u8>, Option<String>) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let (mut text, mut rows) = (Vec::new(), rows(file, line_bytes_max));
    let error = rows.read_to_end(&mut text).err();
    assert_eq!(rows.read(&mut [0]).unwrap(), 0, "nothing follows the end");
    (text, error.map(|error| error.to_string()))
}

fn rows(file: File, line_bytes_max: usize) -> Rows {
    let stop = Stop::new(None).unwrap();
    let access = RandomAccess::new(Arc::new(file), stop, Arc::default()).unwrap();
    Rows::new(access, line_bytes_max)
}

fn values(bytes: &[u8]) -> Vec<Value> {
    let (text, error) = read(bytes, 1 << 20);
    assert_eq!(error, None);
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn plain() -> WriterProperties {
    WriterProperties::builder().build()
}

/// Posts with an id, a text that may be missing, and tags.
const POSTS: &str = "message posts {
    required int64 id;
    optional binary text (UTF8);
    optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
}";

/// The columns of three rows: tags are `null`, empty, and two of which one is `null`.
fn three_posts() -> Vec<Data<'static>> {
    vec![
        Data::Int64(&[1, 2, 3], &[], &[]),
        Data::Bytes(&[b"See you.", b"caf\xe9 \"x\""], &[1, 0, 1], &[]),
        Data::Bytes(&[b"sea"], &[0, 1, 3, 2], &[0, 0, 0, 1]),
    ]
}

#[test]
fn rows_of_every_group_are_lines() {
    let bytes = written(POSTS, plain(), &[three_posts(), three_posts()]);
    let (text, error) = read(&bytes, 1000);
    let expected = b"{\"id\":1,\"text\":\"See you.\",\"tags\":null}\n\
        {\"id\":2,\"text\":null,\"tags\":[]}\n\
        {\"id\":3,\"text\":\"caf\xe9 \\\"x\\\"\",\"tags\":[\"sea\",null]}\n";
    assert_eq!((text, error), ([&expected[..], expected].concat(), None));
}

#[test]
fn every_compression_and_encoding_is_read() {
    let texts: Vec<String> = (0..1000).map(|n| format!("text {} {n}", n % 7)).collect();
    let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    let ids: Vec<i64> = (0..1000).collect();
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        for (version, has_dictionary) in
            [(WriterVersion::PARQUET_1_0, true), (WriterVersion::PARQUET_2_0, false)]
        {
            let properties = WriterProperties::builder()
                .set_compression(compression)
                .set_writer_version(version)
                .set_dictionary_enabled(has_dictionary)
                .set_data_page_row_count_limit(100)
                .set_write_batch_size(50)
                .build();
            let schema = "message m { required int64 id; required binary text (UTF8); }";
            let columns = vec![Data::Int64(&ids, &[], &[]), Data::Bytes(&texts, &[], &[])];
            let rows = values(&written(schema, properties, &[columns]));
            assert_eq!(rows.len(), 1000, "{compression:?}");
            assert_eq!(rows[999], json!({ "id": 999, "text": "text 5 999" }));
        }
    }
}

#[test]
fn nested_values_are_objects_and_arrays() {
    let schema = "message m {
        optional group author { required int64 id; optional binary name (UTF8); }
        optional group counts (MAP) {
            repeated group key_value { required int32 key; optional boolean value; }
        }
        required group rows (LIST) {
            repeated group list {
                optional group element (LIST) { repeated group list { required double element; } }
            }
        }
        repeated int32 bare;
        optional group old (LIST) { repeated group array { required int32 x; } }
        optional group older (LIST) { repeated int32 x; }
        repeated group pairs { required int32 a; optional int32 b; }
    }";
    let columns = vec![
        Data::Int64(&[7], &[1, 0], &[]),
        Data::Bytes(&[], &[1, 0], &[]),
        Data::Int32(&[1, 2], &[2, 2, 1], &[0, 1, 0]),
        Data::Bool(&[true], &[3, 2, 1], &[0, 1, 0]),
        // [[1, 2], null, []] and []
        Data::Double(&[1.0, 2.5], &[3, 3, 1, 2, 0], &[0, 2, 1, 1, 0]),
        Data::Int32(&[5, 6], &[1, 1, 0], &[0, 1, 0]),
        Data::Int32(&[8], &[2, 1], &[0, 0]),
        Data::Int32(&[9, 10], &[2, 2, 0], &[0, 1, 0]),
        Data::Int32(&[1, 2], &[1, 1, 0], &[0, 1, 0]),
        Data::Int32(&[3], &[1, 2, 0], &[0, 1, 0]),
    ];
    let expected = [
        json!({
            "author": { "id": 7, "name": null }, "counts": { "1": true, "2": null },
            "rows": [[1.0, 2.5], null, []], "bare": [5, 6], "old": [{ "x": 8 }],
            "older": [9, 10], "pairs": [{ "a": 1, "b": null }, { "a": 2, "b": 3 }],
        }),
        json!({
            "author": null, "counts": {}, "rows": [], "bare": [], "old": [], "older": null,
            "pairs": [],
        }),
    ];
    assert_eq!(values(&written(schema, plain(), &[columns])), expected);
}

#[test]
fn every_type_has_a_form() {
    let schema = "message m {
        required int32 day (DATE);
        required int32 time (TIME(MILLIS,false));
        required int64 moment (TIMESTAMP(NANOS,true));
        required int64 old_moment (TIMESTAMP_MILLIS);
        required int96 older_moment;
        required int32 price (DECIMAL(9,2));
        required fixed_len_byte_array(2) much (DECIMAL(4,1));
        required int64 large (INTEGER(64,false));
        required binary raw;
        required fixed_len_byte_array(16) id (UUID);
        required fixed_len_byte_array(2) half (FLOAT16);
        required binary json (JSON);
    }";
    let mut moment = Int96::new();
    moment.set_data(0, 0, 2_440_588);
    let moments = [moment];
    let columns = vec![
        Data::Int32(&[20_513], &[], &[]),
        Data::Int32(&[43_200_000], &[], &[]),
        Data::Int64(&[1_772_402_415_000_000_001], &[], &[]),
        Data::Int64(&[1_772_402_415_000], &[], &[]),
        Data::Int96(&moments, &[], &[]),
        Data::Int32(&[-1999], &[], &[]),
        Data::Fixed(&[&[0xFF, 0xFF]], &[], &[]),
        Data::Int64(&[-1], &[], &[]),
        Data::Bytes(&[b"\xff\x00"], &[], &[]),
        Data::Fixed(&[&[0xAB; 16]], &[], &[]),
        Data::Fixed(&[&[0x00, 0x3C]], &[], &[]),
        Data::Bytes(&[b"{\"a\":1}"], &[], &[]),
    ];
    let (text, error) = read(&written(schema, plain(), &[columns]), 1 << 20);
    let expected = "{\"day\":\"2026-03-01\",\"time\":\"12:00:00\",\
        \"moment\":\"2026-03-01T22:00:15.000000001Z\",\"old_moment\":\"2026-03-01T22:00:15Z\",\
        \"older_moment\":\"1970-01-01T00:00:00Z\",\"price\":-19.99,\"much\":-0.1,\
        \"large\":18446744073709551615,\"raw\":\"/wA=\",\
        \"id\":\"abababab-abab-abab-abab-abababababab\",\"half\":1.0,\"json\":\"{\\\"a\\\":1}\"}\n";
    assert_eq!((String::from_utf8(text).unwrap().as_str(), error), (expected, None));
}

#[test]
fn a_row_over_the_limit_ends_soon_after_it() {
    let long = vec![b'x'; 5000];
    let schema = "message m { required binary a; required binary b; }";
    let texts: [&[u8]; 2] = [&long, b"y"];
    let columns = || vec![Data::Bytes(&texts, &[], &[]), Data::Bytes(&texts, &[], &[])];
    let (text, error) = read(&written(schema, plain(), &[columns()]), 100);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    assert!((101..5100).contains(&lines[0].len()), "{}", lines[0].len());
    assert_eq!((lines[1], error), (&b"{\"a\":\"y\",\"b\":\"y\"}"[..], None));
}

#[test]
fn damage_is_an_error_wherever_it_is() {
    let properties = || {
        let builder = WriterProperties::builder().set_compression(Compression::SNAPPY);
        builder.set_data_page_row_count_limit(2).set_write_batch_size(2).build()
    };
    let whole = written(POSTS, properties(), &[three_posts(), three_posts()]);
    let (expected, _) = read(&whole, 1000);
    for part in 0..50 {
        let cut = &whole[..whole.len() * part / 50];
        let error = read(cut, 1000).1.unwrap();
        assert!(error.starts_with("damaged or truncated (Parquet): "), "{error}");
    }
    let mut errors = 0;
    for at in 0..whole.len() {
        for flip in [1, 0x10, 0x80, 0xFF] {
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            let (text, error) = read(&damaged, 1000);
            errors += usize::from(error.is_some());
            assert!(text.len() < 100 * expected.len(), "byte {at}");
        }
    }
    assert!(errors > whole.len(), "only {errors} of {}", 4 * whole.len());
}

#[test]
fn a_schema_that_is_too_deep_is_refused() {
    let nested = |depth: usize| {
        let mut schema = "required int32 x;".to_owned();
        for _ in 0..depth {
            schema = format!("required group g {{ {schema} }}");
        }
        written(&format!("message m {{ {schema} }}"), plain(), &[vec![Data::Int32(&[1], &[], &[])]])
    };
    assert_eq!(read(&nested(90), 1 << 20).1, None);
    let error = read(&nested(120), 1 << 20).1.unwrap();
    assert!(error.contains("nested more than 100 groups deep"), "{error}");
}

#[test]
fn a_stop_ends_reading() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&written(POSTS, plain(), &[three_posts()])).unwrap();
    let stop = Stop::new(None).unwrap();
    let access = RandomAccess::new(Arc::new(file), stop.clone(), Arc::default()).unwrap();
    let mut rows = Rows::new(access, 1000);
    let mut first = [0; 8];
    rows.read_exact(&mut first).unwrap();
    stop.raise();
    let mut rest = Vec::new();
    assert_eq!(rows.read_to_end(&mut rest).unwrap_err().to_string(), "stopped");
}
