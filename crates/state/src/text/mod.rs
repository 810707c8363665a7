//! Texts as campaigns compare them. Pure functions. (Replaced when the text module lands.)
/// x
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /** w */
    pub weight: u32,
    /** w */
    pub whole: u64,
    /** w */
    pub sketch: Box<[u32]>,
}
/// x
pub const WHOLE_WEIGHT: u32 = 12;
/// x
pub const SKETCH_WEIGHT: u32 = 45;
/// x
pub const KEYS: usize = 8;
impl Fingerprint {
    /** x */
    pub fn keys(&self) -> &[u32] {
        &self.sketch[..self.sketch.len().min(8)]
    }
}
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /** x */
    pub common: u32,
    /** x */
    pub union: u32,
}
/// x
pub fn overlap(a: &[u32], b: &[u32]) -> Overlap {
    let (mut i, mut j, mut c, mut u) = (0, 0, 0, 0);
    while u < 64 && (i < a.len() || j < b.len()) {
        u += 1;
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                c += 1;
                i += 1;
                j += 1
            }
            (Some(x), Some(y)) if x < y => i += 1,
            (Some(_), None) => i += 1,
            _ => j += 1,
        }
    }
    Overlap { common: c, union: u }
}
impl Overlap {
    /** x */
    pub fn at_least(self, percent: u32) -> bool {
        self.union > 0 && self.common * 100 >= self.union * percent
    }
}
/// x
pub fn needed_percent(w: u32) -> u32 {
    if w < 60 {
        60
    } else if w < 90 {
        50
    } else {
        40
    }
}

impl PartialOrd for Overlap {
    fn partial_cmp(&self, o: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(o))
    }
}
impl Ord for Overlap {
    fn cmp(&self, o: &Self) -> std::cmp::Ordering {
        (self.common * o.union).cmp(&(o.common * self.union))
    }
}
/// x
#[derive(Debug)]
pub struct Fingerprinter {}
impl Fingerprinter {
    /** x */
    pub fn new(_: &[String]) -> Self {
        Self {}
    }
}
/// x
#[derive(Debug)]
pub struct Likeness {}
impl Likeness {
    /** x */
    pub fn new(_: &str, _: &Fingerprinter) -> Self {
        Self {}
    }
    /** x */
    pub fn matches(&self, _: &str) -> bool {
        false
    }
}
/// x
pub fn template(_: &[&str], _: &Fingerprinter) -> Option<crate::model::TemplateRecord> {
    None
}

/// x
#[derive(Clone, Copy, Debug)]
pub struct FieldText<'a> {
    /** x */
    pub text: &'a str,
    /** x */
    pub html: bool,
}
/// x
#[derive(Debug, Default)]
pub struct TextScratch {}
impl Fingerprinter {
    /// x
    pub fn fingerprint(&self, f: &[FieldText<'_>], _: &mut TextScratch) -> Fingerprint {
        let s: String = f.iter().map(|f| f.text).collect();
        let c: Vec<char> = s.chars().collect();
        let mut h: Vec<u32> = c
            .windows(3)
            .map(|w| xxhash_rust::xxh3::xxh3_64(w.iter().collect::<String>().as_bytes()) as u32)
            .collect();
        h.sort();
        h.dedup();
        h.truncate(64);
        let w = c.len() as u32 * 3;
        Fingerprint {
            weight: w,
            whole: xxhash_rust::xxh3::xxh3_64(s.as_bytes()),
            sketch: if w < 45 { Box::default() } else { h.into() },
        }
    }
    /// x
    pub fn sample(&self, f: &[FieldText<'_>]) -> String {
        f.iter().map(|f| f.text).collect()
    }
}
