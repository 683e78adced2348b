
/*
 * The metrics as JSON, and in Prometheus's text format 0.0.4.
 */


#include "ngx_http_urlmeta_metrics_format.h"

#include <jansson.h>


static json_t *ngx_http_urlmeta_metrics_object(
    const ngx_http_urlmeta_metrics_report_t *report);
static int ngx_http_urlmeta_metrics_put(json_t *object, const char *group,
    const char *key, json_t *value);
static json_t *ngx_http_urlmeta_metrics_family(
    const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_counter_t *counter);
static json_t *ngx_http_urlmeta_metrics_histogram(
    const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_histogram_t *histogram);
static json_t *ngx_http_urlmeta_metrics_zones(
    const ngx_http_urlmeta_metrics_report_t *report);
static int ngx_http_urlmeta_metrics_dump(const char *data, size_t len,
    void *out);

static int ngx_http_urlmeta_metrics_head(const char *name, const char *help,
    const char *type, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_samples(
    const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_counter_t *counter, urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_buckets(
    const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_histogram_t *histogram,
    urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_seconds(uint64_t value, ngx_uint_t scale,
    urlmeta_buf_t *out);
static int ngx_http_urlmeta_metrics_label(ngx_str_t *value,
    urlmeta_buf_t *out);


int
ngx_http_urlmeta_metrics_json(const ngx_http_urlmeta_metrics_report_t *report,
    urlmeta_buf_t *out)
{
    int      rc;
    json_t  *object;

    object = ngx_http_urlmeta_metrics_object(report);
    if (object == NULL) {
        return URLMETA_ERROR;
    }

    rc = json_dump_callback(object, ngx_http_urlmeta_metrics_dump, out,
                            JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(object);

    if (rc != 0) {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_char(out, '\n');
}


static json_t *
ngx_http_urlmeta_metrics_object(const ngx_http_urlmeta_metrics_report_t *report)
{
    json_t                                      *object;
    const ngx_http_urlmeta_metrics_gauge_t      *gauge;
    const ngx_http_urlmeta_metrics_counter_t    *counter;
    const ngx_http_urlmeta_metrics_histogram_t  *histogram;

    object = json_pack("{s:s, s:I, s:I, s:I}",
                       "version", URLMETA_VERSION,
                       "time", (json_int_t) report->now,
                       "since", (json_int_t) report->sum.since,
                       "workers", (json_int_t) report->sum.workers);
    if (object == NULL) {
        return NULL;
    }

    for (counter = ngx_http_urlmeta_metrics_counters; counter->key; counter++) {
        if (ngx_http_urlmeta_metrics_put(object, counter->group, counter->key,
                                   ngx_http_urlmeta_metrics_family(&report->sum,
                                                                   counter))
            != URLMETA_OK)
        {
            goto failed;
        }
    }

    for (gauge = ngx_http_urlmeta_metrics_gauges; gauge->key; gauge++) {
        if (ngx_http_urlmeta_metrics_put(object, gauge->group, gauge->key,
                     json_integer((json_int_t)
                                  ngx_http_urlmeta_metrics_value(&report->sum,
                                                               gauge->offset)))
            != URLMETA_OK)
        {
            goto failed;
        }
    }

    for (histogram = ngx_http_urlmeta_metrics_histograms;
         histogram->key;
         histogram++)
    {
        if (ngx_http_urlmeta_metrics_put(object, "histograms", histogram->key,
                                ngx_http_urlmeta_metrics_histogram(&report->sum,
                                                                   histogram))
            != URLMETA_OK)
        {
            goto failed;
        }
    }

    if (json_object_set_new(object, "zones",
                            ngx_http_urlmeta_metrics_zones(report))
        != 0)
    {
        goto failed;
    }

    return object;

failed:

    json_decref(object);

    return NULL;
}


/* takes the value, which may be NULL, as jansson's functions do */

static int
ngx_http_urlmeta_metrics_put(json_t *object, const char *group,
    const char *key, json_t *value)
{
    json_t  *members;

    members = json_object_get(object, group);

    if (members == NULL) {
        members = json_object();

        if (json_object_set_new(object, group, members) != 0) {
            json_decref(value);
            return URLMETA_ERROR;
        }
    }

    return json_object_set_new(members, key, value) == 0 ? URLMETA_OK
                                                         : URLMETA_ERROR;
}


static json_t *
ngx_http_urlmeta_metrics_family(const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_counter_t *counter)
{
    json_t      *object;
    ngx_uint_t   i;

    if (counter->label == NULL) {
        return json_integer((json_int_t) sum->counts[counter->first]);
    }

    object = json_object();

    for (i = 0; i < counter->n; i++) {
        if (json_object_set_new(object, counter->value(i),
                                json_integer((json_int_t)
                                             sum->counts[counter->first + i]))
            != 0)
        {
            json_decref(object);
            return NULL;
        }
    }

    return object;
}


static json_t *
ngx_http_urlmeta_metrics_histogram(const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_histogram_t *histogram)
{
    json_t            *object, *buckets;
    uint64_t           n;
    ngx_uint_t         i;
    const uint64_t    *counts;
    const ngx_msec_t  *bounds;

    counts = &sum->counts[histogram->histogram];
    bounds = ngx_http_urlmeta_metrics_bounds(histogram->histogram);

    n = 0;
    buckets = json_array();

    for (i = 0; i < NGX_HTTP_URLMETA_COUNT_BOUNDS; i++) {
        n += counts[i];

        if (json_array_append_new(buckets,
                                  json_pack("{s:I, s:I}",
                                            "le", (json_int_t) bounds[i],
                                            "count", (json_int_t) n))
            != 0)
        {
            json_decref(buckets);
            return NULL;
        }
    }

    object = json_pack("{s:s, s:I, s:I}",
                       "unit", histogram->unit,
                       "count", (json_int_t) (n + counts[i]),
                       "sum", (json_int_t) counts[i + 1]);

    if (json_object_set_new(object, "buckets", buckets) != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
ngx_http_urlmeta_metrics_zones(const ngx_http_urlmeta_metrics_report_t *report)
{
    json_t                                       *zones, *object;
    ngx_uint_t                                    i;
    urlmeta_buf_t                                 name;
    const ngx_http_urlmeta_metrics_zone_t        *zone;
    const ngx_http_urlmeta_metrics_zone_value_t  *value;

    ngx_memzero(&name, sizeof(urlmeta_buf_t));

    zones = json_object();

    for (i = 0; i < report->nzones; i++) {

        zone = &report->zones[i];
        object = json_object();

        for (value = ngx_http_urlmeta_metrics_zone_values; value->key; value++)
        {
            if (json_object_set_new(object, value->key,
                     json_integer((json_int_t)
                                  ngx_http_urlmeta_metrics_value(zone,
                                                               value->offset)))
                != 0)
            {
                json_decref(object);
                object = NULL;
                break;
            }
        }

        /* a name that is no UTF-8 is left out: there is no JSON for it */

        urlmeta_buf_reset(&name);

        if (object == NULL
            || urlmeta_buf_add(&name, zone->name.data, zone->name.len)
               != URLMETA_OK)
        {
            json_decref(object);
            json_decref(zones);
            urlmeta_buf_free(&name);
            return NULL;
        }

        (void) json_object_set_new(zones, name.data, object);
    }

    urlmeta_buf_free(&name);

    return zones;
}


static int
ngx_http_urlmeta_metrics_dump(const char *data, size_t len, void *out)
{
    return urlmeta_buf_add(out, data, len) == URLMETA_OK ? 0 : -1;
}


int
ngx_http_urlmeta_metrics_prometheus(
    const ngx_http_urlmeta_metrics_report_t *report, urlmeta_buf_t *out)
{
    ngx_uint_t                                    i;
    const ngx_http_urlmeta_metrics_gauge_t       *gauge;
    const ngx_http_urlmeta_metrics_counter_t     *counter;
    const ngx_http_urlmeta_metrics_histogram_t   *histogram;
    const ngx_http_urlmeta_metrics_zone_value_t  *value;

    if (ngx_http_urlmeta_metrics_head("build_info", "The module's version.",
                                      "gauge", out)
        != URLMETA_OK
        || urlmeta_buf_add_str(out, "urlmeta_build_info{version=\""
                                    URLMETA_VERSION "\"} 1\n")
           != URLMETA_OK
        || ngx_http_urlmeta_metrics_head("start_time_seconds",
                                     "When counting began, in Unix time.",
                                     "gauge", out)
           != URLMETA_OK
        || urlmeta_buf_printf(out, "urlmeta_start_time_seconds %lld\n",
                              (long long) report->sum.since)
           != URLMETA_OK
        || ngx_http_urlmeta_metrics_head("workers",
                            "Worker processes, those that shut down included.",
                            "gauge", out)
           != URLMETA_OK
        || urlmeta_buf_printf(out, "urlmeta_workers %llu\n",
                              (unsigned long long) report->sum.workers)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    for (counter = ngx_http_urlmeta_metrics_counters; counter->key; counter++) {
        if (ngx_http_urlmeta_metrics_samples(&report->sum, counter, out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    for (gauge = ngx_http_urlmeta_metrics_gauges; gauge->key; gauge++) {
        if (ngx_http_urlmeta_metrics_head(gauge->name, gauge->help, "gauge",
                                          out)
            != URLMETA_OK
            || urlmeta_buf_printf(out, "urlmeta_%s %llu\n", gauge->name,
                                  (unsigned long long)
                                  ngx_http_urlmeta_metrics_value(&report->sum,
                                                               gauge->offset))
               != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    for (histogram = ngx_http_urlmeta_metrics_histograms;
         histogram->key;
         histogram++)
    {
        if (ngx_http_urlmeta_metrics_buckets(&report->sum, histogram, out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    if (report->nzones == 0) {
        return URLMETA_OK;
    }

    for (value = ngx_http_urlmeta_metrics_zone_values; value->key; value++) {

        if (ngx_http_urlmeta_metrics_head(value->name, value->help,
                                          value->counter ? "counter" : "gauge",
                                          out)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        for (i = 0; i < report->nzones; i++) {
            if (urlmeta_buf_printf(out, "urlmeta_%s{zone=\"", value->name)
                != URLMETA_OK
                || ngx_http_urlmeta_metrics_label(&report->zones[i].name, out)
                   != URLMETA_OK
                || urlmeta_buf_printf(out, "\"} %llu\n",
                                      (unsigned long long)
                             ngx_http_urlmeta_metrics_value(&report->zones[i],
                                                            value->offset))
                   != URLMETA_OK)
            {
                return URLMETA_ERROR;
            }
        }
    }

    return URLMETA_OK;
}


/* no help of ours has a backslash or a line end */

static int
ngx_http_urlmeta_metrics_head(const char *name, const char *help,
    const char *type, urlmeta_buf_t *out)
{
    return urlmeta_buf_printf(out,
                              "# HELP urlmeta_%s %s\n# TYPE urlmeta_%s %s\n",
                              name, help, name, type);
}


static int
ngx_http_urlmeta_metrics_samples(const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_counter_t *counter, urlmeta_buf_t *out)
{
    int                  rc;
    ngx_uint_t           i;
    unsigned long long   n;

    if (ngx_http_urlmeta_metrics_head(counter->name, counter->help, "counter",
                                      out)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    for (i = 0; i < counter->n; i++) {
        n = sum->counts[counter->first + i];

        if (counter->label) {
            rc = urlmeta_buf_printf(out, "urlmeta_%s{%s=\"%s\"} %llu\n",
                                    counter->name, counter->label,
                                    counter->value(i), n);

        } else {
            rc = urlmeta_buf_printf(out, "urlmeta_%s %llu\n", counter->name, n);
        }

        if (rc != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}


static int
ngx_http_urlmeta_metrics_buckets(const ngx_http_urlmeta_metrics_t *sum,
    const ngx_http_urlmeta_metrics_histogram_t *histogram, urlmeta_buf_t *out)
{
    ngx_uint_t           i;
    const uint64_t      *counts;
    const ngx_msec_t    *bounds;
    unsigned long long   n;

    if (ngx_http_urlmeta_metrics_head(histogram->name, histogram->help,
                                      "histogram", out)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    counts = &sum->counts[histogram->histogram];
    bounds = ngx_http_urlmeta_metrics_bounds(histogram->histogram);

    n = 0;

    for (i = 0; i < NGX_HTTP_URLMETA_COUNT_BOUNDS; i++) {
        n += counts[i];

        if (urlmeta_buf_printf(out, "urlmeta_%s_bucket{le=\"", histogram->name)
            != URLMETA_OK
            || ngx_http_urlmeta_metrics_seconds(bounds[i], histogram->scale,
                                                out)
               != URLMETA_OK
            || urlmeta_buf_printf(out, "\"} %llu\n", n) != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    n += counts[i];

    if (urlmeta_buf_printf(out,
                           "urlmeta_%s_bucket{le=\"+Inf\"} %llu\n"
                           "urlmeta_%s_sum ",
                           histogram->name, n, histogram->name)
        != URLMETA_OK
        || ngx_http_urlmeta_metrics_seconds(counts[i + 1], histogram->scale,
                                            out)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_printf(out, "\nurlmeta_%s_count %llu\n",
                              histogram->name, n);
}


/* by hand: printf() asks the locale for the point, which another module set */

static int
ngx_http_urlmeta_metrics_seconds(uint64_t value, ngx_uint_t scale,
    urlmeta_buf_t *out)
{
    if (urlmeta_buf_printf(out, "%llu", (unsigned long long) (value / scale))
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    value %= scale;

    if (value == 0) {
        return URLMETA_OK;
    }

    if (urlmeta_buf_add_char(out, '.') != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    while (value) {
        scale /= 10;

        if (urlmeta_buf_add_char(out, (char) ('0' + value / scale))
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        value %= scale;
    }

    return URLMETA_OK;
}


static int
ngx_http_urlmeta_metrics_label(ngx_str_t *value, urlmeta_buf_t *out)
{
    int      rc;
    size_t   i;

    for (i = 0; i < value->len; i++) {

        switch (value->data[i]) {

        case '\\':
            rc = urlmeta_buf_add_str(out, "\\\\");
            break;

        case '"':
            rc = urlmeta_buf_add_str(out, "\\\"");
            break;

        case '\n':
            rc = urlmeta_buf_add_str(out, "\\n");
            break;

        default:
            rc = urlmeta_buf_add_char(out, (char) value->data[i]);
            break;
        }

        if (rc != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}
