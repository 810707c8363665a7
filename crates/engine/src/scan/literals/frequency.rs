//! An estimate of how common symbols are in normal text.
//!
//! Only speed depends on it: an anchor that is more common than estimated costs candidates, never
//! hits.

use std::sync::LazyLock;

/// Letters of English from the most to the least frequent (the order of
/// printer's cases and of every corpus count), with a space first.
const LATIN: &str = " etaoinshrdlcumwfgypbvkjxqz";

/// Common characters of written Chinese, the most frequent first.
const HAN: &str = "的一是了我不在人有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坐集编宝谈府拉黑且随格尽剑讲布杀微怕母调局根曾准团段终乐切级克精哪官示冲竟乎男举客证苦照注费足尔招群热推晚响称兴待约阳哥惊吗整支古汉突号绝选吧参刊亚复伤类备欢另港势刻星断陈掌农夜般念价脑规底故省妈刚句显消衣陆器确破具居批送";

/// Natural logarithms of frequencies, in thousandths, negated: a large number is rare.
static RARITY: LazyLock<Vec<u16>> = LazyLock::new(|| {
    // A character that is in no list: about one in a hundred thousand.
    let mut rarity = vec![11_500u16; 65_536];
    for (rank, letter) in LATIN.chars().enumerate() {
        rarity[letter as usize] = 1_800 + 130 * rank as u16;
    }
    for mark in "0123456789.,!?-'\"，。！？、：:/".chars() {
        rarity[mark as usize] = 4_500;
    }
    for (rank, character) in HAN.chars().enumerate() {
        // Zipf: the n-th is about n times rarer than the first.
        let log = ((rank + 2) as f64).ln() * 1000.0;
        rarity[character as usize] = (3_200.0 + log * 0.9) as u16;
    }
    rarity
});

/// The cost of a window of these symbols as an anchor: lower is rarer. Scaled so that a window
/// shared with other literals is still better than a clearly more common one.
pub(super) fn rarity(symbols: &[u16]) -> u64 {
    let sum: u64 = symbols.iter().map(|symbol| u64::from(RARITY[usize::from(*symbol)])).sum();
    60_000u64.saturating_sub(sum)
}

/// Length of a post in symbols that [`hits_per_million`] assumes.
const POST_SYMBOLS: f64 = 60.0;

/// Estimated number of posts per million that contain a literal. Letters are assumed to be
/// independent, so words of common letters are more frequent than estimated.
pub fn hits_per_million(symbols: &[u16]) -> u32 {
    let log: u64 = symbols.iter().map(|symbol| u64::from(RARITY[usize::from(*symbol)])).sum();
    let expected = (-(log as f64) / 1000.0).exp() * POST_SYMBOLS;
    (expected.min(1.0) * 1e6) as u32
}

#[cfg(test)]
mod tests {
    use super::{hits_per_million, rarity};

    #[test]
    fn expectations_follow_length_and_letters() {
        let hits = |text: &str| hits_per_million(&text.encode_utf16().collect::<Vec<_>>());
        assert!(hits("的") > 500_000 && hits("的") > hits("彩") && hits("彩") > hits("彩金"));
        assert!(hits("e") == 1_000_000 && hits("casino") < 10);
    }

    #[test]
    fn common_windows_cost_more() {
        let cost = |text: &str| rarity(&text.encode_utf16().collect::<Vec<_>>());
        assert!(cost("我们") > cost("彩金"));
        assert!(cost("the ") > cost("vxqq"));
    }
}
