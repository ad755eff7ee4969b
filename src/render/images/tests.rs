//! The functions as templates call them, with renditions that are arithmetic alone.

use minijinja::{AutoEscape, Environment, context};

use super::*;

/// `width-N|format-F` of any image, with braces.
fn renditions() -> Renditions {
    Arc::new(|source, spec| {
        let mut found = Vec::new();
        let (width, format) = spec.split_once("|format-").unwrap_or((spec, "jpeg"));
        let list =
            |text: &str| -> Vec<String> { text.trim_matches(['{', '}']).split(',').map(str::to_owned).collect() };
        let widths = list(width.strip_prefix("width-").ok_or("not a width")?);
        for format in list(format) {
            for width in &widths {
                let width: u32 = width.parse().map_err(|_| "not a number")?;
                let width = width.min(source.width);
                let (format, mime) = match format.as_str() {
                    "avif" => ("avif", "image/avif"),
                    "webp" => ("webp", "image/webp"),
                    _ => ("jpeg", "image/jpeg"),
                };
                let url = format!("/{}/{width}.{format}", source.id);
                found.push(RenditionFacts { url, width, height: width * source.height / source.width, format, mime });
            }
        }
        Ok(found)
    })
}

fn render(template: &str) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    add_to(&mut environment, renditions());
    let image = context! {
        id => 7, width => 1600, height => 800, format => "png", digest => "00", file_name => "a.png",
        alt => "A \"tide\" <dial>", focal_point => (),
    };
    let context = context! {
        photo => &image,
        block => context! { image => &image, alt => "Here", decorative => false },
        plain => context! { image => &image, alt => "", decorative => false },
        decoration => context! { image => &image, alt => "", decorative => true },
        empty => context! { image => (), alt => "", decorative => false },
        none => (), word => "x",
    };
    environment.render_str(template, context)
}

fn html(template: &str) -> String {
    render(template).unwrap_or_else(|error| panic!("{template}: {error:#}"))
}

#[test]
fn an_image_is_a_whole_tag_and_its_parts() {
    let tag = "<img src=\"/7/400.webp\" width=\"400\" height=\"200\" alt=\"A &quot;tide&quot; &lt;dial&gt;\" \
               loading=\"lazy\" decoding=\"async\">";
    assert_eq!(html("{{ image(photo, 'width-400|format-webp').tag }}"), tag);
    assert_eq!(html("<img {{ image(photo, 'width-400|format-webp').attrs }}>"), tag);
    let parts =
        "{% set i = image(photo, 'width-400') %}{{ i.url|safe }} {{ i.width }} {{ i.height }} {{ i.mime|safe }}";
    assert_eq!(html(parts), "/7/400.jpeg 400 200 image/jpeg");
    assert_eq!(html("{{ image_url(photo, 'width-400')|safe }}"), "/7/400.jpeg");
}

#[test]
fn a_block_says_what_its_image_shows_here() {
    let alt = |name: &str| html(&format!("{{{{ image({name}, 'width-1').alt }}}}"));
    assert_eq!(alt("block"), "Here");
    assert_eq!(alt("plain"), "A &quot;tide&quot; &lt;dial&gt;", "the image's own words stand in");
    assert_eq!(alt("decoration"), "");
    assert!(html("{{ image(decoration, 'width-1').tag }}").contains(" alt=\"\" "));
}

#[test]
fn the_template_adds_and_replaces_attributes() {
    let tag = html("{{ image(photo, 'width-1', class='a b', loading='eager', data_x=3, alt='<', decoding=none).tag }}");
    assert_eq!(
        tag,
        "<img src=\"/7/1.jpeg\" width=\"1\" height=\"0\" alt=\"&lt;\" loading=\"eager\" class=\"a b\" data-x=\"3\">"
    );
    assert!(html("{{ image(photo, 'width-1', alt=none).tag }}").contains("alt="), "alt is never left out");
    assert!(
        html("{{ image(photo, 'width-1', class='\"><script>').tag }}").contains("class=\"&quot;&gt;&lt;script&gt;\"")
    );
    assert!(render("{{ image(photo, 'width-1', srcset='x').tag }}").is_err());
}

#[test]
fn a_set_of_sizes_names_each_width_once() {
    let set = html("{{ srcset_image(photo, 'width-{400,800,1600,3200}', sizes='100vw') }}");
    assert!(set.starts_with(
        "<img src=\"/7/400.jpeg\" srcset=\"/7/400.jpeg 400w, /7/800.jpeg 800w, /7/1600.jpeg 1600w\" sizes=\"100vw\" \
         width=\"400\" height=\"200\""
    ), "{set}");
    let one = html("{{ srcset_image(photo, 'width-400', sizes='100vw') }}");
    assert!(!one.contains("srcset") && !one.contains("sizes"), "{one}");
}

#[test]
fn a_picture_offers_the_small_formats_first_and_falls_back_to_the_known_one() {
    let picture = html("{{ picture(photo, 'width-{400,800}|format-{avif,webp,jpeg}', sizes='50vw', class='x') }}");
    assert_eq!(
        picture,
        "<picture><source type=\"image/avif\" srcset=\"/7/400.avif 400w, /7/800.avif 800w\" sizes=\"50vw\">\
         <source type=\"image/webp\" srcset=\"/7/400.webp 400w, /7/800.webp 800w\" sizes=\"50vw\">\
         <img src=\"/7/400.jpeg\" srcset=\"/7/400.jpeg 400w, /7/800.jpeg 800w\" sizes=\"50vw\" width=\"400\" \
         height=\"200\" alt=\"A &quot;tide&quot; &lt;dial&gt;\" loading=\"lazy\" decoding=\"async\" class=\"x\"></picture>"
    );
    let single = html("{{ picture(photo, 'width-400|format-{avif,jpeg}', sizes='50vw') }}");
    assert!(
        single
            .starts_with("<picture><source type=\"image/avif\" srcset=\"/7/400.avif\"><img src=\"/7/400.jpeg\" width"),
        "{single}"
    );
}

#[test]
fn no_image_is_nothing_and_no_mistake() {
    for name in ["none", "empty", "missing"] {
        let template = format!(
            "{{{{ picture({name}, 'width-1') }}}}{{{{ image_url({name}, 'x') }}}}{{% if image({name}, 'x') %}}no{{% endif %}}"
        );
        assert_eq!(html(&template), "", "{name}");
    }
}

#[test]
fn a_wrong_filter_or_value_is_told_to_the_author() {
    for (template, told) in [
        ("{{ image(photo, 'fill-x') }}", "not a width"),
        ("{{ image(photo, 'width-{1,2}') }}", "2 renditions: use srcset_image or picture"),
        ("{{ image(word, 'width-1') }}", "not an image"),
        ("{{ picture({'id': 3}, 'width-1') }}", "not an image"),
    ] {
        let error = render(template).expect_err(template);
        assert!(format!("{error:#}").contains(told), "{template}: {error:#}");
    }
}
