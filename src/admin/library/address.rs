//! The address of an image in another size or form, for whoever puts it into a newsletter or into another system. It is
//! signed, as those of the site's own pages are: no other sizes are made.

use serde_json::{Value, json};

use crate::admin::Admin;
use crate::admin::texts::said;
use crate::db::DbError;
use crate::http::form::FormData;
use crate::media::image::{FilterSpec, Format, MAX_SIDE_PX};
use crate::media::{Facts, url};

/// How a size may be asked for; the number of sides that each takes.
const SHAPES: [(&str, usize); 6] = [("original", 0), ("fill", 2), ("max", 2), ("min", 2), ("width", 1), ("height", 1)];
/// What is shown before anything is asked.
const FIRST: &str = "fill";

/// What was asked for, and its address; nothing for a picture whose format is unknown.
///
/// # Errors
/// When the sites cannot be read.
pub(super) async fn of(admin: &Admin, facts: Option<Facts>, asked: &FormData) -> Result<Value, DbError> {
    let Some(facts) = facts else { return Ok(Value::Null) };
    let text = |name: &str| asked.first(name).unwrap_or_default().trim();
    let shape = SHAPES.iter().find(|(name, _)| *name == text("shape"));
    let format = Format::from_name(text("format"));
    let choice = |value: &str, label: Value, chosen: bool| json!({ "value": value, "label": label, "chosen": chosen });
    let current = shape.map_or(FIRST, |(name, _)| name);
    let shapes =
        SHAPES.map(|(name, _)| choice(name, json!(said("address-shape").with("shape", name)), name == current));
    let formats =
        Format::ALL.map(|known| choice(known.as_str(), json!(known.as_str().to_uppercase()), format == Some(known)));
    let mut context = json!({
        "shapes": shapes, "formats": formats, "wide": text("wide"), "high": text("high"), "most": MAX_SIDE_PX,
    });
    let Some((shape, sides)) = shape else { return Ok(context) };
    let Some(spec) = spec(shape, *sides, [text("wide"), text("high")], format) else {
        context["error"] = json!(said("address-needs-sides").with("most", MAX_SIDE_PX));
        return Ok(context);
    };
    let path = url::of_rendition(&admin.app.keys, &facts, &spec);
    let sites = crate::content::site::list(&*admin.app.db, &admin.app.config.server.base_url).await?;
    let base_url = sites.iter().find(|site| site.is_default).or(sites.first()).map_or("", |site| &site.base_url);
    let output = facts.output(&spec);
    context["found"] = json!({
        "url": format!("{base_url}{path}"), "path": path, "spec": spec.to_string(), "width": output.width,
        "height": output.height,
    });
    Ok(context)
}

/// `None` when a side lacks, or is none.
fn spec(shape: &str, sides: usize, [wide, high]: [&str; 2], format: Option<Format>) -> Option<FilterSpec> {
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=MAX_SIDE_PX).contains(side));
    let geometry = match (shape, sides) {
        (_, 2) => format!("{shape}-{}x{}", side(wide)?, side(high)?),
        ("height", _) => format!("height-{}", side(high)?),
        (_, 1) => format!("{shape}-{}", side(wide)?),
        _ => shape.to_owned(),
    };
    let format = format.map(|format| format!("|format-{}", format.as_str())).unwrap_or_default();
    FilterSpec::parse(&format!("{geometry}{format}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_becomes_a_filter_spec() {
        let text = |shape, sides, given, format| spec(shape, sides, given, format).map(|spec| spec.to_string());
        assert_eq!(text("fill", 2, ["800", "450"], None).as_deref(), Some("fill-800x450"));
        assert_eq!(text("width", 1, ["800", ""], Some(Format::WebP)).as_deref(), Some("width-800|format-webp"));
        assert_eq!(text("height", 1, ["", "90"], None).as_deref(), Some("height-90"));
        assert_eq!(text("original", 0, ["x", ""], None).as_deref(), Some("original"));
        for (shape, sides, given) in [
            ("fill", 2, ["800", ""]),
            ("max", 2, ["0", "10"]),
            ("width", 1, ["99999", ""]),
            ("width", 1, ["8|format-png", ""]),
        ] {
            assert_eq!(text(shape, sides, given, None), None, "{shape} {given:?}");
        }
    }
}
