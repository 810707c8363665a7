// The page of `tidegate serve` on which texts are tried. It follows `common.js`.

const WORDS = {
  en: {
    title: "Try a text",
    label: "Text",
    note: "The verdict appears while you type. The text is judged by this service; it is not stored, logged or counted.",
    counts: "Judged since the start",
    rules: "Rule set",
    cases: "Cases",
    filter: "Filter rules by name, category or example",
    actions: { allow: "allow", flag: "flag", review: "review", block: "block", skipped: "skipped", unreadable: "unreadable" },
    levels: { informational: "informational", low: "low", medium: "medium", high: "high", critical: "critical" },
    care: "care",
    careWhat: "the author may need help",
    noRule: "no rule fired",
    capped: "too many hits: some were not evaluated, a person should look at it",
    categories: "Categories",
    thresholds: "thresholds",
    noThreshold: "the policy sets no threshold",
    cutFrom: (sum) => `cut from ${sum}`,
    where: (when) => `where ${when}`,
    textTitle: "Hits in the text",
    hitNote: "Underlined: evidence of rules that fired, in the colour of their category. Dotted: hits that are no evidence of a rule that fired.",
    otherHits: (n) => `${n} other ${n === 1 ? "hit" : "hits"} of other rules`,
    views: "As read by the views",
    fired: (n) => n === 1 ? "1 rule fired" : `${n} rules fired`,
    nearly: (n) => n === 1 ? "1 rule almost fired" : `${n} rules almost fired`,
    missing: "missing",
    stopped: "stopped",
    score: "score",
    wouldScore: "would score",
    weight: "weight",
    ofPack: (n) => `weight in the pack: ${n}`,
    term: (term) => term === null ? "a masked term" : `the term ${term}`,
    condition: "Condition",
    evidence: "Evidence",
    shadow: "shadow: does not count",
    disabled: "disabled by the policy",
    pack: "pack",
    redacted: "masked",
    lines: "posts",
    byCategory: "Posts by category",
    nothingCounted: "No posts yet. Send them to /v1/classify; texts tried here are not counted.",
    set: (v, at) => `${v.ruleset} · ${v.rules === 1 ? "1 rule" : `${v.rules} rules`} · loaded ${at}`,
    testsPassed: (n) => ` · ${n} ${n === 1 ? "test" : "tests"} passed`,
    reloadFailed: (at, hash) => `The reload at ${at} failed; the rules before it (${hash}) stay in use.`,
    loading: "loading …",
    found: (n, all) => n === all ? (all === 1 ? "1 rule" : `${all} rules`) : `${n} of ${all} rules`,
    hit: "fires on",
    miss: "does not fire on",
    noTests: "no examples",
    tryIt: "Try",
    tryThis: (text) => `Try: ${text}`,
    again: "Try again",
    down: "The service does not answer. Is it running? The page asks again every few seconds.",
    overloaded: "The service is overloaded (503). The page asks again in a moment.",
    stopping: "The service failed (500); please report it.",
    noToken: "The service needs a token (401). Reload the page; the browser then asks for a password: enter any name, and the token as the password.",
    noRole: "The service refuses this page (403):",
    tooLong: "The text is too long (413):",
    refused: (status) => `The service refuses this text (${status}):`,
  },
  zh: {
    title: "试一段文字",
    label: "文字",
    note: "输入时即时显示判定。文字由本服务判定，不保存、不写入日志、不计数。",
    counts: "启动以来的判定",
    rules: "规则集",
    cases: "案件",
    filter: "按名称、类别或示例筛选规则",
    actions: { allow: "放行", flag: "标记", review: "送审", block: "拦截", skipped: "跳过", unreadable: "不可读" },
    levels: { informational: "提示", low: "低", medium: "中", high: "高", critical: "严重" },
    care: "关怀",
    careWhat: "作者可能需要帮助",
    noRule: "没有规则触发",
    capped: "命中过多，部分未评估，应由人工查看",
    categories: "类别",
    thresholds: "阈值",
    noThreshold: "策略未设阈值",
    cutFrom: (sum) => `由 ${sum} 封顶`,
    where: (when) => `条件：${when}`,
    textTitle: "文字中的命中",
    hitNote: "实线为已触发规则的证据，颜色代表类别；点线为其他命中，不是已触发规则的证据。",
    otherHits: (n) => `其他规则另有 ${n} 处命中`,
    views: "各视图读到的文字",
    fired: (n) => `触发的规则：${n} 条`,
    nearly: (n) => `接近触发的规则：${n} 条`,
    missing: "缺少",
    stopped: "未判定",
    score: "得分",
    wouldScore: "若触发则得分",
    weight: "权重",
    ofPack: (n) => `规则包中的权重：${n}`,
    term: (term) => term === null ? "已遮盖的词" : `词语 ${term}`,
    condition: "条件",
    evidence: "证据",
    shadow: "试运行：不计分",
    disabled: "被策略停用",
    pack: "规则包",
    redacted: "已遮盖",
    lines: "帖子",
    byCategory: "各类别的帖子数",
    nothingCounted: "还没有帖子。请发送到 /v1/classify；在此试的文字不计数。",
    set: (v, at) => `${v.ruleset} · ${v.rules} 条规则 · 加载于 ${at}`,
    testsPassed: (n) => ` · ${n} 项测试通过`,
    reloadFailed: (at, hash) => `${at} 的重新加载失败；仍在使用之前的规则（${hash}）。`,
    loading: "加载中……",
    found: (n, all) => n === all ? `共 ${all} 条规则` : `${all} 条规则中的 ${n} 条`,
    hit: "应触发",
    miss: "不应触发",
    noTests: "没有示例",
    tryIt: "试",
    tryThis: (text) => `试：${text}`,
    again: "重试",
    down: "服务没有应答。它在运行吗？本页每隔几秒会再试。",
    overloaded: "服务过载（503），本页稍后会再试。",
    stopping: "服务出错（500），请报告此问题。",
    noToken: "服务需要令牌（401）。请重新加载本页，浏览器会要求输入密码：用户名任意，密码填令牌。",
    noRole: "服务拒绝本页（403）：",
    tooLong: "文字过长（413）：",
    refused: (status) => `服务拒绝此文字（${status}）：`,
  },
};

