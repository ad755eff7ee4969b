//! Which files a build tool named after their content: those never change, and browsers keep them.

/// Letters of the digest that Vite and Rollup put into names.
const DIGEST: usize = 8;
/// Shortest and longest digest in hex, as webpack and esbuild write them.
const HEX: std::ops::RangeInclusive<usize> = 8..=64;

/// Whether the name ends with a digest: `index-BfD3x9a1.js`, `main.3f2a91bc.js`, `chunk.0f3a….css.map`. A name that only
/// looks alike would be kept for a year, so that in doubt it is none.
pub(super) fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _)) = name.split_once(['.', '-']).map(|_| name).and_then(|name| name.rsplit_once('.')) else {
        return false;
    };
    // A map has the name of what it is of.
    let stem = stem.strip_suffix(".js").or_else(|| stem.strip_suffix(".css")).unwrap_or(stem);
    is_hex_digest(stem.rsplit(['.', '-', '_']).next().unwrap_or_default(), stem) || is_mixed_digest(stem)
}

fn is_hex_digest(last: &str, stem: &str) -> bool {
    let is_hex = last.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    HEX.contains(&last.len()) && last.len() < stem.len() && is_hex && has_both(last)
}

/// In base 64, behind a hyphen or a dot; the digest may itself have hyphens.
fn is_mixed_digest(stem: &str) -> bool {
    let Some(at) = stem.len().checked_sub(DIGEST).filter(|at| *at >= 2 && stem.is_char_boundary(*at)) else {
        return false;
    };
    let (before, last) = stem.split_at(at);
    let letters = last.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    before.ends_with(['-', '.']) && letters && has_both(last) && has_capital_within(last)
}

fn has_both(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Words begin with a capital; digests have them anywhere.
fn has_capital_within(text: &str) -> bool {
    text.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_build_tools_are_known_and_words_are_none() {
        for hashed in [
            "assets/index-BfD3x9a1.js",
            "assets/index-C-3dK_2x.css",
            "static/js/main.3f2a91bc.js",
            "static/js/main.3f2a91bc.js.map",
            "_app/immutable/chunks/entry.0a1b2c3d4e5f.js",
            "logo-0f3a9c1de2.svg",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in [
            "index.html",
            "favicon.ico",
            "robots.txt",
            "apple-touch-icon-precomposed.png",
            "android-chrome-512x512.png",
            "banner-1024x1024.png",
            "report-20261122.pdf",
            "user-Settings.js",
            "user-AppStore.js",
            "service-worker.js",
            "deadbeef.js",
            "a-defaced.js",
            "LICENSE",
            "font-variable.woff2",
            "é-BfD3x9.js",
        ] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
