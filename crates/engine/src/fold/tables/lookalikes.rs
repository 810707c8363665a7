//! Lookalike classes: characters that look alike.

use std::sync::LazyLock;

use super::charset::pair;
use super::generated_lookalikes::LOOKALIKES;

/// The lookalike classes of folded text.
///
/// Letters of other scripts and leetspeak go to ASCII letters (`0 o`, `1 l | ! i`, `3 e`, `4
/// @ a`, `5 $ s`, `7 t`, `8 b`, `9 g`), digits of other scripts with them; regional
/// indicators to letters; radicals, katakana, Japanese forms and often swapped characters to
/// a Chinese one. Both `!` and `@` are noise by [`super::noise`] and yet have a class: code
/// that skips noise must test for noise before it maps to classes.
pub fn lookalikes() -> &'static LookalikeTable {
    static TABLE: LazyLock<LookalikeTable> = LazyLock::new(LookalikeTable::new);
    &TABLE
}

/// For each symbol of a folded text, the symbol of its class. The mapping is idempotent.
#[derive(Debug)]
pub struct LookalikeTable {
    flat: Box<[u16; 0x1_0000]>,
    /// Characters above U+FFFF with a class, ascending.
    astral: Vec<(u32, u16)>,
}

impl LookalikeTable {
    fn new() -> LookalikeTable {
        let mut flat = super::fold::boxed(0);
        for (cp, symbol) in flat.iter_mut().enumerate() {
            *symbol = cp as u16;
        }
        let mut table = LookalikeTable { flat, astral: Vec::new() };
        for (class, members) in LOOKALIKES {
            let class = class.encode_utf16(&mut [0; 2])[0];
            for c in members.chars() {
                table.set(u32::from(c), class);
            }
        }
        table.astral.sort_unstable();
        table
    }

    fn set(&mut self, cp: u32, class: u16) {
        match u16::try_from(cp) {
            Ok(symbol) => self.flat[usize::from(symbol)] = class,
            Err(_) => self.astral.push((cp, class)),
        }
    }

    /// The class of a character of one symbol; most are their own class. So is a surrogate:
    /// use [`LookalikeTable::class_of_pair`] for pairs.
    #[inline]
    pub fn class(&self, symbol: u16) -> u16 {
        self.flat[usize::from(symbol)]
    }

    /// The class of the character of a surrogate pair. `None`: its own.
    #[inline]
    pub fn class_of_pair(&self, high: u16, low: u16) -> Option<u16> {
        let cp = pair(high, low);
        self.astral.binary_search_by_key(&cp, |entry| entry.0).ok().map(|at| self.astral[at].1)
    }

