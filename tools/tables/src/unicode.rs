//! Queries of the Unicode character database.

use icu_properties::props::{DefaultIgnorableCodePoint, Emoji, GeneralCategory, Script};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData};

/// One past the last code point.
pub const CODE_POINTS: u32 = 0x11_0000;

/// Every character (code points without the surrogates).
pub fn chars() -> impl Iterator<Item = char> {
    (0..CODE_POINTS).filter_map(char::from_u32)
}

/// The general category.
pub fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// The script property (not its extensions).
pub fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

/// The scripts in which `c` is used: its script extensions.
pub fn scripts(c: char) -> Vec<Script> {
    ScriptWithExtensions::new().get_script_extensions_val(c).iter().collect()
}

/// Is `c` a mark: nonspacing, spacing or enclosing?
pub fn is_mark(c: char) -> bool {
    use GeneralCategory as C;
    matches!(category(c), C::NonspacingMark | C::SpacingMark | C::EnclosingMark)
}

/// Is `c` an emoji, alone or with a variation selector?
pub fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<Emoji>().contains(c)
}

/// Is `c` invisible unless software does something special with it?
pub fn is_default_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Is `c` permanently unassigned?
pub fn is_noncharacter(c: char) -> bool {
    let cp = c as u32;
    (0xFDD0..=0xFDEF).contains(&cp) || cp & 0xFFFE == 0xFFFE
}