const PAUSE_MS = 200;
const REFRESH_MS = 4000;
const OPEN_RULES_MAX = 2;

function languageChanged() {
  showTrouble();
  showExplanation();
  showStatus();
  showRules();
}

// --- What is wrong ------------------------------------------------------------------------------

/** What is wrong, by what was asked for: `text` or `status`. */
const troubles = new Map();

function setTrouble(what, error) {
  if (error) troubles.set(what, error);
  else if (!troubles.delete(what)) return;
  showTrouble();
}

function showTrouble() {
  const box = at("trouble");
  const error = troubles.get("text") ?? troubles.get("status");
  box.hidden = !error;
  const said = error ? troubleWords(error) : "";
  if (box.dataset.said === said) return;
  box.dataset.said = said;
  box.replaceChildren();
  if (!error) return;
  const again = h("button", { type: "button", class: "again" }, w().again);
  again.onclick = () => { explainNow(); refresh(); };
  box.append(h("span", {}, said), again);
}

function troubleWords(error) {
  if (!(error instanceof Refused)) return w().down;
  const about = error.message ? ` ${error.message}` : "";
  switch (error.status) {
    case 401: return w().noToken;
    case 403: return w().noRole + about;
    case 413: return w().tooLong + about;
    case 502: case 503: case 504: return w().overloaded;
    case 500: return w().stopping;
    default: return w().refused(error.status) + about;
  }
}

// --- The text and its explanation ---------------------------------------------------------------

let explanation = null;
let explainedText = "";
let asked = null;
let timer = 0;
/** Rules that a person opened or closed, by id, so that they stay so while the text changes. */
const opened = new Map();

function textChanged() {
  clearTimeout(timer);
  timer = setTimeout(explainNow, PAUSE_MS);
}

