//! Measures fingerprints and templates on generated texts.
//!
//! ```sh
//! cargo run --profile quick -p tidegate-state --example fingerprint_speed
//! ```

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;
use tidegate_state::text::{FieldText, Fingerprinter, TextScratch, template};

/// Frequent characters, so that texts touch as much of the tables as posts do.
const HAN: &str = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感";
const ENGLISH: &str = "the old mill by the river lost its keys again and no one in town knows why ";

/// Posts measured at once: less than a cache holds.
const POSTS: usize = 1_000;
const ROUNDS: usize = 200;

fn main() -> std::io::Result<()> {
    let fingerprinter = Fingerprinter::new(&["免费注册网站导航".to_owned()]);
    let mut out = std::io::stdout().lock();
    for (name, html, make) in [
        ("Chinese, 100 characters", false, chinese as fn(usize) -> String),
        ("Chinese, 100 characters, as HTML", true, chinese),
        ("English, 100 characters", false, english),
        ("number, link, handle, quotation", false, marked),
    ] {
        let texts: Vec<String> = (0..POSTS).map(make).collect();
        let mut scratch = TextScratch::default();
        let nanos = fastest(|| {
            for text in &texts {
                let fields = [FieldText { text, html }];
                black_box(fingerprinter.fingerprint(black_box(&fields), &mut scratch));
            }
        });
        let rate = POSTS as u128 * 1_000_000_000 / nanos;
        writeln!(out, "{name}: {rate} posts/s")?;
    }
    for (name, length) in [("600", 600), ("4,000", 4_000)] {
        let texts: Vec<String> = (0..40).map(|sample| story(sample, length)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut slots = 0;
        let nanos = fastest(|| {
            slots = template(black_box(&texts), &fingerprinter).map_or(0, |it| it.slots.len());
        });
        let micros = nanos / 1_000;
        writeln!(out, "template of 40 samples of {name} characters: {micros} µs, {slots} slots")?;
    }
    Ok(())
}

/// Nanoseconds of the fastest of many rounds, which other programs disturbed least.
fn fastest(mut round: impl FnMut()) -> u128 {
    let time = |_| {
        let begin = Instant::now();
        round();
        begin.elapsed().as_nanos().max(1)
    };
    (0..ROUNDS).map(time).min().unwrap_or(1)
}

/// A number that looks random.
fn mixed(seed: usize) -> usize {
    let seed = (seed as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((seed ^ seed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as usize
}

fn han(seed: usize, length: usize) -> String {
    let all: Vec<char> = HAN.chars().collect();
    let at = |at: usize| all[mixed(seed * 10_007 + at) % all.len()];
    (0..length).map(|place| if place % 14 == 13 { '，' } else { at(place) }).collect()
}

fn chinese(post: usize) -> String {
    han(post, 100)
}

fn english(post: usize) -> String {
    let text = ENGLISH.repeat(2);
    text.chars().skip(post % 50).take(100).collect()
}

fn marked(post: usize) -> String {
    let begin = han(post, 30);
    let code = mixed(post);
    format!(
        "{begin}{code}元 http://a.example/{code} @小城故事 加wx{code}，{}//@乙:别的",
        han(code, 20)
    )
}

/// A story with a name, a number, and some other characters in each sample.
fn story(sample: usize, length: usize) -> String {
    let common: Vec<char> = han(1, length).chars().collect();
    let mut text = han(sample + 2, 4);
    for (place, common) in common.into_iter().enumerate() {
        match mixed(sample * length + place) % 50 {
            0 => text.push_str(&han(sample + place, 1)),
            _ if place % 97 == 96 => text.push_str(&format!("{}个", sample + place)),
            _ => text.push(common),
        }
    }
    text
}
