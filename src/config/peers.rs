//! The settings of servers that this one sends to: the end of the table of settings, whose file has no more room.

/// Declares the settings that it is given, and these behind them.
macro_rules! with_peers {
    ($($before:tt)*) => {
        settings! {
            $($before)*

            /// The bucket of an S3 server for `media.storage = "s3"`: Amazon's, or another one that speaks its API.
            s3: S3 {
                /// Name of the bucket, which all nodes share; it must exist.
                bucket: String = "", check bucket_name, aliases ["AWS_STORAGE_BUCKET_NAME" => same];
                /// Server, such as `https://storage.example.org`. Empty: Amazon's in `s3.region`.
                endpoint: String = "", check storage_url, aliases ["AWS_S3_ENDPOINT_URL" => same];
                /// Region of the bucket, which signatures name.
                region: String = "us-east-1", check header_token, aliases ["AWS_S3_REGION_NAME" => same];
                /// What all keys begin with, such as `example.org/media`, when the bucket holds other things too.
                prefix: String = "", check key_prefix;
                /// Name of the access key.
                access_key_id: String = "", check header_text, aliases ["AWS_ACCESS_KEY_ID" => same];
                /// The access key itself.
                secret_access_key: Secret = "", aliases ["AWS_SECRET_ACCESS_KEY" => same];
                /// The bucket is the first part of the path; with `false`, of the server's name, as Amazon prefers it.
                path_style: bool = "true";
                /// Time for one call, with its repetitions, in seconds; a larger file is sent and read in several.
                timeout_s as timeout: f64 = "20.0", in 0.1..=300.0;
                /// Calls at the same time; four times as many wait, and more are answered with 503.
                max_calls: usize = "64", in 1..=1024;
            }

            /// The CDN or cache in front of the site, which keeps pages until a change takes them out.
            cdn: Cdn {
                /// Who keeps pages: `none`, `fastly`, `cloudflare`, or `varnish` with its module xkey.
                provider: CdnProvider = "none";
                /// Where to say what has changed: the address of each Varnish, such as `http://10.0.0.5:6081`. Fastly and
                /// Cloudflare have one; empty: their public API.
                urls: Addresses = "";
                /// Id of the Fastly service.
                service: String = "", check provider_id;
                /// Id of the Cloudflare zone.
                zone: String = "", check provider_id;
                /// Token that may purge. For Varnish, empty: none is sent.
                token: Secret = "";
                /// Time that pages may be kept there, in seconds. Browsers ask again each time in any case.
                max_age_s: u32 = "86400", in 1..=31536000;
                /// Time for an answer to a purge, in seconds.
                timeout_s as timeout: f64 = "10.0", in 0.1..=60.0;
                /// Time after which what has changed is taken out once more, in seconds: for pages that were under way to the
                /// CDN, or made by a node that had not heard of the change.
                again_s as again: f64 = "5.0", in 0.1..=300.0;
            }

            /// Outgoing mail.
            email: Email {
                /// SMTP server. Empty: mail is written into the folder `mail` of `data.dir` instead, for development.
                host: String = "", check host_name, aliases ["EMAIL_HOST" => same];
                /// Port of the SMTP server.
                port: u16 = "587", in 1..=65535, aliases ["EMAIL_PORT" => same];
                /// How the SMTP server is spoken to: `starttls`, `tls` from the first byte, or `none` on a trusted network.
                encryption: MailEncryption = "starttls";
                /// Who mail is from, such as `Vitrine <cms@example.org>`.
                from: String = "Vitrine <vitrine@localhost>", check sender;
                /// User name for the SMTP server.
                user: String = "", aliases ["EMAIL_USER" => same];
                /// Password for the SMTP server.
                password: Secret = "", aliases ["EMAIL_PASSWORD" => same];
            }
        }
    };
}

pub(crate) use with_peers;
