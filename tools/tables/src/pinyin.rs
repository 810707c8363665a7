//! Mandarin readings without tones.
//!
//! The readings of a character are its first in the pinyin data and those of [`FURTHER`]. The
//! data lists every reading that a dictionary records, most of them in no current word; with
//! all of them half of the language would be homophones. `ü` is written `v`, as people type
//! it.

use std::collections::{BTreeMap, BTreeSet};

use pinyin::ToPinyinMulti;

use crate::classes::is_han;
use crate::fold::folded;
use crate::unicode::chars;

/// Readings in current words. The data does not say which reading is the most
/// common, so its first may be repeated here.
const FURTHER: &[&str] = &[
    "么ma 乐yue 乘sheng 了liao 亟qi 亲qing 什shi 仔zai 仔zi 会kuai 传zhuan 伯bai 伺si",
    "似shi 似si 伽jia 伽qie 佛fo 佛fu 侥yao 侧zhai 便pian 俩liang 倘chang 偻lv 其ji 刨bao",
    "刹cha 削xiao 削xue 剥bao 劲jing 勒le 勒lei 匙chi 匙shi 卜bo 卜bu 卡qia 厦xia 参cen",
    "参shen 叨tao 吓he 否pi 吭hang 吭keng 吱zi 呢ni 呱gua 呷xia 咀zui 咋zha 和hu 和huo",
    "咖ga 咳hai 咽yan 咽ye 哦e 哪nei 啜chuo 喔o 喔wo 喳cha 嗲dia 嗲die 嘘shi 嚓cha 嚼jiao",
    "嚼jue 囤dun 囤tun 圈juan 圩xu 地de 埋man 堡bu 堡pu 塞se 壳qiao 大dai 奇ji 娜nuo 宿xiu",
    "寻xin 尉yu 屏bing 属zhu 峙shi 差chai 差ci 巷hang 幢chuang 幢zhuang 度duo 弄long",
    "弹tan 强jiang 彷fang 得dei 恶wu 扁pian 扎za 扒pa 折she 抹ma 拓ta 拗niu 拚pan",
    "择zhai 括gua 捋luo 捋lv 掴guo 提di 撮zuo 擘bo 攒cuan 数shuo 曝bao 曾zeng 朝zhao 期ji",
    "术zhu 朴piao 杉sha 枞zong 柏bo 栅shan 栖xi 校jiao 核hu 桔jie 桔ju 桧hui 椎chui",
    "椎zhui 槛jian 模mu 殖shi 殷yan 氓mang 氓meng 沓da 沓ta 没mo 泊bo 泊po 泌bi 涡guo",
    "潦liao 澄deng 炮bao 烙luo 熟shou 熨yu 爪zhao 爪zhua 片pian 牟mu 率lv 率shuai 琢zhuo",
    "琢zuo 畜chu 畜xu 番pan 疟yao 的di 盛cheng 省xing 着zhao 着zhuo 碌liu 磅pang",
    "禅shan 秘bi 称chen 稽qi 粘nian 糜mei 系ji 纤qian 给ji 绰chao 绿lu 缉qi 缪miao 缪miu",
    "缪mou 翟di 翟zhai 耙ba 耙pa 肋le 肋lei 胖pan 脉mo 脯fu 膀pang 臂bei 臭xiu 色shai 艾yi",
    "苔tai 茄jia 茄qie 荨qian 荨xun 莎suo 莞wan 落la 落lao 蔓wan 蔚yu 薄bao 薄bo 藉ji",
    "藉jie 藏zang 虾ha 蚌beng 蛇yi 蛤ge 蛤ha 血xie 血xue 行hang 裨pi 裳chang 褪tun 觉jiao",
    "角jue 识zhi 诘jie 说shui 谁shei 调diao 调tiao 貉hao 貉he 贾jia 蹊qi 蹊xi 车ju 轧ga",
    "轧ya 轧zha 辗zhan 辟bi 还huan 这zhei 迫pai 那nei 都du 重chong 钥yue 铅yan 铣xi 镐hao",
    "长chang 长zhang 阿e 降xiang 隗wei 隽jun 雀qiao 露lou 靓jing 靓liang 鞘shao 颈geng",
    "颤zhan 驮duo 骠piao 鹄hu 龈yin 龟jun 龟qiu",
];

/// A row of the table: the characters of which a syllable is the first reading, and those of
/// which it is a further reading.
#[derive(Debug, Default)]
pub struct Readers {
    /// Characters read so first of all.
    pub first: String,
    /// Characters also read so.
    pub further: String,
}

/// Every syllable with its characters.
pub fn table() -> BTreeMap<String, Readers> {
    let mut table: BTreeMap<String, Readers> = BTreeMap::new();
    let further = further();
    let folded = folded();
    for c in chars().filter(|c| *c <= '\u{FFFF}' && is_han(*c) && !folded.contains_key(c)) {
        let readings = readings(c);
        let Some(first) = readings.first() else { continue };
        table.entry(first.clone()).or_default().first.push(c);
        for other in further.get(&c).into_iter().flatten().filter(|other| *other != first) {
            table.entry(other.clone()).or_default().further.push(c);
        }
    }
    table
}

/// Readings of characters that fold to another one, that the data does not list: 著 is folded
/// to 着.
const INHERITED: [(char, &str); 1] = [('着', "zhu")];

/// [`FURTHER`] and [`INHERITED`] by character.
pub fn further() -> BTreeMap<char, BTreeSet<String>> {
    let mut map: BTreeMap<char, BTreeSet<String>> = BTreeMap::new();
    for entry in FURTHER.iter().flat_map(|line| line.split(' ')) {
        if let Some(c) = entry.chars().next() {
            map.entry(c).or_default().insert(entry[c.len_utf8()..].to_owned());
        }
    }
    for (c, reading) in INHERITED {
        map.entry(c).or_default().insert(reading.to_owned());
    }
    map
}

/// The entries of [`FURTHER`] that the data does not record at all.
pub fn unrecorded() -> Vec<String> {
    let entries = FURTHER.iter().flat_map(|line| line.split(' '));
    let recorded = |entry: &str| {
        let c = entry.chars().next();
        c.is_some_and(|c| readings(c).iter().any(|reading| entry[c.len_utf8()..] == **reading))
    };
    entries.filter(|entry| !recorded(entry)).map(str::to_owned).collect()
}

/// Every recorded reading of `c` as people type it, each once, most common
/// first.
pub fn readings(c: char) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let typed = reading.plain().replace('ü', "v").replace('ê', "ei");
        if is_syllable(&typed) && !out.contains(&typed) {
            out.push(typed);
        }
    }
    out
}

/// Interjections without a vowel (m, ng, hm) are no syllables to match by.
fn is_syllable(text: &str) -> bool {
    text.contains(['a', 'e', 'i', 'o', 'u', 'v'])
        && text.bytes().all(|byte| byte.is_ascii_lowercase())
}