    /// [`LookalikeTable::class`] for all symbols, as an array.
    #[inline]
    pub fn flat(&self) -> &[u16; 0x1_0000] {
        &self.flat
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::table;
    use super::*;

    fn classes(text: &str) -> String {
        let mut out = String::new();
        for c in char::decode_utf16(table().fold(text)).flatten() {
            let class = match *c.encode_utf16(&mut [0; 2]) {
                [symbol] => Some(lookalikes().class(symbol)),
                [high, low] => lookalikes().class_of_pair(high, low),
                _ => None,
            };
            out.push(class.and_then(|class| char::from_u32(u32::from(class))).unwrap_or(c));
        }
        out
    }

    #[test]
    fn classes_are_their_own_class() {
        let table = lookalikes();
        let astral = table.astral.iter().map(|entry| entry.1);
        for class in table.flat().iter().copied().chain(astral) {
            assert_eq!(table.class(class), class, "{class:04X}");
        }
    }

    #[test]
    fn classes_are_folded() {
        for (class, members) in LOOKALIKES {
            for c in members.chars().chain([*class]) {
                let folded = table().fold(&c.to_string());
                assert_eq!(folded, c.encode_utf16(&mut [0; 2]), "{c:?}");
            }
        }
    }

    /// The alphabets of text generators, a letter for each of a to z; `·` where they have none.
    /// Not read: letters turned upside down, because their words run backwards.
    const ALPHABETS: [(&str, &str); 30] = [
        ("bold", "𝐚𝐛𝐜𝐝𝐞𝐟𝐠𝐡𝐢𝐣𝐤𝐥𝐦𝐧𝐨𝐩𝐪𝐫𝐬𝐭𝐮𝐯𝐰𝐱𝐲𝐳"),
        ("bold capitals", "𝐀𝐁𝐂𝐃𝐄𝐅𝐆𝐇𝐈𝐉𝐊𝐋𝐌𝐍𝐎𝐏𝐐𝐑𝐒𝐓𝐔𝐕𝐖𝐗𝐘𝐙"),
        ("italic", "𝑎𝑏𝑐𝑑𝑒𝑓𝑔ℎ𝑖𝑗𝑘𝑙𝑚𝑛𝑜𝑝𝑞𝑟𝑠𝑡𝑢𝑣𝑤𝑥𝑦𝑧"),
        ("script", "𝒶𝒷𝒸𝒹ℯ𝒻ℊ𝒽𝒾𝒿𝓀𝓁𝓂𝓃ℴ𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏"),
        ("script capitals", "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵"),
        ("bold script", "𝓪𝓫𝓬𝓭𝓮𝓯𝓰𝓱𝓲𝓳𝓴𝓵𝓶𝓷𝓸𝓹𝓺𝓻𝓼𝓽𝓾𝓿𝔀𝔁𝔂𝔃"),
        ("fraktur", "𝔞𝔟𝔠𝔡𝔢𝔣𝔤𝔥𝔦𝔧𝔨𝔩𝔪𝔫𝔬𝔭𝔮𝔯𝔰𝔱𝔲𝔳𝔴𝔵𝔶𝔷"),
        ("fraktur capitals", "𝔄𝔅ℭ𝔇𝔈𝔉𝔊ℌℑ𝔍𝔎𝔏𝔐𝔑𝔒𝔓𝔔ℜ𝔖𝔗𝔘𝔙𝔚𝔛𝔜ℨ"),
        ("double-struck", "𝕒𝕓𝕔𝕕𝕖𝕗𝕘𝕙𝕚𝕛𝕜𝕝𝕞𝕟𝕠𝕡𝕢𝕣𝕤𝕥𝕦𝕧𝕨𝕩𝕪𝕫"),
        ("sans-serif bold", "𝗮𝗯𝗰𝗱𝗲𝗳𝗴𝗵𝗶𝗷𝗸𝗹𝗺𝗻𝗼𝗽𝗾𝗿𝘀𝘁𝘂𝘃𝘄𝘅𝘆𝘇"),
        ("sans-serif italic", "𝘢𝘣𝘤𝘥𝘦𝘧𝘨𝘩𝘪𝘫𝘬𝘭𝘮𝘯𝘰𝘱𝘲𝘳𝘴𝘵𝘶𝘷𝘸𝘹𝘺𝘻"),
        ("monospace", "𝚊𝚋𝚌𝚍𝚎𝚏𝚐𝚑𝚒𝚓𝚔𝚕𝚖𝚗𝚘𝚙𝚚𝚛𝚜𝚝𝚞𝚟𝚠𝚡𝚢𝚣"),
        ("full width", "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"),
        ("circled", "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ"),
        ("negative circled", "🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩"),
        ("squared", "🄰🄱🄲🄳🄴🄵🄶🄷🄸🄹🄺🄻🄼🄽🄾🄿🅀🅁🅂🅃🅄🅅🅆🅇🅈🅉"),
        ("negative squared", "🅰🅱🅲🅳🅴🅵🅶🅷🅸🅹🅺🅻🅼🅽🅾🅿🆀🆁🆂🆃🆄🆅🆆🆇🆈🆉"),
        ("parenthesised", "⒜⒝⒞⒟⒠⒡⒢⒣⒤⒥⒦⒧⒨⒩⒪⒫⒬⒭⒮⒯⒰⒱⒲⒳⒴⒵"),
        ("small capitals", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ"),
        ("superscript", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ𐞥ʳˢᵗᵘᵛʷˣʸᶻ"),
        ("superscript capitals", "ᴬᴮꟲᴰᴱꟳᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾꟴᴿ·ᵀᵁⱽᵂ···"),
        ("subscript", "ₐ···ₑ··ₕᵢⱼₖₗₘₙₒₚ·ᵣₛₜᵤᵥ·ₓ··"),
        ("currency", "₳฿₵ĐɆ₣₲ⱧłJ₭Ⱡ₥₦Ø₱QⱤ₴₮ɄV₩ӾɎⱫ"),
        ("strokes", "ⱥƀȼđɇ·ǥħɨɉꝁłm·ø··ɍ·ŧᵾ····ƶ"),
        ("Greek and Cyrillic", "αв·∂єƒgнι·кℓмησρqяѕтυνωχуz"),
        ("Cyrillic", "аъсԁеfgһіјкlм·орqгѕтuѵѡхуz"),
        ("Lisu", "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑ·ꓣꓢꓔꓴꓦꓪꓫꓬꓜ"),
        ("Cherokee", "ᎪᏴᏟᎠᎬ·ᏀᎻᎥᎫᏦᏞᎷ··Ꮲ·ᏒᏚᎢ·ᏙᎳ··Ꮓ"),
        ("regional indicators", "🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯🇰🇱🇲🇳🇴🇵🇶🇷🇸🇹🇺🇻🇼🇽🇾🇿"),
        ("leetspeak", "48··3·9·1··1··0···57···×··"),
    ];

    #[test]
    fn letters_of_generators_look_like_their_letters() {
        let mut others = Vec::new();
        for (name, alphabet) in ALPHABETS {
            assert_eq!(alphabet.chars().count(), 26, "{name}");
            for (letter, alike) in ('a'..='z').zip(alphabet.chars()).filter(|it| it.1 != '·') {
                let (own, alike) = (letter.to_string(), alike.to_string());
                if classes(&alike) != classes(&own) {
                    others.push(format!("{name}: {alike} for {own}"));
                }
            }
        }
        assert!(others.is_empty(), "{others:#?}");
    }

    #[test]
    fn letters_of_other_scripts_pass_for_latin() {
        for text in ["casino", "саѕіnо", "САЅІNО", "c4$1n0", "ᴄᴀsɪɴᴏ", "🇨🇦🇸🇮🇳🇴", "ꓚꓮꓢꓲꓠꓳ"]
        {
            assert_eq!(classes(text), classes("casino"), "{text}");
        }
        assert_eq!(classes("fr33"), classes("FREE"));
        assert_eq!(classes("ВКНМРТ"), "bkhmpt");
        assert_eq!(classes("１٢३④"), classes("1234"));
    }

    #[test]
    fn chinese_characters_pass_for_each_other() {
        for (text, plain) in [
            ("徽信", "微信"),
            ("祼聊", "裸聊"),
            ("兔费", "免费"),
            ("発票", "发票"),
            ("囗ロ", "口口"),
            ("⻐釒钅", "金金金"),
            ("1〇〇", "100"),
        ] {
            assert_eq!(classes(text), classes(plain), "{text}");
        }
    }

    #[test]
    fn ordinary_text_keeps_its_classes() {
        for text in ["今晚去吃火锅", "مرحبا", "नमस्ते", "こんにちは", "안녕하세요", "-_.,?"]
        {
            assert_eq!(classes(text), text);
        }
        assert_ne!(classes("人"), classes("入"));
        assert_ne!(classes("什"), classes("十"));
    }
}
