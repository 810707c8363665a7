//! Split characters: a character written as its parts, 贝者 for 赌.
//!
//! Written by hand: the splits that hide words of trade, money, gambling, sex, drugs and
//! abuse, and the frequent characters around them.
//!
//! * Every whole and every part is simplified and folds to itself.
//! * Parts that together are everyday words are left out (女子 for 好, 日月,
//!   中心, 口才): they would turn ordinary text into something else. In nine
//!   million characters of everyday Chinese the parts of all entries together
//!   met by chance fewer than 300 times.
//! * A radical is written in its own form; the classes of [`super::lookalikes()`] make
//!   讠, 钅 and a few more equal to the characters by which they are also
//!   written.

use std::sync::LazyLock;

/// A character and its two or three parts.
const SPLITS: &[&str] = &[
    // 贝
    "赌贝者 账贝长 贩贝反 贱贝戋 购贝勾 财贝才 败贝攵 贿贝有 赔贝立口 赚贝兼 赠贝曾 赃贝庄 贼贝戎",
    "贪今贝 贷代贝 货化贝 资次贝 费弗贝 贺加贝 员口贝 则贝刂",
    // 女
    "妈女马 娱女吴 妓女支 嫖女票 娼女昌 婊女表 奸女干 她女也 姐女且 妹女未 姑女古 娘女良 姨女夷",
    "婚女昏 娶取女 姿次女 如女口 妖女夭 妙女少 娜女那 嫩女束攵 婷女亭 媒女某 媚女眉 娃女圭 姣女交",
    "嫂女叟 婆波女 奶女乃 安宀女",
    // 氵
    "法氵去 法水去 注氵主 注水主 河氵可 油氵由 洗氵先 活氵舌 治氵台 泡氵包 波氵皮 泥氵尼 滚氵衮",
    "源氵原 港氵巷 澳氵奥 洲氵州 浪氵良 液氵夜 清氵青 湖氵胡 渣氵查 溜氵留 漂氵票 演氵寅 酒氵酉",
    "江氵工 汗氵干 汁氵十 池氵也 没氵殳 沟氵勾 泄氵世 浓氵农 海氵每 消氵肖 洁氵吉 洞氵同 浇氵尧",
    "浴氵谷 淡氵炎 测氵则 溢氵益 潮氵朝 洋氵羊 泪氵目 泳氵永 沙氵少 满氵艹两 涉氵步",
    // 讠 言
    "话讠舌 说讠兑 证讠正 诈讠乍 论讠仑 谈讠炎 语讠吾 请讠青 记讠己 认讠人 讨讠寸 训讠川 议讠义",
    "讲讠井 许讠午 设讠殳 访讠方 评讠平 识讠只 词讠司 诉讠斥 试讠式 诗讠寺 诚讠成 询讠旬 该讠亥",
    "详讠羊 误讠吴 诱讠秀 课讠果 谁讠隹 调讠周 谎讠荒 谋讠某 谢讠身寸 谱讠普 警敬言 誓折言 订讠丁",
    "计讠十 让讠上 诸讠者",
    // 亻
    "信亻言 你亻尔 他亻也 们亻门 价亻介 借亻昔 做亻故 件亻牛 保亻呆 值亻直 偷亻俞 位亻立",
    "低亻氐 住亻主 使亻吏 供亻共 佣亻用 停亻亭 债亻责 作亻乍 仙亻山 仇亻九 代亻弋 任亻壬 份亻分",
    "伙亻火 伪亻为 催亻崔 例亻列 倒亻到 健亻建 偏亻扁 佛亻弗 俩亻两 仔亻子 亿亻乙 估亻古 体亻本",
    "何亻可 什亻十 但亻旦 化亻匕 伴亻半 伸亻申 侠亻夹 侣亻吕 储亻诸 像亻象 优亻尤 传亻专 休亻木",
    "付亻寸 假亻叚 仓人㔾",
    // 扌
    "投扌殳 扣扌口 打扌丁 找扌戈 把扌巴 抓扌爪 抢扌仓 护扌户 拍扌白 抽扌由 担扌旦 拉扌立 招扌召",
    "拾扌合 按扌安 接扌妾 推扌隹 换扌奂 操扌喿 摸扌莫 撸扌鲁 挂扌圭 持扌寺 指扌旨 挣扌争 押扌甲",
    "提扌是 搞扌高 描扌苗 控扌空 掉扌卓 排扌非 搜扌叟 抱扌包 批扌比 技扌支 折扌斤 扑扌卜 扫扌彐",
    "扩扌广 执扌丸 拨扌发 捕扌甫 授扌受 擦扌察 捞扌劳 拼扌并 抖扌斗 援扌爰 扶扌夫 报扌卩又",
    // 纟
    "约纟勺 红纟工 给纟合 级纟及 纪纟己 线纟戋 组纟且 细纟田 织纟只 结纟吉 绝纟色 统纟充 绍纟召",
    "绑纟邦 纱纟少 维纟隹 绿纟录 续纟卖 编纟扁",
    // 钅 金
    "钱钅戋 银钅艮 铁钅失 钢钅冈 铜钅同 针钅十 钓钅勺 铃钅令 铺钅甫 错钅昔 镇钅真 镜钅竟 钟钅中",
    "钥钅月 钻钅占 链钅连 销钅肖",
    // 火 灬
    "炮火包 炸火乍 烟火因 灯火丁 炒火少 烧火尧 炉火户 烂火兰 燃火然 爆火暴 煤火某 熄火息 烤火考",
    "灾宀火 秋禾火 热执灬 点占灬 照昭灬 黑里灬 烈列灬 煮者灬",
    // 木
    "枪木仓 板木反 村木寸 杜木土 机木几 权木又 材木才 极木及 松木公 棋木其 棍木昆 格木各 样木羊",
    "桃木兆 校木交 相木目 标木示 树木对 树木又寸 椅木奇 楼木娄 榜木旁 模木莫 横木黄 棒木奉",
    "核木亥 杯木不 枝木支 柜木巨 植木直 梅木每 禁林示 想相心 杀乂木 麻广林",
    // 月 阝
    "胖月半 肥月巴 胸月匈 脚月却 肚月土 胆月旦 肤月夫 脱月兑 脏月庄 股月殳 期其月 脂月旨 膀月旁",
    "臊月喿 背北月 阴阝月 阳阝日 队阝人 防阝方 院阝完 陈阝东 除阝余 际阝示 附阝付 都者阝 部立口阝",
    "邮由阝 邻令阝",
    // 日
    "时日寸 晴日青 暗日音 映日央 昨日乍 晒日西 晓日尧 智知日",
    // 口
    "加力口 吃口乞 喝口曷 吗口马 呢口尼 吧口巴 哈口合 唱口昌 味口未 听口斤 吹口欠 吸口及",
    "啊口阿 响口向 吐口土 号口亏 号口丂 呼口乎 和禾口 咖口加 啡口非 喂口畏 吻口勿",
    "吊口巾 吴口天 唯口隹 售隹口 嘿口黑 骂口口马",
    // 土
    "城土成 址土止 地土也 坑土亢 坛土云 境土竟 增土曾 堆土隹 填土真 坟土文 均土匀 圾土及",
    "垃土立 堂尚土 墨黑土",
    // 弓 走 足 车 马 石
    "强弓虽 弹弓单 张弓长 超走召 赶走干 起走己 趣走取 趟走尚 赵走乂 跑足包 跳足兆 跟足艮",
    "距足巨 轮车仑 输车俞 转车专 软车欠 轨车九 轰车又又 骗马扁 骚马蚤 驾加马 骑马奇 驴马户 驱马区",
    "码石马 破石皮 矿石广 砍石欠 研石开 砖石专 硬石更 确石角 碰石并 硕石页",
    // 禾 米
    "秘禾必 私禾厶 种禾中 租禾且 科禾斗 秒禾少 积禾只 程禾呈 税禾兑 稳禾急 利禾刂 秀禾乃 香禾日",
    "粉米分 粮米良 精米青 糖米唐 粗米且",
    // 犭 饣 虫 鸟 鱼
    "狗犭句 猪犭者 猫犭苗 狼犭良 狠犭艮 狂犭王 独犭虫 猜犭青 猛犭孟 狐犭瓜 饭饣反 饿饣我 饱饣包",
    "馆饣官 饮饣欠 饼饣并 饶饣尧 蛇虫它 虾虫下 蚁虫义 鸡又鸟 鸭甲鸟 鹏朋鸟 鸣口鸟 鲜鱼羊 鲍鱼包",
    // 忄 心
    "性忄生 情忄青 快忄夬 怕忄白 恨忄艮 惜忄昔 懂忄董 忙忄亡 慢忄曼 怪忄圣 恰忄合 悟忄吾 慌忄荒",
    "惊忄京 悄忄肖 怀忄不 忘亡心 忍刃心 思田心 愁秋心 意音心 感咸心 悲非心 恋亦心 怒奴心 恶亚心",
    "患串心 怎乍心 念今心 爱爫冖友",
    // 尸 穴 广 厂 宀
    "屌尸吊 尿尸水 屎尸米 屁尸比 屄尸穴 居尸古 尼尸匕 层尸云 屈尸出 屋尸至 刷尸巾刂 穷穴力 空穴工",
    "突穴犬 究穴九 肏入肉 店广占 床广木 庄广土 库广车 府广付 厅厂丁 厉厂万 历厂力 家宀豕 宝宀玉",
    "字宀子 客宀各 室宀至 密宀必山 容宀谷 宗宀示 审宀申 守宀寸",
    // 艹 竹
    "药艹约 草艹早 花艹化 苦艹古 菜艹采 英艹央 荐艹存 苗艹田 节艹卩 艺艹乙 芳艹方 蓝艹监 落艹洛",
    "荡艹汤 萌艹明 等竹寺 笔竹毛 答竹合 筹竹寿 简竹间",
    // 辶
    "这辶文 还辶不 进辶井 远辶元 近辶斤 送辶关 过辶寸 运辶云 连辶车 迷辶米 退辶艮 逃辶兆 逼辶畐",
    "道辶首 选辶先 速辶束 通辶甬 边辶力 达辶大 适辶舌 透辶秀 造辶告 避辶辟 返辶反",
    // 刂 攵 力 彡
    "刚冈刂 列歹刂 别另刂 到至刂 刮舌刂 刻亥刂 判半刂 创仓刂 剧居刂 政正攵 故古攵 放方攵 效交攵",
    "教孝攵 救求攵 敏每攵 数娄攵 敌舌攵 功工力 助且力 动云力 勒革力 劝又力 励厉力 男田力 彩采彡",
    "形开彡 影景彡 彬林彡 须彡页",
    // 页 隹 欠 戈 斤 见
    "顶丁页 项工页 顺川页 顾厄页 领令页 颜彦页 额客页 频步页 颗果页 题是页 预予页 难又隹 雅牙隹",
    "集隹木 欢又欠 欣斤欠 欧区欠 歌哥欠 次冫欠 欲谷欠 战占戈 戏又戈 新亲斤 斯其斤 所户斤 现王见",
    "视礻见 规夫见",
    // 王 衤 礻
    "球王求 理王里 珠王朱 玫王攵 瑰王鬼 玛王马 裸衤果 裤衤库 裙衤君 被衤皮 初衤刀 补衤卜 袜衤末",
    "衫衤彡 袖衤由 社礻土 神礻申 福礻畐 禄礻录 祖礻且",
    // 耳 目 身 又
    "聊耳卯 联耳关 取耳又 职耳只 聪耳总 耻耳止 盯目丁 睡目垂 眼目艮 瞎目害 睛目青 看手目 盲亡目",
    "瞄目苗 射身寸 躺身尚 对又寸 艰又艮",
    // 冫 彳 疒 歹
    "冰冫水 冷冫令 凉冫京 准冫隹 决冫夬 净冫争 况冫兄 冲冫中 行彳亍 徒彳走 很彳艮 往彳主 征彳正",
    "病疒丙 瘾疒隐 疯疒风 痛疒甬 死歹匕 残歹戋 歼歹千",
    // the rest
    "群君羊 票西示 要西女 的白勺 皇白王 知矢口 短矢豆 矮矢委 站立占 亲立木 章立早 童立里 此止匕",
    "盗次皿 盟明皿 盘舟皿 盒合皿 靴革化 鞋革圭 默黑犬 魂云鬼 魔麻鬼 魅鬼未 魄白鬼 卖十买 博十尃",
    "币丿巾 雪雨彐 零雨令 雷雨田 界田介 略田各 翻番羽 国囗玉 园囗元 图囗冬 圈囗卷 围囗韦 常尚巾",
];

