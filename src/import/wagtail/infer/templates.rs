//! Plain templates: they show what there is, and wait for the site's own design.

/// A page with these lines in it.
pub(super) fn page(body: &str) -> String {
    format!("{{% extends \"base.html\" %}}\n{{% block body %}}\n{body}{{% endblock %}}\n")
}

/// The names of the blocks of a library.
pub(super) fn form_blocks(library: &str) -> Vec<String> {
    let names = library.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    names.map(str::to_owned).collect()
}

/// The same blocks with one template, which shows nothing: the page shows its form as a whole.
pub(super) fn with_template(library: &str) -> String {
    library.replace("kind = \"struct\"\n", "kind = \"struct\"\ntemplate = \"blocks/form_field.html\"\n")
}

/// A form, field by field.
pub(super) const FORM: &str = r#"{% if form.done %}
<p role="status">Thank you.</p>
{% else %}
<form method="post">
{% for error in form.errors %}<p role="alert"><a href="{{ error.id }}">{{ error.label }}: {{ error.message }}</a></p>{% endfor %}
<p hidden><input name="{{ form.honeypot }}" tabindex="-1" autocomplete="off"></p>
{% for field in form.fields %}
{% if field.kind == "hidden" %}
<input type="hidden" name="{{ field.name }}" value="{{ field.value }}">
{% elif field.kind in ["checkboxes", "radio"] %}
<fieldset><legend>{{ field.label }}</legend>
{% for choice in field.choices %}<label><input type="{{ field.input_type }}" name="{{ field.name }}" value="{{ choice.value }}"{% if choice.selected %} checked{% endif %}> {{ choice.value }}</label>{% endfor %}
</fieldset>
{% elif field.kind in ["dropdown", "multiselect"] %}
<p><label for="{{ field.id }}">{{ field.label }}</label>
<select id="{{ field.id }}" name="{{ field.name }}"{% if field.kind == "multiselect" %} multiple{% endif %}>
{% for choice in field.choices %}<option{% if choice.selected %} selected{% endif %}>{{ choice.value }}</option>{% endfor %}
</select></p>
{% elif field.kind == "multiline" %}
<p><label for="{{ field.id }}">{{ field.label }}</label> <textarea id="{{ field.id }}" name="{{ field.name }}">{{ field.value }}</textarea></p>
{% elif field.kind == "checkbox" %}
<p><label><input type="checkbox" name="{{ field.name }}" value="true"{% if field.checked %} checked{% endif %}> {{ field.label }}</label></p>
{% else %}
<p><label for="{{ field.id }}">{{ field.label }}</label> <input type="{{ field.input_type }}" id="{{ field.id }}" name="{{ field.name }}" value="{{ field.value }}"></p>
{% endif %}
{% if field.error %}<p>{{ field.error.message }}</p>{% endif %}
{% endfor %}
<button>Send</button>
</form>
{% endif %}
"#;

/// What every site has.
pub(super) const COMMON: &[(&str, &str)] = &[
    (
        "templates/base.html",
        r#"<!doctype html>
<html lang="{{ locale.code }}" dir="{{ locale.direction }}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{% if page is defined %}{{ page.seo_title or page.title }} · {% endif %}{{ site.name }}</title>
{% if page is defined and page.search_description %}<meta name="description" content="{{ page.search_description }}">{% endif %}
<nav>{% for item in menu %}<a href="{{ item.url }}">{{ item.title }}</a> {% endfor %}</nav>
<h1>{% if page is defined %}{{ page.title }}{% else %}{{ site.name }}{% endif %}</h1>
{% block body %}{% endblock %}
</html>
"#,
    ),
    (
        "templates/404.html",
        "{% extends \"base.html\" %}\n{% block body %}<p>There is no such page.</p>{% endblock %}\n",
    ),
    (
        "templates/500.html",
        "<!doctype html>\n<title>Error · {{ site.name }}</title>\n<h1>Something broke</h1>\n<p>Trace {{ trace_id }}</p>\n",
    ),
    (
        "templates/password_required.html",
        r#"<!doctype html>
<title>Not for everybody · {{ site.name }}</title>
<h1>This page is not for everybody</h1>
{% if refusal.kind == "password" %}
{% if refusal.error %}<p role="alert">That did not work: {{ refusal.error }}.</p>{% endif %}
<form method="post">
<input type="hidden" name="vitrine_restriction" value="{{ refusal.restriction }}">
<label>Password <input type="password" name="vitrine_password" required></label>
<button>Open</button>
</form>
{% endif %}
"#,
    ),
    (
        "templates/form_unavailable.html",
        r#"<!doctype html>
<title>Try again · {{ site.name }}</title>
<h1>This could not be kept</h1>
<form method="post">
{% for field in kept %}<input type="hidden" name="{{ field.name }}" value="{{ field.value }}">{% endfor %}
<button>Send again</button>
</form>
"#,
    ),
];
