//! Runs the peers and prints the table.

use crate::answers;
use crate::corpus::{Corpus, command};
use crate::error::Error;
use crate::peers::{Answers, Finder, Peer, Reads, floor};
use crate::terms;
use crate::weigh::{self, Weight};
use clap::Args;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// Options of the table.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// Posts, one JSON object a line
    corpus: PathBuf,
    /// A folder of .txt files with a term a line, or one such file
    terms: PathBuf,
    /// How often each peer runs
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only peers whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out peers whose name contains one of these words
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// The program; by default the one next to this one
    #[arg(long)]
    tidegate: Option<PathBuf>,
    /// Also run tidegate with its embedded rules
    #[arg(long)]
    own_packs: bool,
    /// Do not compare answers; the comparison runs each peer once more, untimed
    #[arg(long)]
    no_answers: bool,
}

/// Measurements of one peer.
#[derive(Debug, Default)]
pub struct Row {
    /// Start-up time: the run without posts.
    pub start: Duration,
    /// Runs with posts.
    pub rounds: Vec<Weight>,
    /// Posts with hits, if the peer reports them.
    pub hit: Option<u64>,
    /// Hits, if the peer reports them.
    pub hits: Option<u64>,
}

/// A temporary folder, removed when dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// A folder for this process.
    pub fn new() -> Result<Scratch, Error> {
        let path = std::env::temp_dir().join(format!("peers-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: the system cleans the temporary folder otherwise.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs everything and prints it.
pub fn run(args: &TableArgs) -> Result<(), Error> {
    let scratch = Scratch::new()?;
    let finder = Finder::new(args.tidegate.as_deref())?;
    let corpus = Corpus::new(&args.corpus, &scratch.0)?;
    let nothing = Corpus::empty(&scratch.0)?;
    println!("{} posts, {:.1} MB", corpus.posts, corpus.bytes as f64 / 1e6);
    for absent in finder.absent() {
        println!("absent: {} ({})", absent.name, absent.why);
    }
    let mut errors = Vec::new();
    for set in terms::find(&args.terms)? {
        let mut peers = finder.with_terms(&set, &scratch.0)?;
        peers.push(floor());
        peers.retain(|peer| is_wanted(peer, &args.only, &args.without));
        let rows = measure(&peers, &corpus, &nothing, args.rounds)?;
        print(&format!("{} terms", set.count), &peers, &rows, &corpus);
        errors.extend(same_hits(&peers, &rows));
        if !args.no_answers {
            errors.extend(differences(&peers, &corpus)?);
        }
    }
    if args.own_packs {
        let mut peers = finder.tidegate(&[]);
        peers.push(floor());
        let rows = measure(&peers, &corpus, &nothing, args.rounds)?;
        print("tidegate's own packs", &peers, &rows, &corpus);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n").into()) }
}

/// Whether a peer is selected by `--only` and `--without`.
pub fn is_wanted(peer: &Peer, only: &[String], without: &[String]) -> bool {
    let named = |words: &[String]| words.iter().any(|word| peer.name.contains(word.as_str()));
    (only.is_empty() || named(only)) && !named(without)
}

/// Runs each peer without posts, then all peers alternately in each round.
fn measure(
    peers: &[Peer],
    corpus: &Corpus,
    nothing: &Corpus,
    rounds: usize,
) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for peer in peers {
        let start = weighed(peer, nothing, &mut Row::default())?.wall;
        rows.push(Row { start, ..Row::default() });
    }
    for _ in 0..rounds {
        for (peer, row) in peers.iter().zip(&mut rows) {
            let weight = weighed(peer, corpus, row)?;
            row.rounds.push(weight);
        }
    }
    Ok(rows)
}

/// One run through `weigh`; the counts of the peer go into `row`.
pub fn weighed(peer: &Peer, corpus: &Corpus, row: &mut Row) -> Result<Weight, Error> {
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let line = [vec![own, "weigh".to_owned(), "--".to_owned()], peer.command.clone()].concat();
    let mut child = command(&line, peer.reads, corpus)?;
    // ripgrep prints its counts to standard output; all other peers print answers there.
    let counts = peer.answers == Answers::Other && peer.reads == Reads::Itself;
    child.stdout(if counts { Stdio::piped() } else { Stdio::null() }).stderr(Stdio::piped());
    let output = child.spawn()?.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {}", peer.name, stderr.trim()).into());
    }
    if counts {
        let text = String::from_utf8_lossy(&output.stdout);
        row.hit = Some(text.lines().filter_map(|line| line.trim().parse::<u64>().ok()).sum());
    }
    read_counts(&stderr, row);
    weigh::read(&stderr).ok_or_else(|| format!("{}: no weight in {stderr}", peer.name).into())
}

/// Parses `tally POSTS HIT HITS` of a peer, or the statistics of tidegate.
fn read_counts(stderr: &str, row: &mut Row) {
    for line in stderr.lines() {
        if let Some(tally) = line.strip_prefix("tally ") {
            let mut numbers = tally.split(' ').skip(1).map(str::parse::<u64>);
            row.hit = numbers.next().and_then(Result::ok);
            row.hits = numbers.next().and_then(Result::ok);
        } else if let Ok(stats) = serde_json::from_str::<serde_json::Value>(line) {
            row.hit = stats["actions"].as_object().map(|actions| {
                let acted = actions.iter().filter(|(action, _)| *action != "allow");
                acted.filter_map(|(_, count)| count.as_u64()).sum()
            });
        }
    }
}

/// Errors: peers that do the same work but count different hits.
fn same_hits(peers: &[Peer], rows: &[Row]) -> Vec<String> {
    let same = || peers.iter().zip(rows).filter(|(peer, _)| peer.answers == Answers::Same);
    let Some((first, wanted)) = same().next() else { return Vec::new() };
    let differs = |row: &Row| (row.hit, row.hits) != (wanted.hit, wanted.hits);
    let differing = same().filter(|(_, row)| differs(row)).map(|(peer, row)| {
        let (name, other) = (&peer.name, &first.name);
        let (hit, hits) = (row.hit, row.hits);
        format!("{name} counts {hit:?} posts, {hits:?} hits; {other} {wanted:?}")
    });
    differing.collect()
}

/// Compares which posts have hits, in runs that are not timed.
fn differences(peers: &[Peer], corpus: &Corpus) -> Result<Vec<String>, Error> {
    let Some(naive) = peers.iter().find(|peer| peer.name == "naive") else {
        println!("answers are not compared: naive is left out");
        return Ok(Vec::new());
    };
    let wanted = answers::ids(naive, corpus)?;
    let mut errors = Vec::new();
    let compared = |peer: &&Peer| matches!(peer.answers, Answers::Same | Answers::AtLeast);
    for peer in peers.iter().filter(compared).filter(|peer| peer.name != "naive") {
        let found = answers::ids(peer, corpus)?;
        errors.extend(answers::compare(peer, &found, &wanted));
    }
    let verdict = if errors.is_empty() { "agree" } else { "DIFFER" };
    println!("answers {verdict}: naive hits {} posts", wanted.len());
    Ok(errors)
}

fn print(title: &str, peers: &[Peer], rows: &[Row], corpus: &Corpus) {
    println!("\n{title}");
    println!(
        "{:18} {:>3} {:>9} {:>6} {:>10} {:>8} {:>8} {:>6} {:>13} {:>7} {:>7}",
        "peer",
        "n",
        "posts hit",
        "%",
        "hits",
        "start s",
        "peak MB",
        "MB/s",
        "from – to",
        "− start",
        "× naive"
    );
    let naive = peers.iter().position(|peer| peer.name == "naive");
    let yardstick = naive.and_then(|at| rate(&rows[at], corpus, Duration::ZERO));
    for (peer, row) in peers.iter().zip(rows) {
        let share = row.hit.map(|hit| 100.0 * hit as f64 / corpus.posts.max(1) as f64);
        let speed = rate(row, corpus, Duration::ZERO);
        let memory = row.rounds.iter().map(|weight| weight.memory_kib).max().unwrap_or(0);
        let ratio = speed.zip(yardstick).map(|(own, naive)| own.middle / naive.middle);
        println!(
            "{:18} {:>3} {:>9} {:>6} {:>10} {:>8.3} {:>8.1} {:>6} {:>13} {:>7} {:>7}",
            peer.name,
            peer.threads,
            cell(row.hit, |hit| hit.to_string()),
            cell(share, |share| format!("{share:.1}")),
            cell(row.hits, |hits| hits.to_string()),
            row.start.as_secs_f64(),
            memory as f64 * 1024.0 / 1e6,
            cell(speed, |speed| format!("{:.0}", speed.middle)),
            cell(speed, |speed| format!("{:.0} – {:.0}", speed.least, speed.most)),
            cell(rate(row, corpus, row.start), |speed| format!("{:.0}", speed.middle)),
            cell(ratio, |ratio| format!("{ratio:.2}")),
        );
    }
}

pub fn cell<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

/// Throughput of the rounds, in MB/s.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// The slowest round.
    pub least: f64,
    /// The median; for an even number of rounds the lower of the two in the middle.
    pub middle: f64,
    /// The fastest round.
    pub most: f64,
}

/// The throughput with `start` subtracted from each round; `None` if less than 5 % of a round
/// remains.
fn rate(row: &Row, corpus: &Corpus, start: Duration) -> Option<Rate> {
    rate_of(row.rounds.iter().map(|weight| weight.wall), corpus, start)
}

/// The same, of some times.
pub fn rate_of(
    times: impl Iterator<Item = Duration>,
    corpus: &Corpus,
    start: Duration,
) -> Option<Rate> {
    let mut rates = Vec::new();
    for time in times {
        let took = time.checked_sub(start)?;
        if took * 20 < time {
            return None;
        }
        rates.push(corpus.bytes as f64 / 1e6 / took.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let last = rates.len().checked_sub(1)?;
    Some(Rate { least: rates[0], middle: rates[last / 2], most: rates[last] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::corpus_of;

    #[test]
    fn rates_need_enough_time_after_start_up() {
        let weight = |millis| {
            let wall = Duration::from_millis(millis);
            Weight { wall, cpu: wall, built: None, memory_kib: 1 }
        };
        let rounds = vec![weight(200), weight(100), weight(400)];
        let row = Row { rounds, ..Row::default() };
        let corpus = corpus_of(40_000_000);
        let speed = rate(&row, &corpus, Duration::ZERO).unwrap();
        assert_eq!((speed.least, speed.middle, speed.most), (100.0, 200.0, 400.0));
        assert!(rate(&row, &corpus, Duration::from_millis(50)).is_some());
        assert!(rate(&row, &corpus, Duration::from_millis(96)).is_none());
        assert!(rate(&row, &corpus, Duration::from_millis(150)).is_none());
        assert!(rate(&Row::default(), &corpus, Duration::ZERO).is_none());
    }

    #[test]
    fn reads_the_counts_of_peers() {
        let mut row = Row::default();
        read_counts("noise\ntally 10 3 7\nweight 5 6\n", &mut row);
        assert_eq!((row.hit, row.hits), (Some(3), Some(7)));
        let mut row = Row::default();
        read_counts("{\"actions\":{\"allow\":8,\"flag\":2,\"block\":1}}\n", &mut row);
        assert_eq!((row.hit, row.hits), (Some(3), None));
    }
}