async function explainNow() {
  clearTimeout(timer);
  asked?.abort();
  const text = at("text").value;
  if (text === "") {
    [explanation, explainedText, asked] = [null, "", null];
    setTrouble("text", null);
    showExplanation();
    return;
  }
  const own = asked = new AbortController();
  markOld(true);
  try {
    const headers = { "Content-Type": "text/plain; charset=utf-8", Accept: "application/json" };
    const answer = await ask("/v1/explain", { method: "POST", body: text, headers, signal: own.signal });
    if (asked !== own) return;
    [explanation, explainedText] = [answer, text];
    setTrouble("text", null);
    showExplanation();
  } catch (error) {
    if (asked !== own || error.name === "AbortError") return;
    setTrouble("text", error);
    const again = !(error instanceof Refused) || error.status > 500;
    if (again) timer = setTimeout(explainNow, error.retryMs ?? RETRY_MS);
  }
}

function markOld(isOld) {
  for (const id of ["verdict", "explanation"]) at(id).classList.toggle("is-old", isOld);
}

function showExplanation() {
  markOld(false);
  at("verdict").replaceChildren(...(explanation ? verdictLine(explanation) : []));
  at("explanation").replaceChildren(...(explanation ? sections(explanation) : []));
}

function verdictLine(it) {
  const parts = [h("b", { class: `badge ${it.action}` }, w().actions[it.action])];
  if (it.care) parts.push(h("b", { class: "badge care" }, `+ ${w().care}`), h("span", { class: "dim" }, w().careWhat));
  const scores = it.categories.map((category) => `${categoryName(category.category)} ${category.score}`);
  parts.push(h("span", {}, scores.join(" · ") || w().noRule));
  if (it.capped) parts.push(h("span", { class: "no" }, w().capped));
  return parts;
}

function sections(it) {
  const found = [];
  if (it.categories.length > 0) {
    found.push(h("section", {}, h("h2", {}, w().categories), h("ul", { class: "scores" }, it.categories.map(categoryRow))));
  }
  const evidence = evidenceColours(it.fired);
  found.push(h("section", {}, h("h2", {}, w().textTitle), it.fields.map((field) => fieldView(field, evidence))));
  if (it.fired.length > 0) {
    const isShort = it.fired.length <= OPEN_RULES_MAX;
    found.push(h("section", {}, h("h2", {}, w().fired(it.fired.length)), it.fired.map((rule) => ruleView(rule, isShort))));
  }
  if (it.nearly.length > 0) {
    const rules = it.nearly.map((rule) => ruleView(rule, false));
    found.push(h("section", {}, remembered("nearly", false, { id: "nearly" }, h("summary", {}, h("h2", {}, w().nearly(rules.length))), rules)));
  }
  return found;
}

/** A `details` that stays as a person left it. */
function remembered(key, isOpen, attributes, ...children) {
  const details = h("details", { ...attributes, open: opened.get(key) ?? isOpen }, ...children);
  details.querySelector("summary").addEventListener("click", () => opened.set(key, !details.open));
  return details;
}

function categoryRow(it) {
  const most = Math.max(it.score, ...it.thresholds.map((threshold) => threshold.from), 1);
  const x = (points) => `${(Math.max(0, Math.min(points, most)) / most) * 100}%`;
  const scale = svg("svg", { class: "scale", "aria-hidden": "true" },
    svg("rect", { class: "fill-track", x: 0, y: 5, width: "100%", height: 6 }),
    svg("rect", { class: fillOf(it.category), x: 0, y: 5, width: x(it.score), height: 6 }),
    it.thresholds.map(({ from }) => svg("line", { class: "tick", x1: x(from), x2: x(from), y1: 1, y2: 15 })));
  const name = (threshold) => threshold.name === "care" ? w().care : w().actions[threshold.name];
  const thresholds = it.thresholds.map((threshold) => `${name(threshold)} ≥ ${threshold.from}`).join(" · ");
  const leadsTo = [it.action !== "allow" || !it.care ? w().actions[it.action] : "", it.care ? w().care : ""];
  const notes = [thresholds ? `${w().thresholds}: ${thresholds}` : w().noThreshold];
  if (it.cut_from !== undefined) notes.push(w().cutFrom(it.cut_from));
  if (it.when !== undefined) notes.push(w().where(it.when));
  return h("li", {},
    h("div", { class: "head" },
      h("b", {}, dot(it.category), categoryName(it.category)),
      h("span", {}, String(it.score)),
      h("span", {}, `→ ${leadsTo.filter(Boolean).join(" + ")}`),
      h("span", { class: "grow" }),
      h("span", { class: "dim small" }, notes.join(" · "))),
    scale);
}

