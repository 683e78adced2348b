
/*
 * What the metrics are called, and how they are written, for
 * ngx_http_urlmeta_metrics_*.c alone.
 */


#ifndef _NGX_HTTP_URLMETA_METRICS_FORMAT_H_INCLUDED_
#define _NGX_HTTP_URLMETA_METRICS_FORMAT_H_INCLUDED_


#include "ngx_http_urlmeta_cache.h"
#include "ngx_http_urlmeta_metrics.h"
#include "../core/urlmeta.h"


/*
 * One metric of the module, or one for each value of a label.  "group" and
 * "key" are the JSON's, "name" is Prometheus's after "urlmeta_", "help" is for
 * both of Prometheus and HTML.
 */

typedef struct {
    const char                     *group;
    const char                     *key;
    const char                     *name;
    const char                     *help;
    const char                     *label;      /* NULL: one value */
    const char                   *(*value)(ngx_uint_t n);  /* of the label */
    ngx_uint_t                      first;      /* ngx_http_urlmeta_count_e */
    ngx_uint_t                      n;
} ngx_http_urlmeta_metrics_counter_t;


typedef struct {
    const char                     *group;
    const char                     *key;
    const char                     *name;
    const char                     *help;
    size_t                          offset;     /* in …_metrics_t, uint64_t */
} ngx_http_urlmeta_metrics_gauge_t;


typedef struct {
    const char                     *key;
    const char                     *name;
    const char                     *help;
    ngx_http_urlmeta_count_e        histogram;
    const char                     *unit;
    ngx_uint_t                      scale;      /* so many in a second */
} ngx_http_urlmeta_metrics_histogram_t;


/* of a cache zone */

typedef struct {
    const char                     *key;
    const char                     *name;
    const char                     *help;
    size_t                          offset;     /* in …_metrics_zone_t */
    ngx_uint_t                      counter;    /* unsigned  counter:1; */
} ngx_http_urlmeta_metrics_zone_value_t;


typedef struct {
    ngx_str_t                       name;
    uint64_t                        size;
    ngx_http_urlmeta_cache_stat_t   stat;
} ngx_http_urlmeta_metrics_zone_t;


/* all that one answer tells; the zones' names live as long as the cycle */

typedef struct {
    time_t                            now;
    ngx_http_urlmeta_metrics_t        sum;
    ngx_http_urlmeta_metrics_zone_t  *zones;
    ngx_uint_t                        nzones;
} ngx_http_urlmeta_metrics_report_t;


/* each ends with an entry without a key */
extern const ngx_http_urlmeta_metrics_counter_t
    ngx_http_urlmeta_metrics_counters[];
extern const ngx_http_urlmeta_metrics_gauge_t
    ngx_http_urlmeta_metrics_gauges[];
extern const ngx_http_urlmeta_metrics_histogram_t
    ngx_http_urlmeta_metrics_histograms[];
extern const ngx_http_urlmeta_metrics_zone_value_t
    ngx_http_urlmeta_metrics_zone_values[];


#define ngx_http_urlmeta_metrics_value(base, offset)                          \
    (*(const uint64_t *) ((const u_char *) (base) + (offset)))


/* the number of values in a histogram */
uint64_t ngx_http_urlmeta_metrics_observed(
    const ngx_http_urlmeta_metrics_t *sum, ngx_http_urlmeta_count_e histogram);

/* each adds a whole document; URLMETA_OK or URLMETA_ERROR */
int ngx_http_urlmeta_metrics_json(
    const ngx_http_urlmeta_metrics_report_t *report, urlmeta_buf_t *out);
int ngx_http_urlmeta_metrics_prometheus(
    const ngx_http_urlmeta_metrics_report_t *report, urlmeta_buf_t *out);
int ngx_http_urlmeta_metrics_html(
    const ngx_http_urlmeta_metrics_report_t *report, urlmeta_buf_t *out);

/* the policy of the HTML page: no script, no style but its own */
const char *ngx_http_urlmeta_metrics_csp(void);


#endif /* _NGX_HTTP_URLMETA_METRICS_FORMAT_H_INCLUDED_ */
