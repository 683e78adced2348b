
/*
 * Counters of all workers, in a small shared zone of their own.  Counting
 * takes no lock and may be done anywhere in a worker; before the zone is there,
 * and where none is declared, it does nothing.
 */


#ifndef _NGX_HTTP_URLMETA_METRICS_H_INCLUDED_
#define _NGX_HTTP_URLMETA_METRICS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "../core/error.h"


/* OFF MISS BYPASS EXPIRED STALE UPDATING REVALIDATED HIT */
#define NGX_HTTP_URLMETA_COUNT_CACHE_MAX   8

/* 2xx 304 4xx 5xx, and others */
#define NGX_HTTP_URLMETA_COUNT_STATUS_MAX  5

/* no error, the errors, "not modified" */
#define NGX_HTTP_URLMETA_COUNT_RESULT_MAX  (URLMETA_E_MAX + 1)

/* the upper bounds, infinity, and the sum */
#define NGX_HTTP_URLMETA_COUNT_BOUNDS      11
#define NGX_HTTP_URLMETA_COUNT_HISTOGRAM   (NGX_HTTP_URLMETA_COUNT_BOUNDS + 2)


/* a family's name is that of its first counter */

typedef enum {
    NGX_HTTP_URLMETA_COUNT_REQUESTS = 0,        /* + cache status */

    NGX_HTTP_URLMETA_COUNT_RESPONSES =          /* + class of status */
        NGX_HTTP_URLMETA_COUNT_REQUESTS + NGX_HTTP_URLMETA_COUNT_CACHE_MAX,

    NGX_HTTP_URLMETA_COUNT_ERRORS =             /* + urlmeta_error_e */
        NGX_HTTP_URLMETA_COUNT_RESPONSES + NGX_HTTP_URLMETA_COUNT_STATUS_MAX,

    NGX_HTTP_URLMETA_COUNT_RESULTS =            /* + urlmeta_error_e */
        NGX_HTTP_URLMETA_COUNT_ERRORS + URLMETA_E_MAX,

    NGX_HTTP_URLMETA_COUNT_RESULT_NOT_MODIFIED =
        NGX_HTTP_URLMETA_COUNT_RESULTS + URLMETA_E_MAX,

    NGX_HTTP_URLMETA_COUNT_ABORTED,             /* clients that left */
    NGX_HTTP_URLMETA_COUNT_STARTED,             /* fetches */
    NGX_HTTP_URLMETA_COUNT_BACKGROUND,          /* those nobody waits for */
    NGX_HTTP_URLMETA_COUNT_QUEUED,              /* those that had to wait */
    NGX_HTTP_URLMETA_COUNT_JOINED,              /* a fetch of this worker */
    NGX_HTTP_URLMETA_COUNT_JOINED_OTHER,        /* of another worker */
    NGX_HTTP_URLMETA_COUNT_REDIRECTS,
    NGX_HTTP_URLMETA_COUNT_RECEIVED,            /* bytes, headers too */
    NGX_HTTP_URLMETA_COUNT_DECODED,             /* bytes */
    NGX_HTTP_URLMETA_COUNT_REFUSED,             /* at the socket */
    NGX_HTTP_URLMETA_COUNT_SLICES,              /* of parsing */
    NGX_HTTP_URLMETA_COUNT_SLICES_1MS,
    NGX_HTTP_URLMETA_COUNT_SLICES_10MS,

    NGX_HTTP_URLMETA_FETCH_TIME,                /* histogram, ms */

    NGX_HTTP_URLMETA_MISS_TIME =                /* histogram, ms */
        NGX_HTTP_URLMETA_FETCH_TIME + NGX_HTTP_URLMETA_COUNT_HISTOGRAM,

    NGX_HTTP_URLMETA_PARSE_TIME =               /* histogram, us */
        NGX_HTTP_URLMETA_MISS_TIME + NGX_HTTP_URLMETA_COUNT_HISTOGRAM,

    NGX_HTTP_URLMETA_COUNT_MAX =
        NGX_HTTP_URLMETA_PARSE_TIME + NGX_HTTP_URLMETA_COUNT_HISTOGRAM
} ngx_http_urlmeta_count_e;


/* what is so many at this moment, in this worker */

typedef enum {
    NGX_HTTP_URLMETA_GAUGE_ACTIVE = 0,          /* fetches under way */
    NGX_HTTP_URLMETA_GAUGE_WAITING,             /* fetches in the queue */
    NGX_HTTP_URLMETA_GAUGE_MAX
} ngx_http_urlmeta_gauge_e;


typedef struct {
    time_t       since;                         /* when counting began */
    ngx_uint_t   workers;                       /* alive, old ones too */
    uint64_t     gauges[NGX_HTTP_URLMETA_GAUGE_MAX];
    uint64_t     counts[NGX_HTTP_URLMETA_COUNT_MAX];
} ngx_http_urlmeta_metrics_t;


/*
 * Declares the zone, as often as wanted; configuration only.  NULL after an
 * error was logged.
 */
ngx_shm_zone_t *ngx_http_urlmeta_metrics_zone(ngx_conf_t *cf);

/* per worker; "zone" may be NULL */
void ngx_http_urlmeta_metrics_init(ngx_shm_zone_t *zone);
void ngx_http_urlmeta_metrics_exit(void);

/* "counter" is a ngx_http_urlmeta_count_e and what is added to a family */
void ngx_http_urlmeta_count(ngx_uint_t counter);
void ngx_http_urlmeta_count_n(ngx_uint_t counter, size_t n);

/* "value" in the histogram's unit */
void ngx_http_urlmeta_observe(ngx_http_urlmeta_count_e histogram,
    ngx_msec_t value);

void ngx_http_urlmeta_gauge(ngx_http_urlmeta_gauge_e gauge, ngx_uint_t value);

/*
 * A slice of parsing: the time it begins at, and the nanoseconds it took by
 * its end, where it is counted.
 */
uint64_t ngx_http_urlmeta_slice(void);
uint64_t ngx_http_urlmeta_slice_end(uint64_t begin);

/* the upper bounds of a histogram, without infinity */
const ngx_msec_t *ngx_http_urlmeta_metrics_bounds(
    ngx_http_urlmeta_count_e histogram);

/* the sums over all workers; all zeroes where there is no zone */
void ngx_http_urlmeta_metrics_read(ngx_http_urlmeta_metrics_t *metrics);


#endif /* _NGX_HTTP_URLMETA_METRICS_H_INCLUDED_ */
