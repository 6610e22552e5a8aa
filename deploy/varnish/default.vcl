vcl 4.1;

# Varnish in front of a site: copy to /etc/varnish/default.vcl. Needs varnish-modules, for xkey.
# Edit what is marked with EDIT. docs/nginx.md of onetrip explains it.

import std;
import xkey;

backend app {
    # EDIT: the application.
    .host = "127.0.0.1";
    .port = "3000";
    .connect_timeout = 2s;
    .first_byte_timeout = 30s;
}

# EDIT: who may purge: the machines of the application.
acl purgers {
    "localhost";
}

sub vcl_recv {
    # PURGE with the tags in the header xkey makes all that has one of them stale: the next visitor
    # gets the old page at once, and the one after it the new one. With "xkey-purge: hard" nobody
    # gets the old one, not even when the application is down.
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403));
        }
        if (!req.http.xkey) {
            return (synth(400, "PURGE needs the header xkey"));
        }
        if (req.http.xkey-purge == "hard") {
            set req.http.purged = xkey.purge(req.http.xkey);
        } else {
            set req.http.purged = xkey.softpurge(req.http.xkey);
        }
        return (synth(200, "Purged"));
    }

    # EDIT: all names of the site. Another host would have a cache of its own, as large as its
    # sender likes.
    set req.http.Host = regsub(std.tolower(req.http.Host), ":\d+$", "");
    if (req.http.Host != "shop.example" && req.http.Host != "www.shop.example") {
        return (synth(421));
    }

    # Old pages are shown for a little while after their time, while a new one is made. When the
    # application has failed, vcl_deliver starts again: then for as long as they are kept.
    set req.grace = 10s;
    if (req.restarts > 0) {
        set req.grace = 1h;
    }
    unset req.http.onetrip-stored;

    # What a visitor sends under these names must not decide what is stored for all.
    unset req.http.Forwarded;
    unset req.http.X-Original-URL;
    unset req.http.X-Rewrite-URL;
    unset req.http.X-HTTP-Method-Override;
    unset req.http.Surrogate-Capability;
    set req.http.X-Forwarded-Host = req.http.Host;
    if (client.ip !~ purgers || !req.http.X-Forwarded-Proto) {
        # EDIT: who ends TLS before Varnish is on a machine of `purgers`, or say so here.
        set req.http.X-Forwarded-Proto = "http";
    }

    # EDIT: the languages of the site, where it reads Accept-Language.
    if (req.http.Accept-Language ~ "(?i)^de") {
        set req.http.Accept-Language = "de";
    } else {
        set req.http.Accept-Language = "en";
    }

    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }

    # For includes alone, not for visitors. A fragment is determined by its URL, which the
    # application has signed: signed-in visitors get the stored one, too, and one that differs by
    # visitor is answered with Cache-Control: private.
    if (req.url ~ "^/fragments/") {
        if (req.esi_level == 0) {
            return (synth(404));
        }
        set req.http.onetrip-stored = "yes";
        return (hash);
    }

    # EDIT: the cookies of those who are signed in, or have a basket.
    if (req.http.Authorization || req.http.Cookie ~ "(?i)(^|;)\s*(session|remember_token)=[^;\s]") {
        return (pass);
    }
    # What is not in the key of an anonymous page does not reach the application.
    unset req.http.Cookie;
    set req.http.onetrip-stored = "yes";
    return (hash);
}

sub vcl_hash {
    # Beside the URL and the host, which the code of Varnish adds.
    hash_data(req.http.X-Forwarded-Proto);
    hash_data(req.http.Accept-Language);
}

sub vcl_backend_fetch {
    unset bereq.http.onetrip-stored;
    set bereq.http.Surrogate-Capability = {"varnish="ESI/1.0""};
}

sub vcl_backend_response {
    # A page that fails while an old one is shown does not replace it.
    if (beresp.status >= 500 && bereq.is_bgfetch) {
        return (abandon);
    }

    # The application says which of its pages have includes.
    if (beresp.http.Surrogate-Control ~ "ESI/1.0") {
        set beresp.do_esi = true;
        # A 304 would be answered though a fragment has changed.
        unset beresp.http.ETag;
        unset beresp.http.Last-Modified;
    }
    unset beresp.http.Surrogate-Control;

    # Only what the application marks with s-maxage is stored. For two minutes, requests for what
    # is not do not wait for each other.
    if (bereq.uncacheable
        || beresp.http.Cache-Control !~ "(?i)s-maxage=[1-9]"
        || beresp.http.Cache-Control ~ "(?i)private|no-store"
        || beresp.http.Set-Cookie
        || beresp.http.Vary ~ "\*") {
        set beresp.uncacheable = true;
        set beresp.ttl = 120s;
        return (deliver);
    }
    set beresp.grace = 1h;
    if (!beresp.http.xkey && beresp.http.Surrogate-Key) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    return (deliver);
}

sub vcl_deliver {
    # There may be an old page, see vcl_recv.
    if (resp.status >= 500 && req.http.onetrip-stored && req.restarts == 0) {
        return (restart);
    }
    # A fragment that failed is left out: else the text of its error would stand in the page.
    if (req.esi_level > 0 && resp.status >= 400) {
        return (synth(204));
    }
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
    unset resp.http.xkey;
    unset resp.http.Surrogate-Key;
    unset resp.http.X-Accel-Expires;
}

sub vcl_synth {
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    if (req.http.purged) {
        set resp.http.Purged = req.http.purged;
    }
    if (req.esi_level > 0) {
        synthetic("");
    } else {
        synthetic(resp.reason + {"
"});
    }
    return (deliver);
}
