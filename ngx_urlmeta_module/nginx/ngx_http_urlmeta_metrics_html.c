
/*
 * The metrics as a page for people: no script, nothing from elsewhere.
 */


#include "ngx_http_urlmeta_metrics_format.h"


/* the SHA-256 of ngx_http_urlmeta_metrics_style; t/82-status.t recomputes it */
#define NGX_HTTP_URLMETA_METRICS_HASH                                         \
    "GNkC4SzrAtBtPAzP32TMuwqmKDybhfB5EZK6eIXYdGc="


static int ngx_http_urlmeta_metrics_counters_html(
    const ngx_http_urlmeta_metrics_t *sum, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_family_html(
    const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_counter_t *counter, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_gauges_html(
    const ngx_http_urlmeta_metrics_t *sum, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_histogram_html(
    const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_histogram_t *histogram,
    urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_zone_html(
    const ngx_http_urlmeta_metrics_zone_t *zone, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_row(const char *name, const char *class,
    uint64_t value, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_escape(const u_char *text, size_t len,
    urlmeta_buf_t *out);


static const char  ngx_http_urlmeta_metrics_style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1d21;--dim:#59616d;"
    "--line:#d8dce2;--fill:#eef0f3}"
    "@media (prefers-color-scheme:dark){:root{--bg:#1c1e22;--fg:#eceef1;"
    "--dim:#a3acb8;--line:#373c44;--fill:#282c32}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:60em;padding:16px;background:var(--bg);"
    "color:var(--fg);font:15px/1.4 system-ui,-apple-system,\"Segoe UI\","
    "Roboto,\"Helvetica Neue\",Arial,\"Noto Sans\",sans-serif}"
    "h1{font-size:22px;margin:0 0 4px}"
    "h2{font-size:17px;margin:24px 0 8px}"
    "p{margin:0;color:var(--dim)}"
    "table{width:100%;border-collapse:collapse}"
    "table+table{margin-top:16px}"
    "caption{text-align:start;padding:4px 8px;color:var(--dim)}"
    "th,td{padding:4px 8px;text-align:start;font-weight:400;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
    "thead th{background:var(--fill);border-bottom:0}"
    ".n{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".sub{padding-inline-start:28px;color:var(--dim)}";


const char *
ngx_http_urlmeta_metrics_csp(void)
{
    return "default-src 'none'; "
           "style-src 'sha256-" NGX_HTTP_URLMETA_METRICS_HASH "'; "
           "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
           "sandbox";
}


int
ngx_http_urlmeta_metrics_html(const ngx_http_urlmeta_metrics_report_t *report,
    urlmeta_buf_t *out)
{
    ngx_uint_t                                   i;
    const ngx_http_urlmeta_metrics_histogram_t  *histogram;
    char                                         since[64];
    struct tm                                    tm;

    ngx_libc_gmtime(report->sum.since, &tm);
    (void) strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S UTC", &tm);

    if (urlmeta_buf_add_str(out,
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\">"
            "<meta name=\"robots\" content=\"noindex\">"
            "<title>urlmeta status</title><style>")
        != URLMETA_OK
        || urlmeta_buf_add(out, ngx_http_urlmeta_metrics_style,
                           sizeof(ngx_http_urlmeta_metrics_style) - 1)
           != URLMETA_OK
        || urlmeta_buf_printf(out,
               "</style></head><body><main><h1>urlmeta status</h1>"
               "<p>Version %s, counting since %s, workers: %llu</p>",
               URLMETA_VERSION, since,
               (unsigned long long) report->sum.workers)
           != URLMETA_OK
        || ngx_http_urlmeta_metrics_counters_html(&report->sum, out)
           != URLMETA_OK
        || ngx_http_urlmeta_metrics_gauges_html(&report->sum, out)
           != URLMETA_OK
        || urlmeta_buf_add_str(out, "<h2>Times</h2>") != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    for (histogram = ngx_http_urlmeta_metrics_histograms;
         histogram->key;
         histogram++)
    {
        if (ngx_http_urlmeta_metrics_histogram_html(&report->sum, histogram,
                                                    out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    for (i = 0; i < report->nzones; i++) {
        if (ngx_http_urlmeta_metrics_zone_html(&report->zones[i], out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_buf_add_str(out, "</main></body></html>\n");
}


static int
ngx_http_urlmeta_metrics_counters_html(const ngx_http_urlmeta_metrics_t *sum,
    urlmeta_buf_t *out)
{
    const char                                *group;
    const ngx_http_urlmeta_metrics_counter_t  *counter;

    group = "";

    for (counter = ngx_http_urlmeta_metrics_counters; counter->key; counter++) {

        if (ngx_strcmp(group, counter->group) != 0) {
            if (urlmeta_buf_printf(out, "%s<h2>%c%s</h2><table><tbody>",
                                   *group ? "</tbody></table>" : "",
                                   ngx_toupper(counter->group[0]),
                                   counter->group + 1)
                != URLMETA_OK)
            {
                return URLMETA_ERROR;
            }

            group = counter->group;
        }

        if (ngx_http_urlmeta_metrics_family_html(sum, counter, out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_buf_add_str(out, "</tbody></table>");
}


/* of a family, the members that count anything */

static int
ngx_http_urlmeta_metrics_family_html(const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_counter_t *counter, urlmeta_buf_t *out)
{
    uint64_t    total;
    ngx_uint_t  i;

    total = 0;

    for (i = 0; i < counter->n; i++) {
        total += sum->counts[counter->first + i];
    }

    if (ngx_http_urlmeta_metrics_row(counter->help, "", total, out)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    for (i = 0; counter->label && i < counter->n; i++) {

        if (sum->counts[counter->first + i] == 0) {
            continue;
        }

        if (ngx_http_urlmeta_metrics_row(counter->value(i), " class=\"sub\"",
                                         sum->counts[counter->first + i], out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}


static int
ngx_http_urlmeta_metrics_gauges_html(const ngx_http_urlmeta_metrics_t *sum,
    urlmeta_buf_t *out)
{
    const ngx_http_urlmeta_metrics_gauge_t  *gauge;

    if (urlmeta_buf_add_str(out, "<h2>Now</h2><table><tbody>") != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    for (gauge = ngx_http_urlmeta_metrics_gauges; gauge->key; gauge++) {
        if (ngx_http_urlmeta_metrics_row(gauge->help, "",
                             ngx_http_urlmeta_metrics_value(sum, gauge->offset),
                             out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_buf_add_str(out, "</tbody></table>");
}


static int
ngx_http_urlmeta_metrics_histogram_html(const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_histogram_t *histogram, urlmeta_buf_t *out)
{
    int                rc;
    uint64_t           n, total;
    ngx_uint_t         i;
    const uint64_t    *counts;
    const ngx_msec_t  *bounds;

    counts = &sum->counts[histogram->histogram];
    bounds = ngx_http_urlmeta_metrics_bounds(histogram->histogram);
    total = ngx_http_urlmeta_metrics_observed(sum, histogram->histogram);

    n = counts[NGX_HTTP_URLMETA_COUNT_BOUNDS + 1];

    if (urlmeta_buf_printf(out,
                           "<table><caption>%s Average: %llu %s</caption>"
                           "<thead><tr><th scope=\"col\">up to</th>"
                           "<th scope=\"col\" class=\"n\">count</th>"
                           "<th scope=\"col\" class=\"n\">share</th></tr>"
                           "</thead><tbody>",
                           histogram->help,
                           (unsigned long long) (total ? n / total : 0),
                           histogram->unit)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    n = 0;

    for (i = 0; i <= NGX_HTTP_URLMETA_COUNT_BOUNDS; i++) {
        n += counts[i];

        if (i == NGX_HTTP_URLMETA_COUNT_BOUNDS) {
            rc = urlmeta_buf_add_str(out, "<tr><th scope=\"row\">any</th>");

        } else {
            rc = urlmeta_buf_printf(out, "<tr><th scope=\"row\">%llu %s</th>",
                                    (unsigned long long) bounds[i],
                                    histogram->unit);
        }

        if (rc != URLMETA_OK
            || urlmeta_buf_printf(out,
                                  "<td class=\"n\">%llu</td>"
                                  "<td class=\"n\">%llu %%</td></tr>",
                                  (unsigned long long) n,
                                  (unsigned long long)
                                  (total ? n * 100 / total : 0))
               != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_buf_add_str(out, "</tbody></table>");
}


static int
ngx_http_urlmeta_metrics_zone_html(const ngx_http_urlmeta_metrics_zone_t *zone,
    urlmeta_buf_t *out)
{
    const ngx_http_urlmeta_metrics_zone_value_t  *value;

    if (urlmeta_buf_add_str(out, "<h2>Zone ") != URLMETA_OK
        || ngx_http_urlmeta_metrics_escape(zone->name.data, zone->name.len, out)
           != URLMETA_OK
        || urlmeta_buf_add_str(out, "</h2><table><tbody>") != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    for (value = ngx_http_urlmeta_metrics_zone_values; value->key; value++) {
        if (ngx_http_urlmeta_metrics_row(value->help, "",
                            ngx_http_urlmeta_metrics_value(zone, value->offset),
                            out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return urlmeta_buf_add_str(out, "</tbody></table>");
}


/* names and words are ours and hold nothing to be escaped */

static int
ngx_http_urlmeta_metrics_row(const char *name, const char *class,
    uint64_t value, urlmeta_buf_t *out)
{
    return urlmeta_buf_printf(out,
                              "<tr><th scope=\"row\"%s>%s</th>"
                              "<td class=\"n\">%llu</td></tr>",
                              class, name, (unsigned long long) value);
}


static int
ngx_http_urlmeta_metrics_escape(const u_char *text, size_t len,
    urlmeta_buf_t *out)
{
    size_t  n;

    n = len + ngx_escape_html(NULL, (u_char *) text, len);

    if (urlmeta_buf_reserve(out, n) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    (void) ngx_escape_html((u_char *) out->data + out->len, (u_char *) text,
                           len);
    out->len += n;
    out->data[out->len] = '\0';

    return URLMETA_OK;
}
