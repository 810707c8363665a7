//! Cases for each detector, and properties of all of them.

use super::*;
use crate::scan::checks::Check;

#[test]
fn names_are_unique_and_parse_back() {
    for (at, entity) in Entity::ALL.into_iter().enumerate() {
        assert_eq!(entity as usize, at);
        assert_eq!(Entity::from_name(entity.name()), Some(entity));
    }
    assert_eq!(Entity::from_name("phone-xx"), None);
}

#[test]
fn sets_contain_what_was_inserted() {
    let set = EntitySet::of(&[Entity::UsccCn, Entity::PhoneCn]);
    assert_eq!(set.iter().collect::<Vec<_>>(), [Entity::PhoneCn, Entity::UsccCn]);
    assert_eq!(EntitySet::ALL.iter().count(), Entity::ALL.len());
    assert!(EntitySet::default().is_empty() && !set.is_empty());
    assert!(set.has_any(EntitySet::ALL) && !set.has_any(EntitySet::of(&[Entity::Ip])));
}

/// The hits of `entity` if all symbols are joined.
fn found(entity: Entity, text: &str) -> Vec<String> {
    let symbols: Vec<u16> = text.encode_utf16().collect();
    let mut hits = Vec::new();
    find(EntitySet::of(&[entity]), &symbols, &|_| true, &mut hits);
    assert!(
        hits.is_empty()
            || allowed_by(|symbol| symbols.contains(&symbol)).has(entity)
                && PossibleEntities::default().has_any(EntitySet::of(&[entity]), &symbols),
        "the prefilter loses {text:?}"
    );
    let found = |symbols: &[u16], hits: &[Found]| -> Vec<String> {
        hits.iter().map(|hit| slice(symbols, *hit)).collect()
    };
    // The position in a text makes no difference.
    let far = [vec![u16::from(b'\n'); 1000], symbols.clone()].concat();
    let mut hits_there = Vec::new();
    find(EntitySet::of(&[entity]), &far, &|_| true, &mut hits_there);
    assert_eq!(found(&far, &hits_there), found(&symbols, &hits), "{text:?} far from the start");
    found(&symbols, &hits)
}

fn slice(symbols: &[u16], hit: Found) -> String {
    String::from_utf16_lossy(&symbols[hit.start as usize..hit.end as usize])
}

/// Squeezed text: letters and digits, and between which of them noise was skipped.
fn squeezed(text: &str) -> (Vec<u16>, Vec<bool>) {
    let (mut symbols, mut joined) = (Vec::new(), Vec::new());
    let mut has_neighbour = false;
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            symbols.extend(letter.encode_utf16(&mut [0; 2]).iter());
            joined.resize(symbols.len(), true);
            let first = symbols.len() - letter.len_utf16();
            joined[first] = has_neighbour;
        }
        has_neighbour = letter.is_alphanumeric();
    }
    (symbols, joined)
}

fn found_squeezed(entity: Entity, text: &str) -> Vec<String> {
    let (symbols, joined) = squeezed(text);
    let mut hits = Vec::new();
    find(EntitySet::of(&[entity]), &symbols, &|at| joined[at], &mut hits);
    hits.iter().map(|hit| slice(&symbols, *hit)).collect()
}

/// Each text contains exactly the hit next to it.
fn hits(entity: Entity, cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, hit)| (*text, *hit, found(entity, text)))
        .filter(|(_, hit, found)| found != &[*hit])
        .collect();
    assert!(wrong.is_empty(), "text, expected, found: {wrong:#?}");
}

