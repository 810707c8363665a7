// The page of reviewers. It follows `common.js`.

const WORDS = {
  en: {
    title: "Cases",
    queue: "Open cases",
    offences: (n) => `Offences ${n}`,
    careQueue: (n) => `Care ${n}`,
    keys: "The most urgent first. j and k move, Enter opens a case, Esc returns here.",
    tryText: "Try a text",
    clock: (at) => `clock of the posts: ${at}`,
    none: "No case is open.",
    more: (n) => `The ${n} most urgent are shown.`,
    kinds: { campaign: "campaign", author: "author", channel: "channel", post: "post", care: "care" },
    states: { open: "open", decided: "decided", overflow: "closed: too many were open" },
    outcomes: { upheld: "upheld", overturned: "overturned", closed: "closed" },
    actions: { allow: "allow", flag: "flag", review: "review", block: "block" },
    slots: { number: "number", url: "link", handle: "handle", text: "text" },
    case: "Case",
    about: "About",
    category: "Category",
    posts: "Posts",
    authors: "Authors",
    channels: "Channels",
    reach: "Views",
    reports: "Reports",
    urgency: "Urgency",
    priority: "Priority",
    opened: "Opened",
    updated: "Newest post or event",
    state: "State",
    proposed: "Proposed step",
    points: "Points of the author",
    step: (name, until) => name ? `step ${name}${until ? ` until ${until}` : ""}` : "no step",
    channelPosts: "Harmful posts of the channel",
    counts: "Verdicts on the author's posts",
    harmful: "Harmful members",
    why: "Why",
    whyStory: "the texts are one story with parts that change (campaign.story)",
    whyHarmful: "a large share of the members is for review or to block",
    whyIgnored: (reason) => `the campaign does not act: ${reason}`,
    whyCare: "the author may need help; nothing is held against the author",
    related: "Similar campaigns",
    common: "Common text",
    noCommon: "The samples have no common text.",
    values: (n) => `values of place ${n}`,
    samples: (n) => n === 1 ? "1 sample" : `${n} samples`,
    kept: (n, all) => n === all ? (n === 1 ? "1 post" : `${n} posts`) : `the newest ${n} of ${all} posts`,
    noText: "Texts are kept for campaigns only; look these posts up by their ids.",
    reportedBy: (by, reason) => reason ? `reported by ${by}: ${reason}` : `reported by ${by}`,
    decision: "Decision",
    decided: (v) => `${v.outcome}${v.by ? ` by ${v.by}` : ""}, ${v.at}`,
    note: "Note",
    by: "Your name",
    signed: (name) => `Signed as ${name}, the name of the token.`,
    decide: { upheld: "Uphold", overturned: "Overturn", closed: "Close" },
    decideWhat: "Uphold: the verdicts are right. Overturn: they are wrong, points are taken back. Close: neither.",
    again: "Try again",
    back: "All cases",
    done: (id, outcome) => `${id}: ${outcome}.`,
    changed: "Someone else decided this case meanwhile. This is how it is now.",
    gone: "This case does not exist any more.",
    down: "The service does not answer. Is it running? The page asks again every few seconds.",
    overloaded: "The service cannot take this now (503).",
    stopping: "The service failed (500); please report it.",
    noToken: "The service needs a token (401). Reload the page; the browser then asks for a password: enter any name, and the token as the password.",
    noRole: "The service refuses this (403):",
    refused: (status) => `The service refuses this (${status}):`,
  },
  zh: {
    title: "案件",
    queue: "待处理案件",
    offences: (n) => `违规 ${n}`,
    careQueue: (n) => `关怀 ${n}`,
    keys: "最紧急的在前。j、k 键移动，回车打开案件，Esc 返回。",
    tryText: "试一段文字",
    clock: (at) => `帖子时钟：${at}`,
    none: "没有待处理的案件。",
    more: (n) => `显示最紧急的 ${n} 件。`,
    kinds: { campaign: "批量内容", author: "作者", channel: "频道", post: "帖子", care: "关怀" },
    states: { open: "待处理", decided: "已决定", overflow: "因案件过多而关闭" },
    outcomes: { upheld: "维持", overturned: "撤销", closed: "关闭" },
    actions: { allow: "放行", flag: "标记", review: "送审", block: "拦截" },
    slots: { number: "数字", url: "链接", handle: "账号", text: "文字" },
    case: "案件",
    about: "对象",
    category: "类别",
    posts: "帖子",
    authors: "作者",
    channels: "频道",
    reach: "浏览量",
    reports: "举报",
    urgency: "紧急度",
    priority: "优先级",
    opened: "开始于",
    updated: "最新帖子或事件",
    state: "状态",
    proposed: "建议的措施",
    points: "作者积分",
    step: (name, until) => name ? `措施 ${name}${until ? `，至 ${until}` : ""}` : "无措施",
    channelPosts: "频道的有害帖子",
    counts: "作者帖子的判定",
    harmful: "有害成员",
    why: "原因",
    whyStory: "文字是同一个故事，只有部分内容变化（campaign.story）",
    whyHarmful: "相当一部分成员应送审或拦截",
    whyIgnored: (reason) => `该批量内容不起作用：${reason}`,
    whyCare: "作者可能需要帮助；不会对作者采取措施",
    related: "相似的批量内容",
    common: "共同文字",
    noCommon: "样本没有共同文字。",
    values: (n) => `第 ${n} 处的取值`,
    samples: (n) => `样本 ${n} 条`,
    kept: (n, all) => n === all ? `帖子 ${n} 条` : `${all} 条帖子中最新的 ${n} 条`,
    noText: "只保留批量内容的文字；请按编号查看这些帖子。",
    reportedBy: (by, reason) => reason ? `${by} 举报：${reason}` : `${by} 举报`,
    decision: "决定",
    decided: (v) => `${v.outcome}${v.by ? `，${v.by}` : ""}，${v.at}`,
    note: "备注",
    by: "你的名字",
    signed: (name) => `以令牌的名称 ${name} 署名。`,
    decide: { upheld: "维持", overturned: "撤销", closed: "关闭" },
    decideWhat: "维持：判定正确。撤销：判定错误，收回积分。关闭：不作判断。",
    again: "重试",
    back: "全部案件",
    done: (id, outcome) => `${id}：${outcome}。`,
    changed: "其他人已对此案件作出决定。以下是现在的内容。",
    gone: "此案件已不存在。",
    down: "服务没有应答。它在运行吗？本页每隔几秒会再试。",
    overloaded: "服务现在无法处理（503）。",
    stopping: "服务出错（500），请报告此问题。",
    noToken: "服务需要令牌（401）。请重新加载本页，浏览器会要求输入密码：用户名任意，密码填令牌。",
    noRole: "服务拒绝（403）：",
    refused: (status) => `服务拒绝（${status}）：`,
  },
};

