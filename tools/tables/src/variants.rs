//! Traditional → simplified Chinese, one character to one.

use std::collections::BTreeMap;

use hanconv::RawDictionary;

/// Pairs that OpenCC's tables of this version lack, a variant and the
/// simplified character in general use. They go before the tables.
const SUPPLEMENT: &str = "擡抬 椀碗 舖铺 谿溪 貍狸 遶绕 邨村 龢和 劄札 箚札 幷并 迺乃 筦管 搧扇 犇奔 喆哲 堃坤 \
                          拚拼 牴抵 𰻞𰻝";

/// Regional variants that must not be merged, because the mainland reads the
/// character as another word: Taiwan writes 幺 (the smallest) as 么, which is
/// the 么 of 什么.
const NOT_MERGED: [char; 1] = ['么'];

/// The map from each variant to its simplified character. No value is a key.
pub fn simplified() -> BTreeMap<char, char> {
    let mut map: BTreeMap<char, char> = BTreeMap::new();
    for (from, to) in supplement().chain(pairs(RawDictionary::TSCharacters)) {
        map.entry(from).or_insert(to);
    }
    for regional in [RawDictionary::TWVariants, RawDictionary::HKVariants] {
        for (standard, variants) in regional.var_iter() {
            for variant in variants.iter().filter_map(|text| single(text)) {
                add_regional(&mut map, single(standard), variant);
            }
        }
    }
    map.retain(|from, to| from != to);
    let direct = map.clone();
    for to in map.values_mut() {
        *to = end_of_chain(&direct, *to);
    }
    map.retain(|from, to| from != to);
    map
}

fn add_regional(map: &mut BTreeMap<char, char>, standard: Option<char>, variant: char) {
    let Some(standard) = standard else { return };
    let (to, from) = (resolve(map, standard), resolve(map, variant));
    if to != from && !NOT_MERGED.contains(&variant) {
        map.insert(from, to);
    }
}

fn pairs(dictionary: RawDictionary) -> impl Iterator<Item = (char, char)> {
    dictionary.iter().filter_map(|(from, to)| Some((single(from)?, single(to)?)))
}

fn supplement() -> impl Iterator<Item = (char, char)> {
    SUPPLEMENT.split(' ').filter_map(|pair| {
        let mut chars = pair.chars();
        Some((chars.next()?, chars.next()?))
    })
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn resolve(map: &BTreeMap<char, char>, c: char) -> char {
    *map.get(&c).unwrap_or(&c)
}

/// Follows `c` to a character that maps to nothing else.
///
/// # Panics
///
/// If the tables contain a cycle: an error in the input data.
fn end_of_chain(map: &BTreeMap<char, char>, c: char) -> char {
    let mut at = c;
    for _ in 0..8 {
        let next = resolve(map, at);
        if next == at {
            return at;
        }
        at = next;
    }
    panic!("circle of variants at {c}");
}