/// The splits of `symbol`, each of two or three symbols. Most
/// characters have none.
pub fn splits(symbol: u16) -> impl Iterator<Item = &'static [u16]> {
    let entries = &table().entries;
    let start = entries.partition_point(|entry| entry.whole < symbol);
    entries[start..].iter().take_while(move |entry| entry.whole == symbol).map(Entry::parts)
}

/// Every character with each of its splits, ordered by character.
pub fn all_splits() -> impl Iterator<Item = (u16, &'static [u16])> {
    table().entries.iter().map(|entry| (entry.whole, entry.parts()))
}

#[derive(Debug)]
struct Entry {
    whole: u16,
    parts: [u16; 3],
    len: usize,
}

impl Entry {
    fn parse(text: &str) -> Entry {
        let mut symbols = text.encode_utf16();
        let mut entry = Entry { whole: symbols.next().unwrap_or(0), parts: [0; 3], len: 0 };
        for (to, part) in entry.parts.iter_mut().zip(symbols) {
            *to = part;
            entry.len += 1;
        }
        entry
    }

    fn parts(&self) -> &[u16] {
        &self.parts[..self.len]
    }
}

#[derive(Debug)]
struct Splits {
    /// Ascending by whole.
    entries: Vec<Entry>,
}

fn table() -> &'static Splits {
    static TABLE: LazyLock<Splits> = LazyLock::new(|| {
        let words = SPLITS.iter().flat_map(|line| line.split(' '));
        let mut entries: Vec<Entry> = words.map(Entry::parse).collect();
        entries.sort_by_key(|entry| (entry.whole, entry.parts));
        Splits { entries }
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::fold;
    use super::*;

    fn written(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn known_splits_are_found() {
        let of = |c: char| splits(c as u16).collect::<Vec<_>>();
        assert_eq!(of('赌'), [written("贝者")]);
        assert_eq!(of('谢'), [written("讠身寸")]);
        assert_eq!(of('法').len(), 2);
        assert!(of('好').is_empty() && of('a').is_empty());
    }

    #[test]
    fn entries_are_whole_and_folded_and_said_once() {
        let mut seen = HashSet::new();
        for word in SPLITS.iter().flat_map(|line| line.split(' ')) {
            assert!((3..=4).contains(&word.chars().count()), "{word}");
            assert_eq!(fold::table().fold(word), written(word), "{word}");
            assert!(seen.insert(word), "{word} is listed twice");
        }
        assert_eq!(all_splits().count(), seen.len());
    }

    #[test]
    fn no_split_is_an_everyday_word() {
        let words =
            ["女子", "日月", "中心", "口才", "一人", "上下", "门口", "口交", "月工", "女生"];
        for (_, parts) in all_splits() {
            assert!(!words.iter().any(|word| written(word) == parts));
        }
    }
}
