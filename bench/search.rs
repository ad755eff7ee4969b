//! How long searches take: fills the index of an empty database with made-up pages, then asks queries of every kind.
//! Usage: search DATABASE_URL PAGES, with `cargo run --release --example search`.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use vitrine::config::Config;
use vitrine::content::search::{self, Entry, Kind, Scope};
use vitrine::db::{Db, TxName};
use vitrine::telemetry::Telemetry;

const BATCH: i64 = 500;
const QUERIES: usize = 200;
const VOCABULARY: usize = 60_000;
const TEN_YEARS_MICROS: i64 = 10 * 365 * 86_400_000_000;
const SCOPE: Scope<'static> = Scope { kind: Kind::Page, root_id: 2, root_path: "00010001", locale: "en" };

/// Xorshift: the same pages every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    /// Rank in Zipf's law, from 0.
    fn zipf(&mut self) -> usize {
        let share = (self.roll(1 << 30) as f64 + 1.0) / f64::from(1 << 30);
        ((VOCABULARY as f64).powf(share) - 1.0) as usize
    }
}

fn vocabulary(dice: &mut Dice) -> Vec<String> {
    let syllables: Vec<String> = "b d f g k l m n p r s t v w st tr br sch"
        .split(' ')
        .flat_map(|head| ["a", "e", "i", "o", "u", "en", "er"].map(|tail| format!("{head}{tail}")))
        .collect();
    let mut seen = std::collections::HashSet::new();
    let mut words = Vec::with_capacity(VOCABULARY);
    while words.len() < VOCABULARY {
        let length = 1 + dice.roll(2) + usize::from(words.len() > 200) + dice.roll(2);
        let word: String = (0..length).map(|_| syllables[dice.roll(syllables.len())].as_str()).collect();
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

fn text(dice: &mut Dice, words: &[String], length: usize) -> String {
    let mut text = String::with_capacity(length * 7);
    for _ in 0..length {
        text.push_str(&words[dice.zipf()]);
        text.push(' ');
    }
    text
}

async fn fill(db: &std::sync::Arc<Db>, words: &[String], pages: i64) -> anyhow::Result<Vec<String>> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut samples = Vec::new();
    let began = Instant::now();
    for first in (0..pages).step_by(BATCH as usize) {
        let entries: Vec<Entry> = (first..(first + BATCH).min(pages))
            .map(|number| Entry {
                kind: Kind::Page,
                object_id: 1_000_000 + number,
                type_name: "blog.BlogPage".into(),
                locale: "en".into(),
                top: 2,
                hidden: false,
                published_at: TEN_YEARS_MICROS * 4 + dice.roll(TEN_YEARS_MICROS as usize) as i64,
                title: {
                    let length = 3 + dice.roll(6);
                    text(&mut dice, words, length)
                },
                lead: {
                    let length = 15 + dice.roll(20);
                    text(&mut dice, words, length)
                },
                text: {
                    let length = 150 + dice.roll(600);
                    text(&mut dice, words, length)
                },
            })
            .collect();
        if first % 5_000 == 0 {
            samples.push(entries[0].text.clone());
        }
        let mut tx = db.begin(TxName("bench.fill")).await?;
        search::index_many(&mut tx, &entries).await?;
        tx.commit().await?;
    }
    println!("{pages} pages indexed in {:.1} s", began.elapsed().as_secs_f64());
    Ok(samples)
}

fn misspelt(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = 1 + dice.roll(letters.len() - 2);
    letters.swap(at, at - 1);
    if letters.iter().collect::<String>() == word {
        letters[at] = 'x';
    }
    letters.into_iter().collect()
}

/// Kinds of queries, each with its queries.
fn classes(words: &[String], samples: &[String]) -> Vec<(&'static str, Vec<String>)> {
    let mut dice = Dice(42);
    let pick = |dice: &mut Dice, from: usize, to: usize| words[from + dice.roll(to - from)].clone();
    let long = |dice: &mut Dice| loop {
        let word = pick(dice, 200, 20_000);
        if word.len() >= 9 {
            return word;
        }
    };
    let short = |dice: &mut Dice| loop {
        let word = pick(dice, 200, 20_000);
        if (5..=7).contains(&word.len()) {
            return word;
        }
    };
    type Make<'m> = Box<dyn Fn(&mut Dice) -> String + 'm>;
    let kinds: Vec<(&str, Make<'_>)> = vec![
        ("rare word", Box::new(|dice| pick(dice, 20_000, 60_000) + " ")),
        ("usual word", Box::new(|dice| pick(dice, 500, 5_000) + " ")),
        ("frequent word", Box::new(|dice| pick(dice, 20, 100) + " ")),
        ("most frequent word", Box::new(|dice| pick(dice, 0, 5) + " ")),
        ("two frequent words", Box::new(|dice| format!("{} {} ", pick(dice, 0, 50), pick(dice, 50, 200)))),
        ("three usual words", Box::new(|dice| (0..3).map(|_| pick(dice, 100, 1_000) + " ").collect())),
        ("frequent and rare", Box::new(|dice| format!("{} {} ", pick(dice, 0, 10), pick(dice, 20_000, 60_000)))),
        ("sixteen words", Box::new(|dice| (0..16).map(|_| pick(dice, 0, 5_000) + " ").collect())),
        ("beginning, 2 letters", Box::new(|dice| pick(dice, 0, 5_000)[..2].to_owned())),
        ("beginning, 4 letters", Box::new(|dice| short(dice)[..4].to_owned())),
        (
            "misspelt, short",
            Box::new(|dice| {
                let word = short(dice);
                misspelt(dice, &word)
            }),
        ),
        (
            "misspelt, long",
            Box::new(|dice| {
                let word = long(dice);
                misspelt(dice, &word)
            }),
        ),
        (
            "misspelt twice, long",
            Box::new(|dice| {
                let word = long(dice);
                let once = misspelt(dice, &word);
                misspelt(dice, &once)
            }),
        ),
        ("no such word", Box::new(|dice| format!("qx{}zqj", pick(dice, 0, 60_000)))),
        (
            "phrase",
            Box::new(|dice| {
                let text: Vec<&str> = samples[dice.roll(samples.len())].split_whitespace().collect();
                let at = dice.roll(text.len() - 3);
                format!("\"{}\"", text[at..at + 3].join(" "))
            }),
        ),
        ("phrase, frequent", Box::new(|dice| format!("\"{} {}\"", pick(dice, 0, 20), pick(dice, 0, 20)))),
        ("one without another", Box::new(|dice| format!("{} -{}", pick(dice, 100, 1_000), pick(dice, 0, 5)))),
    ];
    kinds.into_iter().map(|(name, make)| (name, (0..QUERIES).map(|_| make(&mut dice)).collect())).collect()
}

fn milliseconds(times: &[Duration], share: f64) -> f64 {
    let at = ((times.len() - 1) as f64 * share).round() as usize;
    times[at].as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: search DATABASE_URL PAGES";
    let url = arguments.next().context(usage)?;
    let pages: i64 = arguments.next().context(usage)?.parse()?;
    let mut config = Config::default();
    config.database.url = vitrine::config::SecretUrl::new(url);
    let telemetry = Telemetry::start(&config, Box::new(std::io::sink()))?;
    let db = Db::open(&config, &telemetry)?;
    db.migrate().await?;
    let words = vocabulary(&mut Dice(7));
    let samples = fill(&db, &words, pages).await?;
    println!("| query | p50 ms | p95 ms | max ms | found | ended |");
    println!("| --- | ---: | ---: | ---: | ---: | --- |");
    let mut all = Vec::new();
    for (name, queries) in classes(&words, &samples) {
        let mut times = Vec::new();
        let mut found = 0;
        let mut ended = std::collections::BTreeMap::<String, usize>::new();
        for query in &queries {
            let began = Instant::now();
            let results = search::find(&db, query, SCOPE).await?;
            times.push(began.elapsed());
            found += results.ranked.len();
            *ended.entry(format!("{:?}", results.found)).or_default() += 1;
        }
        times.sort();
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {} | {ended:?} |",
            milliseconds(&times, 0.5),
            milliseconds(&times, 0.95),
            milliseconds(&times, 1.0),
            found / queries.len()
        );
        all.extend(times);
    }
    all.sort();
    println!(
        "| all | {:.1} | {:.1} | {:.1} | | |",
        milliseconds(&all, 0.5),
        milliseconds(&all, 0.95),
        milliseconds(&all, 1.0)
    );
    db.close().await;
    Ok(())
}