const REFRESH_MS = 4000;
const LIMIT = 200;
const VALUES_MAX = 8;
const NAME_KEY = "tidegate.reviewer";

/** The queue, as it was asked for last. */
let queue = null;
let isCare = false;
/** The case that is shown. */
let shown = null;
/** The name of the token, if it has one. */
let tokenName = null;
let trouble = null;
let refreshTimer = 0;
let isRefreshing = false;

// --- Where the page is --------------------------------------------------------------------------

/** The id of the case in the address, if there is one. */
function wantedCase() {
  return new URLSearchParams(location.hash.slice(1)).get("case");
}

function go(id) {
  const place = new URLSearchParams({ lang: language });
  if (id !== null) place.set("case", id);
  location.hash = place;
}

async function placeChanged() {
  const named = languageOf(location.hash);
  if (named !== null && named !== language) setLanguage(named);
  const id = wantedCase();
  if (id === null) {
    const before = shown?.case;
    shown = null;
    show();
    await refresh();
    focusCase(before);
    return;
  }
  clearTimeout(refreshTimer);
  at("done").textContent = "";
  await load(id);
  at("case").querySelector("h2")?.focus();
}

async function load(id) {
  try {
    const found = await ask(`/v1/cases/${encodeURIComponent(id)}`);
    if (wantedCase() !== id) return;
    [shown, trouble] = [found, null];
  } catch (error) {
    [shown, trouble] = [null, error];
    if (error.status === 404) {
      trouble = null;
      at("done").textContent = w().gone;
      go(null);
    }
  }
  show();
}

// --- Asking -------------------------------------------------------------------------------------

/** Asks for the queue as long as the list is visible. */
async function refresh() {
  clearTimeout(refreshTimer);
  if (document.hidden || isRefreshing || wantedCase() !== null) return;
  isRefreshing = true;
  try {
    if (categories.length === 0) await loadOnce();
    queue = await ask(`/v1/queue?limit=${LIMIT}&care=${isCare}`);
    trouble = null;
  } catch (error) {
    trouble = error;
  } finally {
    isRefreshing = false;
    refreshTimer = setTimeout(refresh, REFRESH_MS);
  }
  if (wantedCase() === null) show();
}