fn misses(entity: Entity, texts: &[&str]) {
    let wrong: Vec<_> = texts
        .iter()
        .map(|text| (*text, found(entity, text)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(wrong.is_empty(), "text, found: {wrong:#?}");
}

#[test]
fn detectors_read_what_folding_leaves() {
    for (entity, text, hit) in [
        (Entity::Handle, "加Ｖ信：ＡＢＣ１２３４５", "v信:abc12345"),
        (Entity::Handle, "➕V❤️：abc12345", "v❤:abc12345"),
        (Entity::Handle, "微信號【win_8888】", "微信号【win_8888"),
        (Entity::PhoneCn, "１３８–００１３–８０００", "138-0013-8000"),
        (Entity::PhoneCn, "①③⑧〇〇①③⑧〇〇〇", "138〇〇138〇〇〇"),
        (Entity::IdCn, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002x"),
        (Entity::Url, "ＨＴＴＰＳ：／／Ａ．ＣＮ／x", "https://a.cn/x"),
        (Entity::Domain, "𝟠𝟠𝟞𝟛𝟛.𝕥𝕠𝕡", "88633.top"),
    ] {
        let folded = String::from_utf16_lossy(&crate::fold::fold(text));
        assert_eq!(found(entity, &folded), [hit], "{text} folded to {folded}");
    }
}

#[test]
fn mobile_numbers() {
    hits(
        Entity::PhoneCn,
        &[
            ("13800138000", "13800138000"),
            ("电话13800138000联系", "13800138000"),
            ("138-0013-8000", "138-0013-8000"),
            ("138 0013 8000", "138 0013 8000"),
            ("1380 013 8000", "1380 013 8000"),
            ("138 001 38000", "138 001 38000"),
            ("+86 13800138000", "+86 13800138000"),
            ("+8613800138000", "+8613800138000"),
            ("86-138-0013-8000", "86-138-0013-8000"),
            ("0086 138 0013 8000", "0086 138 0013 8000"),
            ("(+86)138 0013 8000", "+86)138 0013 8000"),
            ("一三八零零一三八零零零", "一三八零零一三八零零零"),
            ("加幺三八00幺三八000吧", "幺三八00幺三八000"),
            ("唯一13800138000", "13800138000"),
            ("tel13800138000", "13800138000"),
            ("1.13800138000", "13800138000"),
            ("13800138000v", "13800138000"),
            ("13800138000wx", "13800138000"),
            ("13800138000vx同号", "13800138000"),
            ("加13800138000看", "13800138000"),
            ("vx13800138000tongbu", "13800138000"),
            ("13800138000vx888999", "13800138000"),
            ("13800138000tel", "13800138000"),
            ("dh13800138000", "13800138000"),
            ("13800138000一个", "13800138000"),
            ("13800138000.", "13800138000"),
        ],
    );
    misses(
        Entity::PhoneCn,
        &[
            "12800138000",
            "1380013800",
            "138001380001",
            "a13800138000",
            "13800138000a",
            "13800138000cafe",
            "13800138000kb",
            "13800138000usdt",
            "13800138000d4",
            "a1b2c313800138000d4",
            "vx13800138000d4",
            "13800138000abcdefghi",
            "13800138000é",
            "0,13800138000",
            "13800138000a",
            "hotel13800138000",
            "0.13800138000",
            "13800138000.50",
            "13-800138000",
            "13--800138000",
            "一三八零零一三八零零零万",
            "一三八零零一三八零零零零",
            "400-820-8820",
            "10086",
        ],
    );
    assert_eq!(
        found(Entity::PhoneCn, "13800138000,13900139000 15000150000"),
        ["13800138000", "13900139000", "15000150000"]
    );
}

#[test]
fn telephones_of_any_country() {
    hits(
        Entity::Phone,
        &[
            ("13800138000v", "13800138000"),
            ("(0571)87654321", "(0571)87654321"),
            ("(+86)138 0013 8000", "(+86)138 0013 8000"),
            ("+4930123456", "+4930123456"),
            ("+49 (0)30 23125-123", "+49 (0)30 23125-123"),
            ("ruf +49 30 23125 123 an", "+49 30 23125 123"),
            ("+1 (202) 555-0143", "+1 (202) 555-0143"),
            ("+12025550143.", "+12025550143"),
            ("tel+33 1 99 00 12 34", "+33 1 99 00 12 34"),
            ("+44 20 7946 0958", "+44 20 7946 0958"),
            ("+44 020 7946 0958", "+44 020 7946 0958"),
            ("+91 98765 43210", "+91 98765 43210"),
            ("+7 912 345-67-89", "+7 912 345-67-89"),
            ("+353 20 913 1234", "+353 20 913 1234"),
            ("0049 30 23125123", "0049 30 23125123"),
            ("001 202 555 0143", "001 202 555 0143"),
            ("(202) 555-0143", "(202) 555-0143"),
            ("202-555-0143x12", "202-555-0143"),
            ("202.555.0143", "202.555.0143"),
            ("1-202-555-0143", "1-202-555-0143"),
            ("1 (202) 555-0143", "1 (202) 555-0143"),
            ("020 7946 0958", "020 7946 0958"),
            ("0161 496 0123", "0161 496 0123"),
            ("(01632) 960123", "(01632) 960123"),
            ("07700 900123", "07700 900123"),
            ("030/23125123", "030/23125123"),
            ("06 39 98 12 34", "06 39 98 12 34"),
            ("01.99.00.12.34", "01.99.00.12.34"),
            ("090-1234-5678", "090-1234-5678"),
            ("010-1234-5678", "010-1234-5678"),
            ("0491 570 006", "0491 570 006"),
            ("(02) 5550 1234", "(02) 5550 1234"),
            ("(11) 91234-5678", "(11) 91234-5678"),
            ("11 91234-5678", "11 91234-5678"),
            ("8 (912) 345-67-89", "8 (912) 345-67-89"),
            ("call me at home 555-0142", "555-0142"),
            ("tel2025550143", "2025550143"),
            ("phone: 9123 4567", "9123 4567"),
            ("text me on 612 345 678", "612 345 678"),
        ],
    );
    misses(
        Entity::Phone,
        &[
            "1998-2003",
            "tel aviv 1998-2004",
            "mobile world congress 2019-2021",
            "cell biology 1998-2004",
            "call 2020-12-31",
            "tel 20201231",
            "202 555 0143",
            "2025550143",
            "555-0142",
            "excellent 555-0142",
            "order 345-678-9012",
            "order no. 345-678-9012",
            "订单号 345-678-9012",
            "$345-678-9012",
            "123-456-7890",
            "202-155-0143",
            "202-555-01432",
            "1-2-202-555-0143",
            "4111-202-555-0143",
            "9 202-555-0143-7",
            "+40.7127837",
            "+49.123456789",
            "+1000000000",
            "+4500000000",
            "2+4930123456",
            "x+4930123456",
            "+0123456789",
            "0012025550143",
            "01 05 12 23 34",
            "07 23 11 45 02",
            "31-12-2020 12:30",
            "09-12-2020",
            "call 5000000 people",
            "call 1234567 人",
            "phone 123-45-6789",
            "call 4111 1111 1111 1111",
            "call 1234567.5",
            "phone 1,234,567",
            "0.2025550143",
            "a.cn/202-555-0143",
            "192.168.100.1000",
            "978-3-16-148410-0",
            "(1998) 2004-2010",
            "75000 80000",
            "sections 010 and 020 7946",
        ],
    );
    assert_eq!(
        found(Entity::Phone, "boston 02134 617-555-0143"),
        ["617-555-0143"],
        "a post code before a number"
    );
    assert_eq!(found_squeezed(Entity::Phone, "1 3 8*0-0 1 3 8 0 0 0"), ["13800138000"]);
    assert_eq!(found_squeezed(Entity::Phone, "202-555-0143"), [] as [&str; 0]);
}

#[test]
fn mentions() {
    hits(
        Entity::Mention,
        &[
            ("@anna_99", "@anna_99"),
            ("thanks @anna!", "@anna"),
            ("找@anna聊", "@anna"),
            ("@anna@mastodon.example", "@anna@mastodon.example"),
            ("at @anna@social.example.", "@anna@social.example"),
            ("回复@小明的猫:好", "@小明的猫"),
            ("//@anna:转", "@anna"),
            ("@anna.photo is", "@anna.photo"),
            ("@anna.bsky.example", "@anna.bsky.example"),
            ("ig: anna", "ig: anna"),
            ("snap: name", "snap: name"),
            ("ig: tix_seller99", "ig: tix_seller99"),
            ("instagram tix_seller99", "instagram tix_seller99"),
            ("insta @anna", "insta @anna"),
            ("my ig is anna_99", "ig is anna_99"),
            ("telegram: @some_name", "telegram: @some_name"),
            ("dm me @tix_seller99", "@tix_seller99"),
            ("snap - anna99 hmu", "snap - anna99"),
            ("微博:anna99", "微博:anna99"),
        ],
    );
    misses(
        Entity::Mention,
        &[
            "anna@mail.example",
            "me@",
            "@ anna",
            "@2x",
            "@100",
            "@override",
            "@media (min-width: 1px)",
            "@route('/x')",
            "@types/node",
            "https://example.com/@anna",
            "all of @gmail.com",
            "@everyone",
            "@所有人",
            "@例子.中国",
            "a.b@c",
            "snap: what a day",
            "facebook: the company",
            "ig: https://example.com",
            "ig: me@example.com",
            "big: anna99",
            "threads: inputs",
            "tiktok|tenor",
            "oh snap it is 99",
            "telegram channels are full",
            "ig: 12345",
        ],
    );
    assert_eq!(found(Entity::Mention, "@anna@ben hi"), ["@anna", "@ben"]);
    assert_eq!(found(Entity::Mention, "ig: anna | snap: ben99"), ["ig: anna", "snap: ben99"]);
}

#[test]
fn fixed_lines() {
    hits(
        Entity::PhoneCn,
        &[
            ("010-65529988", "010-65529988"),
            ("010-6552-9988", "010-6552-9988"),
            ("(0571)87654321", "0571)87654321"),
            ("(0571) 8765 4321", "0571) 8765 4321"),
            ("0571 87654321", "0571 87654321"),
            ("0913-2345678", "0913-2345678"),
            ("0913-234-5678", "0913-234-5678"),
            ("+86-571-87654321", "+86-571-87654321"),
            ("+86 10 65529988", "+86 10 65529988"),
            ("86-0571-87654321", "86-0571-87654321"),
        ],
    );
    misses(
        Entity::PhoneCn,
        &[
            "01065529988",
            "010-1234567",
            "010-12345678",
            "026-65529988",
            "0442-6552998",
            "020 7946 0000",
            "571-87654321",
            "0571-876543210",
            "07911 123456",
        ],
    );
}

#[test]
fn squeezed_numbers_begin_and_end_where_noise_was() {
    let phone = |text| found_squeezed(Entity::PhoneCn, text);
    assert_eq!(phone("1 3 8*0-0 1 3 8 0 0 0"), ["13800138000"]);
    assert_eq!(phone("2024 138 00138 000 50"), ["13800138000"]);
    assert_eq!(phone("202413800138000 50"), [] as [&str; 0]);
    assert_eq!(phone("010 -- 65529988"), ["01065529988"]);
    assert_eq!(phone("01065529988"), [] as [&str; 0]);
    let id = |text| found_squeezed(Entity::IdCn, text);
    assert_eq!(id("440524 * 18800101 * 0014"), ["440524188001010014"]);
    assert_eq!(id("9 440524188001010014 9"), ["440524188001010014"]);
    assert_eq!(id("9440524188001010014"), [] as [&str; 0]);
    assert_eq!(found_squeezed(Entity::BankCard, "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1").len(), 1);
    assert_eq!(found_squeezed(Entity::BankCard, "4111*1111*1111*1111").len(), 1);
    assert_eq!(found_squeezed(Entity::BankCard, "41 11111 111111 111").len(), 0);
}

#[test]
fn identity_numbers() {
    hits(
        Entity::IdCn,
        &[
            ("身份证 440524188001010014", "440524188001010014"),
            ("11010519491231002x", "11010519491231002x"),
            ("440524 18800101 0014", "440524 18800101 0014"),
            ("110105-1949-12-31-002x", "110105-1949-12-31-002x"),
            ("110105 19491231 002 x", "110105 19491231 002 x"),
            ("身份证号:110105491231002", "110105491231002"),
            ("他的号是440524188001010014啊", "440524188001010014"),
        ],
    );
    misses(
        Entity::IdCn,
        &[
            "订单号 440524188001010015",
            "440524188013010014",
            "流水号9440524188001010014",
            "4405241880010100140",
            "a440524188001010014",
            "110105194912310021",
            "110105491231002",
            "身份证号:110105491331002",
            "身份证号:990105491231002",
            "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 x",
            "0.440524188001010014",
        ],
    );
}

#[test]
fn bank_cards() {
    hits(
        Entity::BankCard,
        &[
            ("4111111111111111", "4111111111111111"),
            ("卡号4111 1111 1111 1111。", "4111 1111 1111 1111"),
            ("5555-5555-5555-4444", "5555-5555-5555-4444"),
            ("2223003122003222", "2223003122003222"),
            ("378282246310005", "378282246310005"),
            ("3782 822463 10005", "3782 822463 10005"),
            ("30569309025904", "30569309025904"),
            ("3530111333300000", "3530111333300000"),
            ("6011111111111117", "6011111111111117"),
            ("6222020000000000001 6222021234567890128", "6222021234567890128"),
            ("卡号=4111111111111111", "4111111111111111"),
            ("6222 0212 3456 7890 128", "6222 0212 3456 7890 128"),
            ("622202 1234567890128", "622202 1234567890128"),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
            ("（/4111111111111111", "4111111111111111"),
            ("4111111111111111.", "4111111111111111"),
            ("4111.1111.1111.1111", "4111.1111.1111.1111"),
            ("1. 4111111111111111", "4111111111111111"),
        ],
    );
    misses(
        Entity::BankCard,
        &[
            "4111111111111112",
            "1111111111111117",
            "41111111111111111",
            "411 111111 1111111",
            "6222 0212 3456 7890128",
            "62220 21234567890128",
            "4111 111111 111111",
            "0.4221165755827173",
            "{\"x\": 0.5209384176131452}",
            "17.4111111111111111",
            "0,4111111111111111",
            "4111111111111111.5",
            "622202.1234567890128",
            "weibo.com/u/4111111111111111",
            "a.cn?id=4111111111111111",
            "0000000000000000",
            "x4111111111111111",
        ],
    );
}

/// Which numbers of digits a card whose number begins so may have (ISO/IEC 7812).
#[test]
fn cards_have_the_length_of_their_network() {
    let number = |prefix: &str, count: usize| {
        let body = format!("{prefix:0<width$}", width = count - 1);
        let mut whole = (0..10).map(|check| format!("{body}{check}"));
        whole.find(|number| Check::Luhn.holds_for(number.as_bytes())).expect("some digit checks")
    };
    let networks: [(&[&str], &[usize]); 9] = [
        (&["62"], &[16, 17, 18, 19]),
        (&["40", "45", "49"], &[13, 16, 19]),
        (&["51", "55", "2221", "2300", "2719", "2720"], &[16]),
        (&["34", "37"], &[15]),
        (&["300", "305", "36", "38", "39"], &[14]),
        (&["3528", "3589", "6011", "644", "649", "65"], &[16, 17, 18, 19]),
        (&["5018", "5020", "5038", "6304", "6759", "6761", "6762", "6763"], &[16, 17, 18, 19]),
        (&["2220", "2721", "306", "3527", "3590", "6012", "643"], &[]),
        (&["5019", "6303", "6760", "6764", "56", "61", "66", "68", "70", "99", "10"], &[]),
    ];
    for (prefixes, counts) in networks {
        for prefix in prefixes {
            for count in 12..=20 {
                let number = number(prefix, count);
                let whole = found(Entity::BankCard, &number).contains(&number);
                assert_eq!(whole, counts.contains(&count), "{number}, {count} digits");
            }
        }
    }
}

#[test]
fn social_security_numbers() {
    hits(
        Entity::SsnUs,
        &[
            ("123-45-6789", "123-45-6789"),
            ("my ssn is 123 45 6789", "123 45 6789"),
            ("social security number: 123456789", "123456789"),
            ("ssn 123456789", "123456789"),
            ("ssn:123 45 6789", "123 45 6789"),
            ("soc sec 123456789", "123456789"),
            ("社会安全号123456789", "123456789"),
            ("is 123-45-6789, yes", "123-45-6789"),
            ("123-45-6789- or so", "123-45-6789"),
        ],
    );
    misses(
        Entity::SsnUs,
        &[
            "123456789",
            "123 45 6789",
            "000-45-6789",
            "666-45-6789",
            "900-45-6789",
            "123-00-6789",
            "123-45-0000",
            "078-05-1120",
            "123-45-67890",
            "1-123-45-6789",
            "123-45-6789-1",
            "12-345-6789",
        ],
    );
}

#[test]
fn email_addresses() {
    hits(
        Entity::Email,
        &[
            ("邮箱abc@163.com联系", "abc@163.com"),
            ("a.b+c_d%e-f@mail.example.co.uk.", "a.b+c_d%e-f@mail.example.co.uk"),
            ("<x@y.museum>", "x@y.museum"),
            ("..abc@d.io", "abc@d.io"),
            ("13800138000@139.com", "13800138000@139.com"),
            ("abc@163点com", "abc@163点com"),
            ("@anna, me@a.com", "me@a.com"),
            ("a@b@c.com", "b@c.com"),
        ],
    );
    misses(
        Entity::Email,
        &[
            "@abc.com",
            "abc@",
            "abc@def",
            "abc@.com",
            "abc@d.c",
            "abc@-d.com",
            "icon@2x.png",
            "a..b@c.com",
            "a.@c.com",
            "abc@1.23",
            "@anna@mastodon.example",
            "at @anna@mastodon.example.",
            "找@anna@mastodon.example",
        ],
    );
    let long = format!("{}@b.com", "a".repeat(LOCAL));
    assert_eq!(found(Entity::Email, &long), [long.as_str()]);
    misses(Entity::Email, &[&format!("a{long}")]);
}

/// The longest local part.
const LOCAL: usize = 64;

#[test]
fn web_addresses() {
    hits(
        Entity::Url,
        &[
            ("点击https://a.cn/x?y=1&z=2#q。", "https://a.cn/x?y=1&z=2#q"),
            ("see http://example.com.", "http://example.com"),
            ("(http://example.com/a_(b))", "http://example.com/a_(b)"),
            ("www.example.com/x", "www.example.com/x"),
            ("http://1.2.3.4:8080/a", "http://1.2.3.4:8080/a"),
            ("http://哈哈.cc点击", "http://哈哈.cc"),
            ("https://a.cn好的", "https://a.cn"),
            ("xhttp://a.cn!!!", "http://a.cn"),
            ("hxxps://a.top", "hxxps://a.top"),
            ("http://user@host/", "http://user@host/"),
            ("http://user@host.example/x", "http://user@host.example/x"),
            ("ftp://a.b:c%20d@files.example:21/", "ftp://a.b:c%20d@files.example:21/"),
            ("https://example.com@host.example", "https://example.com@host.example"),
            ("http://例子.中国", "http://例子.中国"),
            ("打开http://例子.中国看看", "http://例子.中国"),
            ("http://例子.测试/a", "http://例子.测试/a"),
            ("http://саит.рф/x", "http://саит.рф/x"),
            ("www.пример.рф, да", "www.пример.рф"),
            ("http://ex.コム", "http://ex.コム"),
            ("www。example。com", "www。example。com"),
            ("www。example。com。我们", "www。example。com"),
            ("看http://example。com/a。", "http://example。com/a"),
            ("http://163。com", "http://163。com"),
            ("www.example。co。uk", "www.example。co。uk"),
            ("www。例子。中国", "www。例子。中国"),
            ("http://a.cn。then go", "http://a.cn"),
            ("http://a.cn。com is", "http://a.cn"),
            ("http://a.cn。中国", "http://a.cn"),
            ("http://a.b.потом", "http://a.b"),
        ],
    );
    misses(
        Entity::Url,
        &[
            "http://",
            "http://localhost",
            "http://@a.cn",
            "www。",
            "www。我们。来",
            "http://localhost。我们",
            "http://localhost。then",
            "user@host/",
            "http:/a.cn",
            "awww.a.cn",
            "http://.a",
            "www.",
            "a://b.c",
        ],
    );
}

#[test]
fn bare_domains() {
    hits(
        Entity::Domain,
        &[
            ("浏览器2dsp.top", "2dsp.top"),
            ("地址:哈皇.cc", "哈皇.cc"),
            ("nht62点top", "nht62点top"),
            ("wdx09.vi", "wdx09.vi"),
            ("a.example.co.uk", "a.example.co.uk"),
            ("visit Example.com, now".to_lowercase().as_str(), "example.com"),
            ("163.com", "163.com"),
            ("x1.in", "x1.in"),
            ("abc.fun/play", "abc.fun"),
            ("注册abc.fun领", "abc.fun"),
            ("win88.live", "win88.live"),
            ("abc.com.this", "abc.com"),
            ("done.it/was", "done.it"),
            ("done.it:8080", "done.it"),
            ("例子.中国", "例子.中国"),
            ("网址 例子.中国。", "例子.中国"),
            ("саит.рф", "саит.рф"),
            ("на саит.рф.", "саит.рф"),
            ("abc.公司", "abc.公司"),
            ("地址:例子.公司", "例子.公司"),
            ("пример.com", "пример.com"),
            ("例え.みんな", "例え.みんな"),
            ("예시.한국", "예시.한국"),
            ("网站example。com上", "example。com"),
            ("example点com", "example点com"),
            ("8863。top", "8863。top"),
        ],
    );
    misses(
        Entity::Domain,
        &[
            "e.g. this",
            "3.5",
            "main.rs",
            "readme.md",
            "a1.zip",
            "done.it was",
            "hello.me and",
            "http://a.cn/b.com",
            "me@a.com",
            "asp.net",
            "-.com",
            ".com",
            "我的app。vip用户",
            "用app。ai很好",
            "我去了北京.中国人民",
            "这是一家很大的公司.公司",
            "это мои саит.дети играют",
            "а.рф",
            "саит.рфа",
            "@例子.中国",
            "我们。中国",
            "u/a.com",
            "a..com",
            "下午5点to",
            "4.ai引擎",
            "d.va谁",
            "done.it/ was",
            "done.it: 5",
        ],
    );
}

#[test]
fn names_side_by_side_are_both_found() {
    let domains = |text: &str| found(Entity::Domain, text);
    assert_eq!(domains("163.com,win88.live"), ["163.com", "win88.live"]);
    assert_eq!(domains("163.com/a,win88.live"), ["163.com"], "a path goes on");
    for (letters, is_name) in [(62, true), (63, true), (64, false)] {
        let name = format!("{}.example.com", "a1".repeat(letters / 2) + &"b"[..letters % 2]);
        let whole = domains(&name).contains(&name);
        assert_eq!(whole, is_name, "a label of {letters}");
    }
    hits(Entity::Email, &[("a点bc@example.com", "bc@example.com")]);
}

#[test]
fn internet_addresses() {
    hits(
        Entity::Ip,
        &[
            ("1.2.3.40", "1.2.3.40"),
            ("服务器192.168.0.1:8080", "192.168.0.1"),
            ("255.255.255.255.", "255.255.255.255"),
            ("http://10.0.0.1/", "10.0.0.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[fe80::1]:80", "fe80::1"),
            ("2001:db8:0:0:0:0:0:1.", "2001:db8:0:0:0:0:0:1"),
            ("at 2001:db8::, no", "2001:db8::"),
            ("at 2001:db8::1: no", "2001:db8::1"),
            (
                "1111:2222:3333:4444:5555:6666:123.123.123.123",
                "1111:2222:3333:4444:5555:6666:123.123.123.123",
            ),
            ("at 2001:db8::1.: no", "2001:db8::1"),
            ("example.com/192.0.2.1:80", "192.0.2.1"),
            ("localhost/192.0.2.1", "192.0.2.1"),
            ("node7/192.0.2.1:8020", "192.0.2.1"),
            ("https://example.com/lookup/192.0.2.1", "192.0.2.1"),
            ("version of the host: 192.0.2.1", "192.0.2.1"),
            ("ip-192.0.2.1", "192.0.2.1"),
        ],
    );
    misses(
        Entity::Ip,
        &[
            "1.2.3",
            "1.2.3.256",
            "1.2.3.40.5",
            "6.2.3.1",
            "v1.2.3.40",
            "mozilla/5.0 chrome/120.0.0.0 safari/537.36",
            "edg/120.0.10.20",
            "my-app_2/10.20.30.40",
            "chrome 120.0.0.0",
            "version 1.2.3.40",
            "version: 1.2.3.40",
            "版本号1.2.3.40",
            "固件 v.1.2.3.40",
            "升级到1.2.3.40",
            "1.2.3.40-beta",
            "1.2.3.40版",
            "library-1.2.3.40",
            "0.1.2.30",
            "01.2.3.40",
            "1.2.3.40a",
            "12:30:45",
            "std::dec",
            "a::b",
            "2024:10",
        ],
    );
}

#[test]
fn handles_with_a_word() {
    hits(
        Entity::Handle,
        &[
            ("加v信:abc12345", "v信:abc12345"),
            ("vx:win_8888", "vx:win_8888"),
            ("加微信 abc12345", "微信 abc12345"),
            ("微信hahaxiyou01", "微信hahaxiyou01"),
            ("致富微信ylfafazir", "微信ylfafazir"),
            ("微信客服chenaihh领取", "微信客服chenaihh"),
            ("微信号:13800138000", "微信号:13800138000"),
            ("薇信 138 0013 8000", "薇信 138 0013 8000"),
            ("qq群123456789", "qq群123456789"),
            ("qq 66778899", "qq 66778899"),
            ("和尚qq: 11111889", "qq: 11111889"),
            ("q:1452203057", "q:1452203057"),
            ("企鹅349624371", "企鹅349624371"),
            ("加v138001380", "v138001380"),
            ("加vabc12345", "vabc12345"),
            ("+v abcdefgh", "v abcdefgh"),
            ("v: abc12345", "v: abc12345"),
            ("实惠,v:daxuexyz", "v:daxuexyz"),
            ("薇❤ zls1314ss", "薇❤ zls1314ss"),
            ("佳v[爱心] qqpp760520", "v[爱心] qqpp760520"),
            ("加个v、h0855jjy了解", "v、h0855jjy"),
            ("加我薇sh45689sh", "薇sh45689sh"),
            ("wx13800138000", "wx13800138000"),
            ("裙:123456789", "裙:123456789"),
            ("扣扣号为12345678", "扣扣号为12345678"),
            ("telegram: @some_name", "telegram: @some_name"),
            ("tg@some_name1", "tg@some_name1"),
            ("飞机号:abcde12", "飞机号:abcde12"),
            ("whatsapp +1 (202) 555-0143", "whatsapp +1 (202) 555-0143"),
            ("line id: some.name", "line id: some.name"),
            ("wechat id abc12345", "wechat id abc12345"),
            ("my wechat is: abc12345", "wechat is: abc12345"),
            ("微信❤️:abc12345", "微信❤️:abc12345"),
            ("推广🛰号:hahaxiyou01", "🛰号:hahaxiyou01"),
            ("扣扣三四五六七八九零", "扣扣三四五六七八九零"),
            ("加微信abc12345.", "微信abc12345"),
            ("加微信abc12345. 快", "微信abc12345"),
            ("qq群123456789快来", "qq群123456789"),
            ("qq 66778899,来", "qq 66778899"),
            ("qq 66778899. 2", "qq 66778899"),
        ],
    );
    misses(
        Entity::Handle,
        &[
            "@some_name",
            "微信支付",
            "微信iphone版本",
            "微信 iphone14专属",
            "微信windows客户端",
            "微信20000人",
            "微信 a12",
            "微信 https://a.cn",
            "微信 example.com",
            "wx abcdefgh",
            "my wechat friends are here",
            "飞机 boeing737",
            "telegram channels are full",
            "扣10000元",
            "qq群12345678人",
            "qq 66778899.5",
            "qq 1234567890123",
            "微信abc12345.com",
            "v[]abc12345",
            "qq012345678",
            "svx:abc12345",
            "watch?v=abc12345",
            "someone v: something",
            "vid already",
            "snapchat @somebody",
            "某某v//@somebody1",
            "bottom line: everything",
            "qq音乐12345678",
            "群里有123456789个",
        ],
    );
}

#[test]
fn fillers_have_a_limit() {
    let text = |spaces: usize| format!("微信{}abc12345", " ".repeat(spaces));
    assert_eq!(found(Entity::Handle, &text(12)), [text(12)]);
    misses(Entity::Handle, &[&text(13)]);
}

/// The cost is linear on texts made to be expensive: the number of calls of `joined` grows no
/// faster than the text, for every repeated unit.
#[test]
fn work_grows_with_the_text_and_no_faster() {
    use std::cell::Cell;
    let units = [
        "1",
        "1 ",
        "1-",
        "a@",
        "a.",
        "a@a.",
        ".com",
        "-.com",
        "http://",
        "http://a.b)",
        "www.",
        "v:",
        "v ",
        "微信",
        "微信 ",
        "加v",
        "t.me/",
        "1:",
        "2001:",
        "::",
        "1.",
        "京a1",
        "de89",
        "bc1",
        "0x",
        "e1",
        "12345678",
        "一",
        "哈.cc",
        "1点a",
        "(",
        "))",
        "%a+",
        "4111 1111 ",
        "@a",
        "@abc@abc.",
        "ig: ",
        "snap:abc ",
        "+1",
        "+49 30 ",
        "call 1",
        "call ",
        "(0",
        "http://a:b@",
        "www。a。",
        "а.рф",
    ];
    for unit in units {
        for broken in [false, true] {
            let symbols: Vec<u16> = unit.encode_utf16().cycle().take(1 << 13).collect();
            let calls = Cell::new(0usize);
            let joined = |_: usize| {
                calls.set(calls.get() + 1);
                !broken
            };
            find(EntitySet::ALL, &symbols, &joined, &mut Vec::new());
            let each = calls.get() / symbols.len();
            assert!(each < 300, "{unit:?}: {each} questions a symbol");
        }
    }
}

#[test]
fn handles_as_links() {
    hits(
        Entity::Handle,
        &[
            ("https://t.me/abc_def", "t.me/abc_def"),
            ("t.me/+abcdef", "t.me/+abcdef"),
            ("wa.me/8613800138000", "wa.me/8613800138000"),
            ("discord.gg/abc", "discord.gg/abc"),
            ("加wxid_abc123", "wxid_abc123"),
        ],
    );
    misses(Entity::Handle, &["t.me/", "bt.me/abcdef", "t.me/ab"]);
}

#[test]
fn a_number_to_write_to_has_the_digits_of_a_telephone() {
    for (digits, is_found) in [(6, false), (7, true), (15, true), (16, false)] {
        let text = format!("whatsapp {}", &"8613800138000123"[..digits]);
        assert_eq!(!found(Entity::Handle, &text).is_empty(), is_found, "{text}");
    }
    misses(Entity::Handle, &["whatsapp 861380013a", "whatsapp 86138001380001a"]);
}

#[test]
fn noise_inside_an_address_breaks_it() {
    for text in ["192.168.10.20", "2001:db8::1"] {
        let symbols: Vec<u16> = text.encode_utf16().collect();
        for separated in 1..symbols.len() {
            let mut hits = Vec::new();
            find(EntitySet::of(&[Entity::Ip]), &symbols, &|at| at != separated, &mut hits);
            let whole = hits.iter().any(|hit| slice(&symbols, *hit) == text);
            // Between digits of a number in four parts noise is as good as none.
            assert!(
                !whole || text::is_digit(symbols[separated]),
                "{text} with noise at {separated}"
            );
        }
    }
}

#[test]
fn squeezed_handles() {
    let handle = |text| found_squeezed(Entity::Handle, text);
    assert_eq!(handle("加 v * x : a b c 1 2 3 4 5"), ["vxabc12345"]);
    assert_eq!(handle("薇-信 abc12345 来"), ["薇信abc12345"]);
    assert_eq!(handle("q q 1 2 3 4 5 6 7 8"), ["qq12345678"]);
    assert_eq!(handle("my wx is good morning 2 everyone"), [] as [&str; 0]);
}

#[test]
fn crypto_addresses() {
    let lower = |text: &str| text.to_lowercase();
    for address in [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
        "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    ] {
        let address = lower(address);
        hits(Entity::CryptoAddress, &[(&format!("转到{address}。"), &address)]);
        misses(Entity::CryptoAddress, &[&format!("x{address}"), &format!("{address}xxxxxxxxx")]);
    }
    misses(
        Entity::CryptoAddress,
        &[
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
            "0xde0b295669a9fd93d5f28d9ec85e40f4cb697ba",
            "1a79a4d61de6718e8e5b326e338ae533",
            "txxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "1a1zp1ep5qgefi2dmptftl5sl",
        ],
    );
    let words = "the 1quick brown fox 2jumps over a lazy dog";
    assert_eq!(found_squeezed(Entity::CryptoAddress, words), [] as [&str; 0]);
}

#[test]
fn passports() {
    hits(
        Entity::PassportCn,
        &[("护照e12345678", "e12345678"), ("ea1234567", "ea1234567"), ("pe1234567", "pe1234567")],
    );
    misses(
        Entity::PassportCn,
        &["e1234567", "e123456789", "ei1234567", "f12345678", "ge1234567", "xe12345678"],
    );
}

#[test]
fn plates() {
    hits(
        Entity::PlateCn,
        &[
            ("车牌京a12345", "京a12345"),
            ("京a·12345", "京a·12345"),
            ("粤b d12345", "粤b d12345"),
            ("沪a12345f", "沪a12345f"),
            ("川adf1234", "川adf1234"),
            ("苏e1234学", "苏e1234学"),
            ("浙ab1c23", "浙ab1c23"),
            ("浙abc1234", "浙abc1234"),
            ("浙a1234b学", "浙a1234b"),
        ],
    );
    misses(
        Entity::PlateCn,
        &[
            "京i12345",
            "京a1234",
            "京a123456",
            "京a1234567",
            "京aabc12",
            "京12345",
            "a12345",
            "浙al12345",
            "浙ab123c4",
            "浙abcd123",
            "浙azc1234",
        ],
    );
}

#[test]
fn account_numbers() {
    hits(
        Entity::Iban,
        &[
            ("iban gb82 west 1234 5698 7654 32", "gb82 west 1234 5698 7654 32"),
            ("de89370400440532013000", "de89370400440532013000"),
        ],
    );
    misses(
        Entity::Iban,
        &["de89370400440532013001", "de8937040044053201300", "xx89370400440532013000"],
    );
    hits(Entity::UsccCn, &[("信用代码91110000600037341l,", "91110000600037341l")]);
    // Digits alone must begin as numbers in use do; letters show what it is.
    let uscc = |body: &str| {
        let whole = "0123456789abcdefghjklmnpqrtuwxy".chars().map(|check| format!("{body}{check}"));
        let mut valid = whole.filter(|code| Check::Uscc.holds_for(code.as_bytes()));
        valid.next().expect("some character checks")
    };
    let is_found = |code: &str| found(Entity::UsccCn, code) == [code];
    let bodies =
        |class: &str| (0..40).map(|at| uscc(&format!("{class}1100006000{at:02}341"))).collect();
    let of_digits = |codes: Vec<String>| -> Vec<String> {
        codes.into_iter().filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())).collect()
    };
    let (common, strange) = (of_digits(bodies("91")), of_digits(bodies("71")));
    assert!(!common.is_empty() && common.iter().all(|code| is_found(code)), "{common:?}");
    assert!(!strange.is_empty() && !strange.iter().any(|code| is_found(code)), "{strange:?}");
    assert!(is_found(&uscc("7111000060003ma34")), "with letters");
    misses(
        Entity::UsccCn,
        &["91110000600037342l", "91110000600037341l1", "9111000060003734", "211384195108181819"],
    );
}

#[test]
fn a_telephone_twin_agrees() {
    use proptest::prelude::*;
    // The same mobile numbers as a regex, for ASCII digits: everything but the edges.
    let twin = regex::Regex::new(
        r"^(?:\+?86[ -]?|0086[ -]?)?(?:1[3-9]\d{9}|1[3-9]\d[ -]\d{4}[ -]\d{4}|1[3-9]\d\d[ -]\d{3}[ -]\d{4}|1[3-9]\d[ -]\d{3}[ -]\d{5}|1[3-9]\d[ -]\d{8}|1[3-9]\d{5}[ -]\d{4})$",
    )
    .unwrap();
    let slowly = |text: &str| {
        let bytes = text.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let mut hits: Vec<&str> = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let begins = start == 0 || !digit(start - 1) || bytes[start] == b'+';
            let end = (start + 1..=text.len())
                .find(|end| begins && !digit(*end) && twin.is_match(&text[start..*end]));
            hits.extend(end.map(|end| &text[start..end]));
            start = end.unwrap_or(start + 1);
        }
        hits.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    // Fixed lines, which are another grammar.
    let fixed = regex::Regex::new(r"(?:0|86[ -]?)[1-9]\d{1,2}[ -][2-8]").unwrap();
    proptest!(|(text in "(1[3-9]|[0-9]{1,4}|[0-9]{4}|[ +-]|86|0086|138-0013|1380013800[0-9]){0,8}")| {
        prop_assume!(!fixed.is_match(&text));
        prop_assert_eq!(found(Entity::PhoneCn, &text), slowly(&text));
    });
}

proptest::proptest! {
    #[test]
    fn hits_are_sorted_and_never_lost_by_the_prefilter(
        text in "[0-9a-fo-y]{0,3}(([0-9]{1,6}|[ .@:/-]|1380013800[01]|440524188001010014|4111111111111111\
            |微信|q|vx|加|@ab|ig: |call |\\+49 30|\\(202\\) 555-01|。|сайт\\.рф|t.me/|http|://|www|www\\.|\\.com|\\.cn|abc12|2001|::|京a|e1234567|123-45-6789\
            |gb82west12345698765432|bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4|零一三八|点|。|%|_|\\)|é|\u{1f6f0})){0,12}",
        broken in proptest::collection::vec(0..4u8, 0..200),
    ) {
        let symbols: Vec<u16> = text.encode_utf16().collect();
        let joined = |at: usize| broken.get(at).is_none_or(|dice| *dice > 0);
        let mut all = Vec::new();
        find(EntitySet::ALL, &symbols, &joined, &mut all);
        proptest::prop_assert!(all.is_sorted());
        for entity in Entity::ALL {
            let wanted = EntitySet::of(&[entity]);
            let mut alone = Vec::new();
            find(wanted, &symbols, &joined, &mut alone);
            let among: Vec<_> = all.iter().filter(|hit| hit.entity == entity).copied().collect();
            proptest::prop_assert_eq!(&alone, &among);
            let possible = PossibleEntities::default().of(wanted, &symbols);
            let allowed = allowed_by(|symbol| symbols.contains(&symbol));
            proptest::prop_assert!(alone.is_empty() || possible.and(allowed).has(entity));
            let separated = alone.windows(2).all(|pair| pair[0].end <= pair[1].start);
            proptest::prop_assert!(separated, "{:?} overlap", alone);
            for hit in alone {
                proptest::prop_assert!(hit.start < hit.end && hit.end as usize <= symbols.len());
                let touches = |at: usize| {
                    0 < at && at < symbols.len() && joined(at)
                        && text::is_digit(symbols[at - 1]) && text::is_digit(symbols[at])
                };
                proptest::prop_assert!(!touches(hit.start as usize) && !touches(hit.end as usize));
            }
        }
    }

    #[test]
    fn a_label_after_skipped_noise_is_possible(before in "[a-z0-9]{1,3}") {
        let symbols: Vec<u16> = format!("{before}ig: anna_99").encode_utf16().collect();
        let mut hits = Vec::new();
        find(EntitySet::of(&[Entity::Mention]), &symbols, &|at| at != before.len(), &mut hits);
        proptest::prop_assert_eq!(hits.len(), 1);
        let possible = PossibleEntities::default().of(EntitySet::ALL, &symbols);
        proptest::prop_assert!(possible.has(Entity::Mention));
    }

    #[test]
    fn nothing_panics_on_any_symbols(
        symbols in proptest::collection::vec(proptest::num::u16::ANY, 0..200),
        period in 1..5usize,
    ) {
        let mut hits = Vec::new();
        find(EntitySet::ALL, &symbols, &|at| !at.is_multiple_of(period), &mut hits);
        PossibleEntities::default().of(EntitySet::ALL, &symbols);
    }
}
