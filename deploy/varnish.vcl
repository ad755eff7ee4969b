# Varnish in front of Vitrine: pages stay in it until something that they show changes. See docs/CDN.md.
#
# Debian: apt-get install varnish varnish-modules; this file is /etc/varnish/default.vcl. In Vitrine's configuration:
#   cdn.provider = "varnish"
#   cdn.urls = ["http://127.0.0.1:6081"]          each Varnish that there is
#   server.trusted_proxies = ["127.0.0.1/32"]     or all visitors are one to the limits of Vitrine
# TLS ends before it: at nginx, Hitch or a load balancer, which sets X-Forwarded-Proto.
# tests/it/cdn.rs runs this file with a real Varnish before a real Vitrine.
vcl 4.1;

import std;
import xkey;

backend vitrine {
    .host = "127.0.0.1";
    .port = "8000";
    .probe = { .url = "/health"; .interval = 5s; .timeout = 2s; .window = 4; .threshold = 2; .initial = 2; }
}

# Who may take pages out: every Vitrine. With cdn.token, also ask for it below.
acl vitrines {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ vitrines) {
            return (synth(403, "Forbidden"));
        }
        # if (req.http.Authorization != "Bearer THE TOKEN") { return (synth(403, "Forbidden")); }
        if (req.http.xkey-purge) {
            set req.http.x-purged = xkey.purge(req.http.xkey-purge);
            return (synth(200, "Purged " + req.http.x-purged));
        }
        return (purge);
    }
    unset req.http.xkey-purge;
    unset req.http.x-purged;
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    # The editor and the API answer each one by himself.
    if ((req.method != "GET" && req.method != "HEAD") || req.http.Authorization || req.url ~ "^/(admin|api)(/|$)") {
        return (pass);
    }
    # Whoever would rather have Markdown is asked about at the source; all others get the same HTML.
    if (req.http.Accept ~ "(?i)text/markdown") {
        return (pass);
    }
    set req.http.Accept = regsub(req.http.Accept, "^.*text/html.*$", "text/html");
    if (req.http.Accept != "text/html") {
        set req.http.Accept = "*/*";
    }
    # These tell whoever sent the visitor, and nothing to the page.
    if (req.url ~ "[?&](utm_[a-z]+|gclid|fbclid|msclkid)=") {
        set req.url = regsuball(req.url, "(?<=[?&])(utm_[a-z]+|gclid|fbclid|msclkid)=[^&]*(&|$)", "");
        set req.url = regsub(req.url, "[?&]$", "");
    }
    # Cookies stay: a page that is kept is the same for all, and one that is not may ask who it is for.
    return (hash);
}

sub vcl_pipe {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
}

sub vcl_backend_response {
    # After the end of its time a page is shown until a new one is there: if something had changed, it would have been taken out.
    set beresp.grace = 1h;
    if (beresp.http.xkey && beresp.http.Surrogate-Control ~ "max-age=[1-9]" && !beresp.http.Set-Cookie) {
        set beresp.ttl = std.duration(regsub(beresp.http.Surrogate-Control, "^.*max-age=([0-9]+).*$", "\1s"), 0s);
    } elsif (beresp.status == 200 && beresp.http.Cache-Control ~ "^public, max-age=[1-9]" && !beresp.http.Set-Cookie) {
        # Files: kept as long as they say.
        set beresp.grace = 0s;
    } else {
        set beresp.ttl = 2m;
        set beresp.grace = 0s;
        set beresp.uncacheable = true;
    }
    unset beresp.http.Surrogate-Control;
    return (deliver);
}

sub vcl_deliver {
    unset resp.http.xkey;
    if (obj.hits > 0) {
        set resp.http.Cache-Status = "Varnish; hit";
        # Of the request that it was made for.
        unset resp.http.traceresponse;
        unset resp.http.Server-Timing;
    } elsif (resp.http.Cache-Status) {
        set resp.http.Cache-Status = resp.http.Cache-Status + ", Varnish; fwd=miss";
    } else {
        set resp.http.Cache-Status = "Varnish; fwd=miss";
    }
}
