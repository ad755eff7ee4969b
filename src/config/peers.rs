//! The end of the table of settings: the servers that files and mail are sent to.

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

            /// Outgoing mail.
            email: Email {
                /// SMTP server. Empty: mail is written into the folder `mail` of `data.dir` instead, for development.
                host: String = "", check host_name, aliases ["EMAIL_HOST" => same];
                /// Port of the SMTP server.
                port: u16 = "587", in 1..=65535, aliases ["EMAIL_PORT" => same];
                /// How the SMTP server is spoken to: `starttls`, `tls` from the first byte, or `none` on a trusted
                /// network.
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
