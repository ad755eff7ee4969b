//! What pages become in Markdown.

use super::{escaped, from_html};

#[test]
fn a_rendered_page_part_is_read_as_people_read_it() {
    let html = r##"
      <figure class="wide"><img src="/media/1.jpg" alt="A dial"><figcaption>The dial, <em>1911</em></figcaption></figure>
      <div class="callout"><h3>Note</h3><p>Mind the <a href="/tides/">tide</a>.</p></div>
      <a href="/card/"><svg><text>drawn</text></svg><h4>Card</h4><p>More</p></a>
      <table><caption>Hours</caption><thead><tr><th>Day</th><th>Open</th></tr></thead>
        <tbody><tr><td>Mon</td><td>9|10</td></tr><tr><td>Tue<br>Wed</td></tr></tbody></table>
      <pre><code class="language-rust">fn main() {
    println!("a &lt; b");
}
</code></pre>
      <blockquote><p>Said.</p><footer>Somebody</footer></blockquote>
      <span aria-hidden="true">decoration</span><template>x</template><script>alert(1)</script>
      <dl><dt>Place</dt><dd>Skerry</dd></dl>
      <iframe src="https://player.test/1" title="A film"></iframe>"##;
    let expected = r#"![A dial](https://site.test/media/1.jpg)

The dial, *1911*

### Note

Mind the [tide](https://site.test/tides/).

#### [Card](https://site.test/card/)

[More](https://site.test/card/)

Hours

| Day | Open |
| --- | --- |
| Mon | 9\|10 |
| Tue<br>Wed |  |

```rust
fn main() {
    println!("a < b");
}
```

> Said.
>
> Somebody

**Place**

Skerry

[A film](https://player.test/1)"#;
    assert_eq!(from_html(html, "https://site.test/"), expected);
}

#[test]
fn words_that_look_like_markup_stay_words() {
    assert_eq!(
        escaped("a *b* _c_ d_e [f](g) <h> 1 < 2 &amp; `i`"),
        r"a \*b\* \_c\_ d_e \[f\](g) \<h> 1 < 2 \&amp; \`i\`"
    );
    assert_eq!(escaped("# x\n+ y"), r"\# x + y");
    assert_eq!(escaped("+ x"), r"\+ x");
    assert_eq!(escaped(""), "");
}

#[test]
fn very_deep_and_very_long_html_is_read_in_bounded_depth() {
    for tag in ["div", "b", "ul><li", "blockquote", "table><tr><td", "a href='#x'"] {
        let markdown = from_html(&(format!("<{tag}>").repeat(5_000) + "x"), "");
        assert!(markdown.contains('x') && markdown.len() < 1_000, "{tag}: {}", markdown.len());
    }
    assert_eq!(from_html(&"<p>a</p>".repeat(10_000), "").matches('a').count(), 10_000);
}