async function loadOnce() {
  const [named, state] = await Promise.all([ask("/v1/categories"), ask("/v1/state")]);
  categories = named.categories;
  tokenName = state.caller.name;
}

function troubleWords(error) {
  if (!(error instanceof Refused)) return w().down;
  const about = error.message ? ` ${error.message}` : "";
  switch (error.status) {
    case 401: return w().noToken;
    case 403: return w().noRole + about;
    case 502: case 503: case 504: return w().overloaded + about;
    case 500: return w().stopping;
    default: return w().refused(error.status) + about;
  }
}

// --- What is shown ------------------------------------------------------------------------------

function languageChanged() {
  show();
}

function show() {
  const isCase = wantedCase() !== null;
  at("trouble").hidden = trouble === null;
  const said = trouble === null ? "" : troubleWords(trouble);
  if (at("trouble").textContent !== said) at("trouble").textContent = said;
  at("list").hidden = isCase;
  at("case").hidden = !isCase;
  if (isCase) showCase();
  else showQueue();
}

function showQueue() {
  if (queue === null) return;
  at("offences").textContent = w().offences(number(queue.open));
  at("care").textContent = w().careQueue(number(queue.care));
  at("offences").setAttribute("aria-pressed", String(!isCare));
  at("care").setAttribute("aria-pressed", String(isCare));
  at("clock").textContent = queue.clock ? w().clock(timeOf(queue.clock)) : "";
  const focused = document.activeElement?.dataset?.case;
  const all = isCare ? queue.care : queue.open;
  at("cases").replaceChildren(...(queue.cases.length === 0
    ? [h("p", {}, w().none)]
    : [table(queue.cases), all > queue.cases.length && h("p", { class: "note" }, w().more(queue.cases.length))].filter(Boolean)));
  if (focused) focusCase(focused);
}

function table(cases) {
  const columns = ["posts", "authors", "channels", "reports", "urgency"];
  const head = [h("th", {}, w().case), h("th", {}, w().category), columns.map((name) => h("th", { class: "n" }, w()[name])), h("th", {}, w().opened)];
  return h("div", { class: "wide" }, h("table", { class: "stack" },
    h("thead", {}, h("tr", {}, head)),
    h("tbody", {}, cases.map((it) => h("tr", {},
      h("td", { class: "name" },
        h("a", { href: `#${new URLSearchParams({ lang: language, case: it.case })}`, "data-case": it.case }, it.case), " ",
        h("span", { class: "tag" }, w().kinds[it.kind]), " ",
        it.proposed && h("span", { class: "tag" }, `${w().proposed}: ${it.proposed}`),
        h("div", { class: "small dim" }, h("bdi", {}, String(it.subject)))),
      h("td", { "data-l": w().category }, it.category && [dot(it.category), categoryName(it.category)]),
      columns.map((name) => h("td", { class: "n", "data-l": w()[name] }, number(it[name]))),
      h("td", { class: "small", "data-l": w().opened }, timeOf(it.opened)))))));
}

function timeOf(text) {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : when(time.getTime() / 1000);
}

function showCase() {
  const typed = at("note")?.value ?? "";
  const shownId = at("case").dataset.id;
  at("case").dataset.id = shown?.case ?? "";
  const back = h("button", { type: "button", class: "back" }, `← ${w().back}`);
  back.onclick = () => go(null);
  if (shown === null) {
    at("case").replaceChildren(back);
    return;
  }
  const campaign = shown.campaign;
  at("case").replaceChildren(back, facts(shown), ...(campaign ? [commonView(campaign)] : []), form(shown), ...(campaign ? samplesView(campaign) : []), postsView(shown));
  if (shownId === shown.case) at("note").value = typed;
}