/** Evidence of rules that fired → the category that it counts for. */
function evidenceColours(fired) {
  const colours = new Map();
  for (const rule of fired) {
    for (const hit of rule.evidence) colours.set(hitKey(hit), rule.category);
  }
  return colours;
}

const hitKey = (hit) => `${hit.matcher} ${hit.field} ${hit.start} ${hit.end}`;

function fieldView(field, evidence) {
  const hasHits = field.hits.length > 0;
  const readings = h("table", {}, field.readings.map(({ views, text }) => h("tr", {},
    h("td", { class: "small dim" }, views.join(", ").replaceAll("+", " + ")),
    h("td", { class: "name mono" }, h("bdi", {}, text)))));
  return h("div", {},
    h("p", { class: "text" }, h("bdi", {}, markedText(field, evidence))),
    hasHits && h("p", { class: "note" }, w().hitNote),
    field.other_hits > 0 && h("p", { class: "note" }, w().otherHits(field.other_hits)),
    remembered(`views ${field.field}`, false, {}, h("summary", {}, w().views), readings));
}

/**
 * The text, split where a hit begins or ends. Spans count bytes of the text that was sent; masking
 * keeps the number of characters, so that they are mapped by characters.
 */
function markedText(field, evidence) {
  const characters = [...field.text];
  const place = characterPlaces(explainedText);
  const hits = field.hits.map((hit) => ({ ...hit, from: place.get(hit.start), to: place.get(hit.end) }))
    .filter((hit) => hit.from !== undefined && hit.to !== undefined);
  const cuts = [...new Set([0, characters.length, ...hits.flatMap((hit) => [hit.from, hit.to])])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index];
    const text = characters.slice(start, end).join("");
    const inside = hits.filter((hit) => hit.from <= start && end <= hit.to);
    if (inside.length === 0) return text;
    const category = inside.map((hit) => evidence.get(hitKey(hit))).find((found) => found !== undefined);
    const title = [...new Set(inside.map((hit) => `${hit.matcher} (${hit.view})`))].join(", ");
    const mark = h("mark", { class: category === undefined ? "near" : `fired ${fillOf(category)}`, title }, text);
    mark.dataset.hits = inside.map(hitKey).join("\n");
    return mark;
  });
}

/** Byte offset in UTF-8 → number of characters before it. */
function characterPlaces(text) {
  const places = new Map([[0, 0]]);
  let [bytes, characters] = [0, 0];
  for (const character of text.toWellFormed?.() ?? text) {
    const code = character.codePointAt(0);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    places.set(bytes, ++characters);
  }
  return places;
}

function ruleView(rule, isOpen) {
  const about = `${categoryName(rule.category)} · ${w().levels[rule.level]} · ${w().pack} ${rule.pack}`;
  return remembered(rule.id, isOpen, { class: "rule" },
    h("summary", {}, dot(rule.category), h("b", {}, rule.title || rule.id), " ", h("code", {}, rule.id), " ",
      h("span", { class: "dim small" }, about, ` · ${rule.fired ? w().score : w().wouldScore} ${rule.score.total}`),
      rule.shadow && h("span", { class: "tag" }, w().shadow)),
    rule.stopped && h("p", {}, h("b", { class: "no" }, w().stopped), " ", rule.stopped),
    (rule.missing ?? []).map((what) => h("p", {}, h("span", { class: "dim" }, w().missing), " ", what)),
    h("p", {}, scoreSum(rule.score)),
    h("p", { class: "dim small" }, w().condition),
    h("ul", { class: "tree" }, rows(rule.condition, 0)),
    rule.evidence.length > 0 && h("p", { class: "dim small" }, w().evidence),
    rule.evidence.map(evidenceView));
}

