//! A fixed corpus, and the first three results of fixed queries: the same on both databases.

use vitrine::content::search::{self, Entry, Found, Kind, Scope};
use vitrine::db::TxName;

use crate::support::{Database, Server, on_both_databases};

/// Title, lead, text and year of publication.
type Document = (&'static str, &'static str, &'static str, i64);

const CORPUS: [Document; 26] = [
    (
        "Tide clocks",
        "Clocks that show the sea",
        "A tide clock has one hand. It turns once in twelve hours and twenty-five minutes, as the moon does.",
        2020,
    ),
    (
        "The tide clock at Skerry Quay",
        "tide clock, Skerry Quay",
        "We set the clock in the harbour wall. The tide comes twice a day and the clock agrees.",
        2022,
    ),
    (
        "How to read a barograph",
        "A line of ink about the weather",
        "A barograph draws air pressure on paper. A steep fall means a storm is near; the barometer beside it confirms the pressure.",
        2021,
    ),
    (
        "Sundials",
        "Shadows that tell the hour",
        "A sundial needs latitude and the sun. Sundials are slow by the equation of time.",
        2019,
    ),
    (
        "A sundial is a promise",
        "On a dial for the market square",
        "The promise is that the shadow comes back. We cut the dial in slate.",
        2021,
    ),
    (
        "What the fog signal taught us",
        "Sound at sea",
        "The fog signal has a reed of brass. In fog the lighthouse is blind and the signal speaks.",
        2018,
    ),
    (
        "What the keeper's granddaughter said",
        "A conversation",
        "She kept the lighthouse log. The keeper's ledger lists every storm since 1931.",
        2020,
    ),
    (
        "Six firings",
        "Enamel on copper",
        "Enamel is glass melted on copper. Each dial goes six times through the kiln.",
        2022,
    ),
    (
        "Glass that isn't there",
        "Coatings against reflections",
        "Anti-reflective glass shows the dial and not the window behind you.",
        2021,
    ),
    (
        "Foucault in a stairwell",
        "A pendulum of eleven metres",
        "The pendulum swings and the building turns under it. Foucault hung his in the Pantheon.",
        2017,
    ),
    (
        "An orrery for children who push things",
        "Planets on bearings",
        "Children push. The planets move, and the moon goes round the earth as it should.",
        2019,
    ),
    (
        "The wind in the market square",
        "A vane and an anemometer",
        "Wind goes round corners. The market square has four winds and none of them is the right one.",
        2020,
    ),
    (
        "Calibration day",
        "Once a year",
        "We compare every barometer with the standard. New York sends us its own; it is off by two tenths.",
        2023,
    ),
    (
        "Maintenance is a design discipline",
        "On oil, access and screws",
        "An instrument that cannot be opened will not be maintained. Maintenance begins on paper.",
        2022,
    ),
    (
        "A bite out of the sun",
        "The eclipse from the roof",
        "The eclipse began at nine. The moon took a bite and gave it back.",
        2024,
    ),
    (
        "One year in dots",
        "A chart of rain",
        "Each dot is a day with rain. There are many dots. York was wetter, and new.",
        2018,
    ),
    ("Instruments", "What we build", "Tide clocks, sundials, barographs, wind vanes and an orrery.", 2016),
    (
        "Café Zürich",
        "Crème brûlée and naïve art",
        "A façade with a clock. The café keeps the time of the canton.",
        2020,
    ),
    ("Grüße aus Köln", "Eine Postkarte", "Viele Grüße vom Rhein. Die Uhr am Dom geht vor.", 2021),
    (
        "Die Gezeitenuhr am Hafen",
        "Ebbe und Flut",
        "Die Gezeitenuhr hat einen Zeiger. Im Hafen zeigt sie Ebbe und Flut an.",
        2022,
    ),
    (
        "Straßenuhren",
        "Uhren für jede Straße",
        "Eine Straßenuhr muss man von weitem lesen können. Die Straßen sind lang.",
        2019,
    ),
    (
        "Sonnenuhren im Garten",
        "Schatten und Stunden",
        "Die Sonnenuhr braucht Sonne. Ein Garten hat davon mehr als ein Hof.",
        2023,
    ),
    (
        "Leuchttürme der Küste",
        "Licht über dem Wasser",
        "Jeder Leuchtturm hat seine Kennung. Der Turm am Hafen blinkt dreimal.",
        2018,
    ),
    (
        "Über das Messen",
        "Maß und Größe",
        "Wer misst, vergleicht. Größen haben Einheiten, und Einheiten haben Geschichte.",
        2017,
    ),
    ("Wetterglas", "Das Barometer im Flur", "Ein Wetterglas sagt Sturm voraus. Das Glas ist mundgeblasen.", 2020),
    ("Водяные часы", "Часы и вода", "Водяные часы старше солнечных.", 2015),
];

/// A query, how it ends, and the titles of its first three results.
type Expected = (&'static str, Found, &'static [&'static str]);

const QUERIES: &[Expected] = &[
    ("tide clock", Found::All, &["Tide clocks", "The tide clock at Skerry Quay", "Instruments"]),
    ("clock tide", Found::All, &["Tide clocks", "The tide clock at Skerry Quay", "Instruments"]),
    ("clock", Found::All, &["The tide clock at Skerry Quay", "Tide clocks", "Café Zürich"]),
    ("clocks", Found::All, &["Tide clocks", "The tide clock at Skerry Quay", "Instruments"]),
    ("\"tide clock\"", Found::All, &["The tide clock at Skerry Quay", "Tide clocks"]),
    ("\"clock tide\"", Found::None, &[]),
    ("sundial", Found::All, &["Sundials", "A sundial is a promise", "Instruments"]),
    ("sundials", Found::All, &["Sundials", "A sundial is a promise", "Instruments"]),
    ("sun dial", Found::All, &["A sundial is a promise", "Sundials"]),
    ("tideclock", Found::Corrected, &["The tide clock at Skerry Quay", "Tide clocks"]),
    ("barograph", Found::All, &["How to read a barograph", "Instruments"]),
    ("barogrpah", Found::Corrected, &["How to read a barograph", "Instruments"]),
    ("barograf", Found::Corrected, &["How to read a barograph", "Instruments"]),
    ("barometer", Found::All, &["Wetterglas", "Calibration day", "How to read a barograph"]),
    ("barometre", Found::Corrected, &["Wetterglas", "Calibration day", "How to read a barograph"]),
    ("sundail", Found::Corrected, &["Sundials", "A sundial is a promise", "Instruments"]),
    ("instrumnets", Found::Corrected, &["Instruments", "Maintenance is a design discipline"]),
    ("maintenence", Found::Corrected, &["Maintenance is a design discipline"]),
    ("maintnance", Found::Corrected, &["Maintenance is a design discipline"]),
    ("pendlum", Found::Corrected, &["Foucault in a stairwell"]),
    ("lighthouse keeper", Found::All, &["What the keeper's granddaughter said"]),
    ("keepers", Found::All, &["What the keeper's granddaughter said"]),
    ("keeper’s granddaughter", Found::All, &["What the keeper's granddaughter said"]),
    ("fog", Found::All, &["What the fog signal taught us"]),
    ("fog signal", Found::All, &["What the fog signal taught us"]),
    ("signal fog", Found::All, &["What the fog signal taught us"]),
    ("enamel copper", Found::All, &["Six firings"]),
    ("glass", Found::All, &["Glass that isn't there", "Six firings", "Wetterglas"]),
    ("glass -dial", Found::All, &["Wetterglas"]),
    ("moon", Found::All, &["A bite out of the sun", "Tide clocks", "An orrery for children who push things"]),
    ("moon -eclipse", Found::All, &["Tide clocks", "An orrery for children who push things"]),
    ("new york", Found::All, &["Calibration day", "One year in dots"]),
    ("\"new york\"", Found::All, &["Calibration day"]),
    ("market square", Found::All, &["The wind in the market square", "A sundial is a promise"]),
    ("wind market", Found::All, &["The wind in the market square"]),
    ("storm barometer", Found::All, &["How to read a barograph"]),
    ("storm", Found::All, &["How to read a barograph", "What the keeper's granddaughter said"]),
    ("café", Found::All, &["Café Zürich"]),
    ("cafe", Found::All, &["Café Zürich"]),
    ("zurich", Found::All, &["Café Zürich"]),
    ("creme brulee", Found::All, &["Café Zürich"]),
    ("naive facade", Found::All, &["Café Zürich"]),
    ("grüße", Found::All, &["Grüße aus Köln"]),
    ("gruesse", Found::All, &["Grüße aus Köln"]),
    ("grusse", Found::All, &["Grüße aus Köln"]),
    ("GRÜSSE", Found::All, &["Grüße aus Köln"]),
    ("köln", Found::All, &["Grüße aus Köln"]),
    ("koeln", Found::All, &["Grüße aus Köln"]),
    ("gezeitenuhr", Found::All, &["Die Gezeitenuhr am Hafen"]),
    ("gezeiten uhr", Found::All, &["Die Gezeitenuhr am Hafen"]),
    ("gezeitnuhr", Found::Corrected, &["Die Gezeitenuhr am Hafen"]),
    ("straße", Found::All, &["Straßenuhren"]),
    ("strasse", Found::All, &["Straßenuhren"]),
    ("straßen", Found::All, &["Straßenuhren"]),
    ("uhr", Found::All, &["Straßenuhren", "Grüße aus Köln"]),
    ("uhren", Found::All, &["Straßenuhren", "Grüße aus Köln"]),
    ("sonnenuhr", Found::All, &["Sonnenuhren im Garten"]),
    ("leuchtturm", Found::All, &["Leuchttürme der Küste"]),
    ("leuchttürme", Found::All, &["Leuchttürme der Küste"]),
    ("größe", Found::All, &["Über das Messen"]),
    ("groesse", Found::All, &["Über das Messen"]),
    ("wetterglas sturm", Found::All, &["Wetterglas"]),
    ("wetter glas", Found::All, &["Wetterglas"]),
    ("часы", Found::All, &["Водяные часы"]),
    ("чосы", Found::Corrected, &["Водяные часы"]),
    ("orrery planets zebra", Found::Some, &["An orrery for children who push things", "Instruments"]),
    ("zebra", Found::None, &[]),
    ("qqqq wwww", Found::None, &[]),
    (
        "the",
        Found::All,
        &["A bite out of the sun", "The tide clock at Skerry Quay", "What the keeper's granddaughter said"],
    ),
    ("tid", Found::All, &["The tide clock at Skerry Quay", "Tide clocks", "Instruments"]),
    ("baro", Found::All, &["How to read a barograph", "Wetterglas", "Calibration day"]),
    ("calib", Found::All, &["Calibration day"]),
    ("wint", Found::Corrected, &["The wind in the market square", "Instruments"]),
    (
        "the of and",
        Found::All,
        &["A bite out of the sun", "The wind in the market square", "What the fog signal taught us"],
    ),
    ("eleven metres", Found::All, &["Foucault in a stairwell"]),
    ("1931", Found::All, &["What the keeper's granddaughter said"]),
    ("twenty five", Found::All, &["Tide clocks"]),
    ("isnt there", Found::All, &["Glass that isn't there"]),
    ("isn't there", Found::All, &["Glass that isn't there"]),
];

async fn fill(server: &Server) {
    let mut tx = server.db_shared().begin(TxName("test.fill")).await.expect("begun");
    // Only the corpus says which words there are.
    search::remove(&mut tx, Kind::Page, (1..100).collect()).await.expect("removed");
    let entries: Vec<Entry> = CORPUS
        .iter()
        .enumerate()
        .map(|(at, (title, lead, text, year))| Entry {
            kind: Kind::Page,
            object_id: at as i64,
            type_name: "blog.BlogPage".into(),
            locale: "en".into(),
            top: 2,
            hidden: false,
            published_at: (year - 1970) * 365 * 86_400_000_000,
            title: (*title).into(),
            lead: (*lead).into(),
            text: (*text).into(),
        })
        .collect();
    search::index_many(&mut tx, &entries).await.expect("indexed");
    tx.commit().await.expect("committed");
}

async fn the_first_three_results_are_these(database: Database) {
    let server = Server::start(database).await;
    fill(&server).await;
    let scope = Scope { kind: Kind::Page, root_id: 2, root_path: "00010001", locale: "en" };
    let mut wrong = Vec::new();
    for (query, found, titles) in QUERIES {
        let results = search::find(server.db(), query, scope).await.expect("the search runs");
        let first: Vec<&str> =
            results.ranked.iter().take(3).map(|ranked| CORPUS[ranked.object_id as usize].0).collect();
        if (results.found, &first[..]) != (*found, *titles) {
            wrong.push(format!("{query}: {:?} {first:?}, not {found:?} {titles:?}", results.found));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

on_both_databases!(the_first_three_results_are_these);