function facts(it) {
  const campaign = it.campaign;
  const why = [
    it.kind === "care" && w().whyCare,
    it.kind === "campaign" && campaign?.acts?.includes("story") && w().whyStory,
    it.kind === "campaign" && campaign?.acts?.includes("harmful") && w().whyHarmful,
    it.kind === "campaign" && campaign?.ignored && w().whyIgnored(campaign.ignored),
  ].filter(Boolean);
  const { author, channel } = it;
  const rows = [
    [w().about, h("span", {}, w().kinds[it.kind], " ", h("bdi", {}, String(it.subject)))],
    why.length > 0 && [w().why, why.join("; ")],
    [w().state, stateOf(it)],
    it.proposed && [w().proposed, it.proposed],
    it.category && [w().category, [dot(it.category), categoryName(it.category)]],
    author && [w().points, `${author.points} · ${w().step(author.step, author.until && timeOf(author.until))}`],
    author && [w().counts, ["flag", "review", "block"].map((name) => `${w().actions[name]} ${number(author[name])}`).join(" · ")],
    channel && [w().channelPosts, `${number(channel.harmful)} / ${number(channel.posts)} · ${w().step(channel.step, channel.until && timeOf(channel.until))}`],
    campaign && [w().harmful, `${number(campaign.harmful)} / ${number(campaign.posts)}`],
    campaign?.related?.length > 0 && [w().related, campaign.related.join(", ")],
    [w().opened, timeOf(it.opened)],
    [w().updated, timeOf(it.updated)],
  ].filter(Boolean);
  const tile = (name) => h("div", { class: "tile" }, h("b", {}, number(it[name])), h("span", {}, w()[name]));
  return h("section", {},
    h("h2", { tabindex: -1 }, `${w().case} ${it.case}`),
    h("div", { class: "tiles" }, ["posts", "authors", "channels", "reach", "reports", "priority"].map(tile)),
    h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

function stateOf(it) {
  if (it.state !== "decided" || !it.outcome) return w().states[it.state];
  const said = { by: it.by, outcome: w().outcomes[it.outcome], at: timeOf(it.decided) };
  return [w().decided(said), it.note && [" — ", h("bdi", {}, it.note)]];
}

function commonView(it) {
  return h("section", {}, h("h2", {}, w().common),
    it.template ? templateView(it.template, it.slots ?? []) : h("p", { class: "note" }, w().noCommon));
}

function samplesView(it) {
  const samples = it.samples.map((sample) => h("div", { class: "item" },
    h("p", { class: "small dim" }, marks(sample), " · ", h("bdi", {}, String(sample.post)),
      sample.author && [" · ", h("bdi", {}, sample.author)], ` · ${timeOf(sample.at)}`,
      sample.reports > 0 && ` · ${w().reports} ${sample.reports}`),
    h("p", { class: "text" }, h("bdi", {}, sample.text))));
  return samples.length === 0 ? [] : [h("section", {}, h("h2", {}, w().samples(samples.length)), samples)];
}

/** The action and the categories of a post. */
function marks(it) {
  const names = it.categories ? Object.entries(it.categories).map(([name, score]) => [" ", dot(name), `${categoryName(name)} ${score}`]) : [];
  return [h("b", { class: `action-${it.action}` }, w().actions[it.action]), names];
}

/** The common text; its places are numbered, as their values are below. */
function templateView(text, slots) {
  const parts = [];
  let [rest, next] = [text, 1];
  while (rest !== "") {
    const mark = `{${next}:${slots[next - 1]?.kind}}`;
    const found = next <= slots.length ? rest.indexOf(mark) : -1;
    if (found < 0) {
      parts.push(rest);
      break;
    }
    parts.push(rest.slice(0, found), h("span", { class: "slot" }, h("b", {}, String(next)), ` ${w().slots[slots[next - 1].kind] ?? ""}`));
    rest = rest.slice(found + mark.length);
    next += 1;
  }
  const values = slots.map((slot, index) => {
    const few = slot.values.slice(0, VALUES_MAX).map(([value, count]) => [h("bdi", {}, value), h("span", { class: "dim" }, ` × ${number(count)}`), " · "]);
    const rest = slot.values.length > VALUES_MAX ? "…" : "";
    return h("p", { class: "small values", "aria-label": w().values(index + 1) }, h("span", { class: "slot" }, h("b", {}, String(index + 1))), " ", few, rest);
  });
  return [h("p", { class: "template" }, h("bdi", {}, parts)), values];
}

function postsView(it) {
  const posts = it.newest_posts.map((post) => h("div", { class: "item" },
    h("p", { class: "small" }, h("b", { class: `action-${post.action}` }, w().actions[post.action] ?? post.action), " ",
      post.category && [dot(post.category), categoryName(post.category), " "],
      h("bdi", { class: "mono" }, String(post.post)),
      post.author && [" · ", h("bdi", {}, post.author)], post.channel && [" · ", h("bdi", {}, post.channel)],
      h("span", { class: "dim" }, ` · ${timeOf(post.at)}`),
      post.outcome && [" ", h("span", { class: "tag" }, w().outcomes[post.outcome])]),
    (post.reports ?? []).map((report) => h("p", { class: "small dim" }, h("bdi", {}, w().reportedBy(report.by, report.reason))))));
  return h("section", {}, h("h2", {}, w().kept(it.newest_posts.length, it.kept_posts)),
    !it.campaign && h("p", { class: "note" }, w().noText), posts);
}

// --- The decision -------------------------------------------------------------------------------

function form(it) {
  const note = h("textarea", { id: "note", rows: 2, maxlength: 2000, dir: "auto", autocomplete: "off" });
  const name = h("input", { id: "by", type: "text", maxlength: 200, autocomplete: "off", value: remembered() });
  const buttons = ["upheld", "overturned", "closed"].map((outcome) => {
    const button = h("button", { type: "button", class: `decide ${outcome}` }, w().decide[outcome]);
    button.onclick = () => decide(it, outcome);
    return button;
  });
  const signed = tokenName === null
    ? [h("label", { for: "by" }, w().by), name]
    : h("p", { class: "note" }, w().signed(tokenName));
  const made = h("form", {}, h("h2", {}, w().decision), h("p", { class: "note" }, w().decideWhat),
    h("label", { for: "note" }, w().note), note, signed, h("div", { class: "row" }, buttons));
  made.onsubmit = (event) => event.preventDefault();
  return h("section", {}, made);
}

function remembered() {
  try {
    return localStorage.getItem(NAME_KEY) ?? "";
  } catch {
    // The browser keeps nothing for this page.
    return "";
  }
}

async function decide(it, outcome) {
  const by = at("by")?.value.trim() ?? "";
  try {
    if (by !== "") localStorage.setItem(NAME_KEY, by);
  } catch {
    // As above.
  }
  const body = { outcome, again: it.state !== "open" };
  const note = at("note").value.trim();
  if (note !== "") body.note = note;
  if (by !== "") body.by = by;
  setBusy(true);
  try {
    const headers = { "Content-Type": "application/json" };
    await ask(`/v1/cases/${encodeURIComponent(it.case)}/decision`, { method: "POST", headers, body: JSON.stringify(body) });
    trouble = null;
    go(null);
    at("done").textContent = w().done(it.case, w().outcomes[outcome]);
  } catch (error) {
    if (error.status === 409) {
      await load(it.case);
      at("done").textContent = w().changed;
      return;
    }
    trouble = error;
    show();
    at("trouble").scrollIntoView({ block: "nearest" });
  } finally {
    setBusy(false);
  }
}

function setBusy(isBusy) {
  for (const button of document.querySelectorAll(".decide")) button.disabled = isBusy;
}

// --- Keys ---------------------------------------------------------------------------------------

function focusCase(id) {
  const links = [...document.querySelectorAll("[data-case]")];
  (links.find((link) => link.dataset.case === id) ?? (id === undefined ? null : links[0]))?.focus();
}

function keyPressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const isTyping = event.target.matches("input, textarea");
  if (event.key === "Escape" && isTyping) {
    // The note stays.
    event.target.blur();
  } else if (event.key === "Escape" && wantedCase() !== null) {
    go(null);
  } else if (!isTyping && (event.key === "j" || event.key === "k") && wantedCase() === null) {
    const links = [...document.querySelectorAll("[data-case]")];
    const place = links.indexOf(document.activeElement);
    const next = place < 0 ? 0 : place + (event.key === "j" ? 1 : -1);
    links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
  }
}

// --- Start --------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-language]")) {
  button.onclick = () => {
    setLanguage(button.dataset.language);
    const place = new URLSearchParams(location.hash.slice(1));
    place.set("lang", language);
    history.replaceState(null, "", `#${place}`);
  };
}
for (const [id, care] of [["offences", false], ["care", true]]) {
  at(id).onclick = () => {
    isCare = care;
    refresh();
  };
}
addEventListener("hashchange", placeChanged);
addEventListener("keydown", keyPressed);
document.addEventListener("visibilitychange", refresh);
setLanguage(firstLanguage());
loadOnce().catch((error) => { trouble = error; }).finally(placeChanged);