function scoreSum(score) {
  const parts = [`${w().weight} ${score.weight}`];
  for (const boost of score.boosts) {
    if (boost.condition.holds) parts.push(`${boost.points} (${boost.written})`);
  }
  if (score.term) parts.push(`${score.term.points} (${w().term(score.term.term)})`);
  const sum = parts.length > 1 ? `${score.total} = ${parts.join(" + ")}` : parts[0];
  return score.weight_of_pack === undefined ? sum : `${sum} · ${w().ofPack(score.weight_of_pack)}`;
}

function rows(node, depth) {
  const row = h("li", {},
    h("b", { class: node.holds ? "yes" : "no" }, node.holds ? "✓" : "✗"), " ", node.says,
    node.found && h("span", { class: "dim" }, ` ${node.found}`));
  row.style.marginLeft = `${depth}.2em`;
  return [row, ...(node.parts ?? []).flatMap((part) => rows(part, depth + 1))];
}

/** A hit; its mark in the text is outlined while the pointer is on it. */
function evidenceView(hit) {
  const place = `${hit.start}–${hit.end}, ${hit.view}${hit.redacted ? `, ${w().redacted}` : ""}`;
  const shown = h("p", { class: "sample" }, `${hit.matcher} `, h("q", {}, h("bdi", {}, hit.text)), ` ${place}`);
  const outline = (isOn) => {
    for (const mark of document.querySelectorAll("#explanation mark")) {
      mark.classList.toggle("chosen", isOn && mark.dataset.hits.split("\n").includes(hitKey(hit)));
    }
  };
  shown.onmouseenter = () => outline(true);
  shown.onmouseleave = () => outline(false);
  return shown;
}

// --- Counts and the rule set in use -------------------------------------------------------------

let status = null;
let refreshTimer = 0;
let isRefreshing = false;

/** Asks for counts as long as the page is visible. */
async function refresh() {
  clearTimeout(refreshTimer);
  if (document.hidden || isRefreshing) return;
  isRefreshing = true;
  try {
    const known = categories.length > 0 ? { categories } : ask("/v1/categories");
    const [counts, version, ready, named] = await Promise.all([ask("/v1/counts"), ask("/version"), ask("/readyz"), known]);
    const hasNames = categories.length > 0;
    categories = named.categories;
    const isOther = status && status.version.ruleset !== version.ruleset;
    status = { counts, version, ready };
    setTrouble("status", null);
    showStatus();
    if (isOther) {
      rulesChanged();
      explainNow();
    } else if (!hasNames) {
      showExplanation();
    }
  } catch (error) {
    setTrouble("status", error);
  } finally {
    isRefreshing = false;
    refreshTimer = setTimeout(refresh, REFRESH_MS);
  }
}

function showStatus() {
  if (!status) return;
  const { counts, version, ready } = status;
  // Only a service that keeps a state says how that is.
  at("review").hidden = ready.state_error === undefined;
  at("version").textContent = `tidegate ${version.version}`;
  const tests = version.tests_passed === null ? "" : w().testsPassed(version.tests_passed);
  at("set").textContent = w().set(version, when(version.loaded));
  at("origin").textContent = version.origin + tests;
  const failed = ready.reload_error;
  at("reload").replaceChildren(...(failed ? [h("div", { class: "notice" },
    h("p", {}, w().reloadFailed(when(failed.at), version.ruleset)), h("pre", {}, failed.message))] : []));
  const tile = (kind, count, name) => h("div", { class: `tile ${kind}` }, h("b", {}, number(count)), h("span", {}, name));
  const actions = Object.entries(counts.actions);
  const order = ["allow", "flag", "review", "block"];
  actions.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  at("tiles").replaceChildren(
    ...actions.map(([action, count]) => tile(action, count, w().actions[action])),
    tile("care", counts.care, w().care),
    tile("unreadable", counts.unreadable, w().actions.unreadable));
  const named = Object.entries(counts.categories).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  at("count-categories").replaceChildren(counts.lines === 0
    ? h("p", { class: "note" }, w().nothingCounted)
    : h("ul", { class: "legend", "aria-label": w().byCategory },
      named.map(([name, count]) => h("li", {}, dot(name), `${categoryName(name)} ${number(count)}`))));
}

// --- The rules ----------------------------------------------------------------------------------

let ruleset = null;
let rulesError = null;
let isLoadingRules = false;

