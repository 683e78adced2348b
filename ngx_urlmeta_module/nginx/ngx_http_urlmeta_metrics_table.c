
/*
 * The metrics' names and words, for all formats.  docs/metrics.md describes
 * each; a test compares.
 */


#include "ngx_http_urlmeta_metrics_format.h"


static const char *ngx_http_urlmeta_metrics_cache_status(ngx_uint_t n);
static const char *ngx_http_urlmeta_metrics_class(ngx_uint_t n);
static const char *ngx_http_urlmeta_metrics_error(ngx_uint_t n);
static const char *ngx_http_urlmeta_metrics_result(ngx_uint_t n);


const ngx_http_urlmeta_metrics_counter_t
    ngx_http_urlmeta_metrics_counters[] =
{
    { "requests", "cache_status", "requests_total",
      "Requests answered, by cache status.",
      "cache_status", ngx_http_urlmeta_metrics_cache_status,
      NGX_HTTP_URLMETA_COUNT_REQUESTS, NGX_HTTP_URLMETA_COUNT_CACHE_MAX },

    { "requests", "status", "responses_total",
      "Responses, by HTTP status.",
      "status", ngx_http_urlmeta_metrics_class,
      NGX_HTTP_URLMETA_COUNT_RESPONSES, NGX_HTTP_URLMETA_COUNT_STATUS_MAX },

    /* the first is no error */

    { "requests", "errors", "errors_total",
      "Requests answered with an error, by its code.",
      "code", ngx_http_urlmeta_metrics_error,
      NGX_HTTP_URLMETA_COUNT_ERRORS + 1, URLMETA_E_MAX - 1 },

    { "requests", "aborted", "requests_aborted_total",
      "Requests whose client left while a fetch was waited for.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_ABORTED, 1 },

    { "fetches", "started", "fetches_started_total",
      "Fetches begun or put into the queue.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_STARTED, 1 },

    { "fetches", "results", "fetches_total",
      "Fetches ended, by result.",
      "result", ngx_http_urlmeta_metrics_result,
      NGX_HTTP_URLMETA_COUNT_RESULTS, NGX_HTTP_URLMETA_COUNT_RESULT_MAX },

    { "fetches", "background", "background_updates_total",
      "Fetches that renew a card which was served stale.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_BACKGROUND, 1 },

    { "fetches", "queued", "fetches_queued_total",
      "Fetches that had to wait for their turn.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_QUEUED, 1 },

    { "fetches", "joined", "fetches_joined_total",
      "Requests that waited for a fetch which another request had started.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_JOINED, 1 },

    { "fetches", "joined_other_worker", "fetches_joined_other_worker_total",
      "Requests that waited for a fetch of another worker.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_JOINED_OTHER, 1 },

    { "fetches", "redirects", "redirects_total",
      "Redirects followed.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_REDIRECTS, 1 },

    { "fetches", "received_bytes", "received_bytes_total",
      "Bytes of HTTP received from targets, headers and bodies as sent.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_RECEIVED, 1 },

    { "fetches", "decoded_bytes", "decoded_bytes_total",
      "Bytes of pages after decompression.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_DECODED, 1 },

    { "fetches", "socket_refusals", "socket_refusals_total",
      "Connections refused by the last checks. More than 0 is a defect.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_REFUSED, 1 },

    { "parsing", "slices", "parse_slices_total",
      "Slices of parsing: a worker does nothing else meanwhile.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_SLICES, 1 },

    { "parsing", "slices_over_1ms", "parse_slices_over_1ms_total",
      "Slices of parsing that took more than 1 ms.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_SLICES_1MS, 1 },

    { "parsing", "slices_over_10ms", "parse_slices_over_10ms_total",
      "Slices of parsing that took more than 10 ms.",
      NULL, NULL, NGX_HTTP_URLMETA_COUNT_SLICES_10MS, 1 },

    { NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 }
};


const ngx_http_urlmeta_metrics_gauge_t  ngx_http_urlmeta_metrics_gauges[] = {

    { "fetches", "active", "fetches_active",
      "Fetches under way now.",
      offsetof(ngx_http_urlmeta_metrics_t,
               gauges[NGX_HTTP_URLMETA_GAUGE_ACTIVE]) },

    { "fetches", "waiting", "fetches_waiting",
      "Fetches in the queue now.",
      offsetof(ngx_http_urlmeta_metrics_t,
               gauges[NGX_HTTP_URLMETA_GAUGE_WAITING]) },

    { NULL, NULL, NULL, NULL, 0 }
};


const ngx_http_urlmeta_metrics_histogram_t
    ngx_http_urlmeta_metrics_histograms[] =
{
    { "fetch", "fetch_duration_seconds",
      "Time of a fetch, the queue and all redirects included.",
      NGX_HTTP_URLMETA_FETCH_TIME, "ms", 1000 },

    { "miss", "miss_duration_seconds",
      "Time of a request that waited for a fetch.",
      NGX_HTTP_URLMETA_MISS_TIME, "ms", 1000 },

    { "parse", "parse_duration_seconds",
      "Time that a page took to parse, all its slices together.",
      NGX_HTTP_URLMETA_PARSE_TIME, "us", 1000000 },

    { NULL, NULL, NULL, 0, NULL, 0 }
};


#define ngx_http_urlmeta_metrics_stat(field)                                  \
    (offsetof(ngx_http_urlmeta_metrics_zone_t, stat)                          \
     + offsetof(ngx_http_urlmeta_cache_stat_t, field))


const ngx_http_urlmeta_metrics_zone_value_t
    ngx_http_urlmeta_metrics_zone_values[] =
{
    { "size_bytes", "zone_size_bytes",
      "Size of the zone as configured.",
      offsetof(ngx_http_urlmeta_metrics_zone_t, size), 0 },

    { "entries", "zone_entries",
      "Cards, each format of a card by itself.",
      ngx_http_urlmeta_metrics_stat(entries), 0 },

    { "negative", "zone_negative_entries",
      "Errors that are remembered.",
      ngx_http_urlmeta_metrics_stat(negative), 0 },

    { "bytes", "zone_bytes",
      "Bytes of the cards in it.",
      ngx_http_urlmeta_metrics_stat(bytes), 0 },

    { "chunks", "zone_chunks",
      "Chunks that the zone has for entries.",
      ngx_http_urlmeta_metrics_stat(chunks), 0 },

    { "chunks_used", "zone_chunks_used",
      "Chunks that hold entries.",
      ngx_http_urlmeta_metrics_stat(chunks_used), 0 },

    { "evictions", "zone_evictions_total",
      "Entries that had to make room for others.",
      ngx_http_urlmeta_metrics_stat(evictions), 1 },

    { "expirations", "zone_expirations_total",
      "Entries removed because nobody asked for them.",
      ngx_http_urlmeta_metrics_stat(expirations), 1 },

    { "leases", "zone_leases",
      "Keys that some worker fetches now.",
      ngx_http_urlmeta_metrics_stat(leases), 0 },

    { "repairs", "zone_repairs_total",
      "Times that the zone was repaired, since a worker died in a change of "
      "it.",
      ngx_http_urlmeta_metrics_stat(repairs), 1 },

    { "repair_drops", "zone_repair_drops_total",
      "Entries that were lost in these repairs.",
      ngx_http_urlmeta_metrics_stat(repair_drops), 1 },

    { "loaded", "zone_loaded",
      "Entries loaded from the state file.",
      ngx_http_urlmeta_metrics_stat(loaded), 0 },

    { "saved", "zone_saved",
      "Entries saved to the state file the last time.",
      ngx_http_urlmeta_metrics_stat(saved), 0 },

    { "saved_at", "zone_saved_timestamp_seconds",
      "When the state file was saved the last time; 0: not yet.",
      ngx_http_urlmeta_metrics_stat(saved_at), 0 },

    { NULL, NULL, NULL, 0, 0 }
};


/* in the order of ngx_http_urlmeta_cache_status_e */

static const char *
ngx_http_urlmeta_metrics_cache_status(ngx_uint_t n)
{
    static const char  *names[NGX_HTTP_URLMETA_COUNT_CACHE_MAX] = {
        "OFF", "MISS", "BYPASS", "EXPIRED", "STALE", "UPDATING",
        "REVALIDATED", "HIT"
    };

    return names[n];
}


static const char *
ngx_http_urlmeta_metrics_class(ngx_uint_t n)
{
    static const char  *names[NGX_HTTP_URLMETA_COUNT_STATUS_MAX] = {
        "2xx", "304", "4xx", "5xx", "other"
    };

    return names[n];
}


static const char *
ngx_http_urlmeta_metrics_error(ngx_uint_t n)
{
    return urlmeta_error((urlmeta_error_e) (n + 1))->code;
}


static const char *
ngx_http_urlmeta_metrics_result(ngx_uint_t n)
{
    if (n == 0) {
        return "ok";
    }

    if (n == URLMETA_E_MAX) {
        return "not_modified";
    }

    return urlmeta_error((urlmeta_error_e) n)->code;
}


uint64_t
ngx_http_urlmeta_metrics_observed(const ngx_http_urlmeta_metrics_t *sum,
    ngx_http_urlmeta_count_e histogram)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = 0;

    for (i = 0; i <= NGX_HTTP_URLMETA_COUNT_BOUNDS; i++) {
        n += sum->counts[histogram + i];
    }

    return n;
}
