//! One row of the settings table, and the macro that turns the table into the typed `Config`.
//! A key is written once: its name, environment variable, documentation and field all come from it.

use serde_json::Value as Json;

/// A name of the replaced systems (or of a hosting platform) for a setting.
pub(crate) struct Alias {
    pub(crate) name: &'static str,
    /// Turns the alias's text into the setting's text.
    pub(crate) convert: fn(&str) -> Result<String, String>,
}

/// One setting, as data: what unknown-key hints, `config show` and the reference are made from.
pub(crate) struct Setting {
    /// Dotted: `server.listen`; a key without a dot is at the top of the file.
    pub(crate) key: &'static str,
    /// The field's type in words.
    pub(crate) kind: &'static str,
    /// The accepted range as Rust writes it: `1..=65535`.
    pub(crate) limits: Option<&'static str>,
    pub(crate) secret: bool,
    /// As text, in the form that environment variables use.
    pub(crate) default: &'static str,
    /// The default in its own type, for documentation.
    pub(crate) show_default: fn(&str) -> Result<Json, String>,
    pub(crate) help: &'static str,
    /// Replaces the derived name `VITRINE_<SECTION>_<KEY>`.
    pub(crate) variable: Option<&'static str>,
    pub(crate) aliases: &'static [Alias],
    /// A flag of its own beside `--set`.
    pub(crate) flag: Option<&'static str>,
}

impl Setting {
    /// The environment variable that sets it.
    pub(crate) fn environment_name(&self) -> String {
        self.variable.map_or_else(|| self.derived_name(), str::to_owned)
    }

    /// The variable's name as it follows from the key.
    pub(crate) fn derived_name(&self) -> String {
        format!("VITRINE_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// The part of the key before the dot; empty for a top-level key.
    pub(crate) fn section(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }

    /// The part of the key after the dot.
    pub(crate) fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }
}

/// Declares the settings: one struct a section, `Config`, the table `SETTINGS` and `Config::build`.
macro_rules! settings {
    (
        root { $($root:tt)* }
        $(
            $(#[doc = $section_doc:literal])+
            $section:ident: $Section:ident {
                $(
                    $(#[doc = $doc:literal])+
                    $name:ident $(as $duration:ident)?: $type:ty = $default:literal
                        $(, in $range:expr)?
                        $(, check $check:path)?
                        $(, variable $variable:literal)?
                        $(, flag $flag:literal)?
                        $(, aliases [$($alias:literal => $convert:path),+])?;
                )+
            }
        )+
    ) => {
        settings! { @root $($root)*
            { $($(#[doc = $section_doc])+ $section: $Section,)+ }
            { $($(
                settings! { @row concat!(stringify!($section), ".", stringify!($name)), $type,
                    $default, [$($doc),+], [$($range)?], [$($variable)?], [$($flag)?],
                    [$($($alias => $convert),+)?] },
            )+)+ }
        }
        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug, PartialEq)]
            pub struct $Section {
                $($(#[doc = $doc])+ pub $name: $type,)+
            }

            impl $Section {
                fn build(loading: &mut Loading<'_>) -> Self {
                    Self {
                        $($name: loading.value::<$type>(
                            concat!(stringify!($section), ".", stringify!($name)),
                            &[
                                $(|value| within(value, &$range),)?
                                $(|value| $check(value),)?
                            ],
                        ),)+
                    }
                }

                fn shown(&self) -> Vec<(&'static str, Json)> {
                    vec![$((stringify!($name), Value::show(&self.$name)),)+]
                }

                $($(
                    #[doc = concat!("`", stringify!($name), "` as a duration.")]
                    #[must_use]
                    pub fn $duration(&self) -> Duration {
                        seconds(self.$name)
                    }
                )?)+
            }
        )+
    };
    (@root
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty = $default:literal, aliases [$($alias:literal => $convert:path),+];
        { $($(#[doc = $section_doc:literal])+ $section:ident: $Section:ident,)+ }
        { $($row:expr,)+ }
    ) => {
        /// The whole configuration, typed and checked.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $(#[doc = $doc])+
            pub $name: $type,
            $($(#[doc = $section_doc])+ pub $section: $Section,)+
            /// What is promised, by name.
            pub slo: Vec<super::slo::Slo>,
        }

        impl Config {
            pub(super) fn build(loading: &mut Loading<'_>) -> Self {
                Self {
                    $name: loading.value::<$type>(stringify!($name), &[]),
                    $($section: $Section::build(loading),)+
                    slo: super::slo::build(loading),
                }
            }

            /// Every section with its settings as they are, secrets redacted; the first one has no name.
            pub(super) fn shown(&self) -> Vec<(&'static str, Vec<(&'static str, Json)>)> {
                vec![
                    ("", vec![(stringify!($name), Value::show(&self.$name))]),
                    $((stringify!($section), self.$section.shown()),)+
                ]
            }
        }

        /// Every setting, in the order of the reference.
        pub(crate) static SETTINGS: &[Setting] = &[
            settings! { @row stringify!($name), $type, $default, [$($doc),+], [], [], [],
                [$($alias => $convert),+] },
            $($row,)+
        ];

        /// Every section with what it is about, in the order of the reference.
        pub(crate) static SECTIONS: &[(&str, &str)] =
            &[$((stringify!($section), concat!($($section_doc),+)),)+];
    };
    (@row $key:expr, $type:ty, $default:literal, [$($doc:literal),+], [$($range:expr)?],
        [$($variable:literal)?], [$($flag:literal)?], [$($alias:literal => $convert:path),*]) => {
        Setting {
            key: $key,
            kind: <$type as Value>::KIND,
            limits: [$(Some(stringify!($range)),)? None][0],
            secret: <$type as Value>::SECRET,
            default: $default,
            show_default: |text| <$type as Value>::from_text(text).map(|value| value.show()),
            help: concat!($($doc),+),
            variable: [$(Some($variable),)? None][0],
            aliases: &[$(Alias { name: $alias, convert: $convert }),*],
            flag: [$(Some($flag),)? None][0],
        }
    };
}

pub(crate) use settings;