function rulesChanged() {
  ruleset = null;
  if (at("rules").open) loadRules();
}

async function loadRules() {
  if (ruleset || isLoadingRules) return;
  [isLoadingRules, rulesError] = [true, null];
  showRules();
  try {
    ruleset = await ask("/v1/rules");
  } catch (error) {
    rulesError = error;
  }
  isLoadingRules = false;
  showRules();
}

function showRules() {
  if (!at("rules").open) return;
  if (!ruleset) {
    at("packs").replaceChildren(h("p", { class: "note" }, rulesError ? troubleWords(rulesError) : w().loading));
    at("filter-found").textContent = "";
    return;
  }
  const wanted = at("filter").value.trim().toLowerCase();
  const shows = (rule) => wanted === "" || searched(rule).includes(wanted);
  let [found, all] = [0, 0];
  const packs = ruleset.packs.map((pack) => {
    const rules = pack.rules.filter(shows);
    found += rules.length;
    all += pack.rules.length;
    return rules.length > 0 && packView(pack, rules, wanted !== "");
  });
  at("packs").replaceChildren(...packs.filter(Boolean));
  at("filter-found").textContent = w().found(found, all);
}

function searched(rule) {
  // Category names are found in both languages.
  const named = categories.find((category) => category.name === rule.category);
  const texts = [rule.id, rule.title, rule.category, named?.name_zh ?? "", ...rule.hit, ...rule.miss];
  return texts.join("\n").toLowerCase();
}

/** A pack; its rules are made when it is opened. */
function packView(pack, rules, isOpen) {
  const details = h("details", { class: "pack", open: isOpen },
    h("summary", {}, h("b", {}, pack.title || pack.pack), " ", h("code", {}, pack.pack), " ",
      h("span", { class: "dim small" }, `${pack.version ?? ""} · ${w().found(rules.length, pack.rules.length)}`)));
  const fill = () => details.childElementCount === 1 && details.append(...rules.map(packRule));
  if (isOpen) fill();
  details.addEventListener("toggle", fill);
  return details;
}

function packRule(rule) {
  const tests = (name, texts) => texts.length > 0 && [
    h("p", { class: "dim small" }, name),
    h("ul", { class: "tests" }, texts.map((text) => {
      const button = h("button", { type: "button", class: "try", "aria-label": w().tryThis(text) }, w().tryIt);
      button.onclick = () => tryText(text);
      return h("li", {}, h("bdi", {}, text), button);
    })),
  ];
  const hasTests = rule.hit.length + rule.miss.length > 0;
  const tag = { shadow: w().shadow, disabled: w().disabled }[rule.mode];
  return h("details", { class: "rule" },
    h("summary", {}, dot(rule.category), h("b", {}, rule.title || rule.id), " ", h("code", {}, rule.id), " ",
      h("span", { class: "dim small" }, `${categoryName(rule.category)} · ${w().levels[rule.level]}`),
      tag && h("span", { class: "tag" }, tag)),
    hasTests ? [tests(w().hit, rule.hit), tests(w().miss, rule.miss)] : h("p", { class: "note" }, w().noTests));
}

function tryText(text) {
  at("text").value = text;
  at("text").focus();
  at("text").scrollIntoView({ block: "center" });
  explainNow();
}

// --- Start --------------------------------------------------------------------------------------

at("text").addEventListener("input", (event) => {
  // While an input method composes, the text is not what will be meant.
  if (!event.isComposing) textChanged();
});
at("text").addEventListener("compositionend", textChanged);
at("filter").addEventListener("input", showRules);
at("rules").addEventListener("toggle", () => {
  if (at("rules").open) loadRules();
  showRules();
});
for (const button of document.querySelectorAll("[data-language]")) {
  button.onclick = () => {
    history.replaceState(null, "", `#lang=${button.dataset.language}`);
    setLanguage(button.dataset.language);
  };
}
addEventListener("hashchange", () => setLanguage(languageOf(location.hash) ?? language));
document.addEventListener("visibilitychange", refresh);
setLanguage(firstLanguage());
refresh();
// The browser keeps the text of a page that is loaded again.
if (at("text").value) explainNow();
