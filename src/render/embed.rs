//! The HTML of embedded media: a player of the provider's in a frame of ours, or a link. Nothing in it is theirs but
//! escaped words and an address that was looked at.

use super::rich_text::entity::escape;

/// A player.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The address that an editor gave.
    pub url: &'a str,
    /// The address of the player.
    pub source: &'a str,
    pub title: &'a str,
    /// Pixels; without a width the player is a bar, as wide as the text.
    pub width: Option<i64>,
    pub height: Option<i64>,
}

/// What a player may do: run, remember what is its own, show a film in full, and open its own page.
/// Not: leave the frame, ask for downloads, point at the top of the page.
const SANDBOX: &str =
    "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation allow-forms";
const ALLOW: &str = "fullscreen; encrypted-media; picture-in-picture";
/// Width by height of the classes; styles may not be inline.
const RATIOS: [(f64, &str); 5] =
    [(21.0 / 9.0, "21x9"), (16.0 / 9.0, "16x9"), (4.0 / 3.0, "4x3"), (1.0, "1x1"), (9.0 / 16.0, "9x16")];
/// Of a player that says nothing of its size.
const USUAL: (i64, i64) = (640, 360);

/// Phrasing content: it may stand within a paragraph.
pub fn frame_html(frame: &Frame<'_>) -> String {
    let mut html = String::from("<span class=\"embed embed--");
    html.push_str(shape(frame.width, frame.height));
    html.push_str("\"><iframe");
    let (width, height) = match (frame.width, frame.height) {
        (Some(width), Some(height)) => (Some(width), height),
        (None, Some(height)) => (None, height),
        _ => (Some(USUAL.0), USUAL.1),
    };
    let width = width.map(|width| width.to_string());
    let attributes = [
        ("src", Some(frame.source)),
        ("data-url", Some(frame.url)),
        ("title", Some(frame.title)),
        ("width", width.as_deref()),
        ("height", Some(&*height.to_string())),
        ("loading", Some("lazy")),
        ("sandbox", Some(SANDBOX)),
        ("allow", Some(ALLOW)),
        // Providers want to know the site, and need not know the page.
        ("referrerpolicy", Some("strict-origin-when-cross-origin")),
    ];
    for (name, value) in attributes {
        if let Some(value) = value {
            html.push_str(&format!(" {name}=\""));
            escape(value, &mut html);
            html.push('"');
        }
    }
    html.push_str("></iframe></span>");
    html
}

/// What works without the provider.
pub fn link_html(url: &str, title: &str, provider: &str) -> String {
    let mut html = String::from("<span class=\"embed-link\"><a href=\"");
    escape(url, &mut html);
    html.push_str("\">");
    match (title, provider) {
        ("", "") => escape(url, &mut html),
        ("", provider) => {
            escape(provider, &mut html);
            html.push_str(": ");
            escape(url.trim_start_matches("https://").trim_start_matches("http://"), &mut html);
        }
        (title, "") => escape(title, &mut html),
        (title, provider) => {
            escape(title, &mut html);
            html.push_str(" (");
            escape(provider, &mut html);
            html.push(')');
        }
    }
    html.push_str("</a></span>");
    html
}

fn shape(width: Option<i64>, height: Option<i64>) -> &'static str {
    match (width, height) {
        (None, Some(_)) => "bar",
        (Some(width), Some(height)) if width > 0 && height > 0 => {
            let ratio = width as f64 / height as f64;
            let distance = |known: f64| (ratio / known).ln().abs();
            let nearest = RATIOS.iter().min_by(|one, two| distance(one.0).total_cmp(&distance(two.0)));
            nearest.map_or("16x9", |(_, name)| name)
        }
        _ => "16x9",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_stands_in_a_locked_frame() {
        let frame = Frame {
            url: "https://vimeo.com/1?a&b",
            source: "https://player.vimeo.com/video/1?a=\"x\"&b",
            title: "A \"film\" <b>",
            width: Some(1280),
            height: Some(720),
        };
        assert_eq!(
            frame_html(&frame),
            "<span class=\"embed embed--16x9\"><iframe src=\"https://player.vimeo.com/video/1?a=&quot;x&quot;&amp;b\" \
             data-url=\"https://vimeo.com/1?a&amp;b\" title=\"A &quot;film&quot; &lt;b&gt;\" width=\"1280\" height=\"720\" \
             loading=\"lazy\" sandbox=\"allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox \
             allow-presentation allow-forms\" allow=\"fullscreen; encrypted-media; picture-in-picture\" \
             referrerpolicy=\"strict-origin-when-cross-origin\"></iframe></span>"
        );
    }

    #[test]
    fn the_class_says_the_nearest_shape() {
        for (width, height, expected) in [
            (Some(480), Some(270), "16x9"),
            (Some(480), Some(360), "4x3"),
            (Some(1080), Some(1920), "9x16"),
            (Some(500), Some(510), "1x1"),
            (Some(2560), Some(1080), "21x9"),
            (None, Some(166), "bar"),
            (None, None, "16x9"),
            (Some(0), Some(0), "16x9"),
        ] {
            assert_eq!(shape(width, height), expected, "{width:?} {height:?}");
        }
    }

    #[test]
    fn a_link_says_what_it_leads_to() {
        let link = |title, provider| link_html("https://vimeo.com/1?a&b", title, provider);
        assert!(link("A <film>", "Vimeo").contains(">A &lt;film&gt; (Vimeo)</a>"));
        assert!(link("", "Vimeo").contains(">Vimeo: vimeo.com/1?a&amp;b</a>"));
        assert!(link("", "").contains("<a href=\"https://vimeo.com/1?a&amp;b\">https://vimeo.com/1?a&amp;b</a>"));
    }
}
