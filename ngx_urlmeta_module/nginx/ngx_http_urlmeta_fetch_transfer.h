
/*
 * One hop of a fetch: one HTTP/1.1 exchange with one judged address.
 */


#ifndef _NGX_HTTP_URLMETA_FETCH_TRANSFER_H_INCLUDED_
#define _NGX_HTTP_URLMETA_FETCH_TRANSFER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_urlmeta_curl.h"
#include "ngx_http_urlmeta_metrics.h"
#include "ngx_http_urlmeta_policy.h"
#include "ngx_http_urlmeta_resolve.h"
#include "../core/decode.h"
#include "../core/freshness.h"
#include "../core/urlmeta.h"


/* slower than this for the read timeout is no progress */
#define NGX_HTTP_URLMETA_MIN_RATE     256        /* bytes a second */

#define NGX_HTTP_URLMETA_MAX_HEADERS  128        /* lines, of all hops */

/* what a fetch calls itself, to be known again should it come back */
#define NGX_HTTP_URLMETA_VIA          "urlmeta"

/*
 * So much of a page is read in one turn of the event loop, some 4 ms of the
 * slowest that there is.
 */
#define NGX_HTTP_URLMETA_MAX_TURN     (128 * 1024)

/* bytes of gzip beyond those that came out of it */
#define NGX_HTTP_URLMETA_MAX_WASTE    (1024 * 1024)


typedef struct {
    ngx_str_t                          name;
    ngx_str_t                          value;
} ngx_http_urlmeta_header_t;


/* the limits and rules of a location; must outlive its fetches */

typedef struct {
    ngx_http_urlmeta_policy_t          policy;
    ngx_http_urlmeta_names_t          *names;
    ngx_resolver_t                    *resolver;
    ngx_msec_t                         resolver_timeout;
    ngx_msec_t                         connect_timeout;
    ngx_msec_t                         read_timeout;
    ngx_msec_t                         timeout;
    size_t                             max_header_size;
    size_t                             max_body_size;
    ngx_uint_t                         max_redirects;
    ngx_uint_t                         extent;   /* urlmeta_extent_e */
    ngx_uint_t                         log_level;
    ngx_array_t                       *targets;  /* ngx_str_t: fields that
                                                    are obeyed before
                                                    Cache-Control, or NULL */
    ngx_shm_zone_t                    *zone;     /* of host_limit, or NULL */
    ngx_uint_t                         host_rate;  /* 0: no limit; thousandths
                                                      of a request a second */
    ngx_uint_t                         host_burst;
    ngx_uint_t                         host_conn;
    ngx_flag_t                         ssl_verify;
    ngx_str_t                          ssl_trusted_certificate;
} ngx_http_urlmeta_fetch_conf_t;


/* what a request adds */

typedef struct {
    ngx_str_t                          user_agent;
    ngx_str_t                          accept_language;    /* may be empty */
    ngx_array_t                       *headers;  /* of …_header_t, or NULL */
} ngx_http_urlmeta_fetch_headers_t;


typedef struct ngx_http_urlmeta_transfer_s  ngx_http_urlmeta_transfer_t;

typedef void (*ngx_http_urlmeta_transfer_pt)(ngx_http_urlmeta_transfer_t *tr);

/*
 * Decoded bytes of a 2xx answer's body; status and headers are known.
 * URLMETA_OK; URLMETA_DONE: no more is wanted; URLMETA_ERROR: no memory.
 */
typedef int (*ngx_http_urlmeta_transfer_body_pt)(
    ngx_http_urlmeta_transfer_t *tr, const char *data, size_t len);


struct ngx_http_urlmeta_transfer_s {
    ngx_http_urlmeta_curl_t            curl;

    /* set by the caller, all must outlive the transfer */
    ngx_http_urlmeta_fetch_conf_t     *conf;
    ngx_http_urlmeta_fetch_headers_t  *headers;
    const urlmeta_url_t               *url;
    ngx_http_urlmeta_addr_t           *addr;     /* the judged one */
    ngx_pool_t                        *pool;
    ngx_log_t                         *log;
    ngx_http_urlmeta_transfer_body_pt  body;
    ngx_http_urlmeta_transfer_pt       done;     /* once, unless aborted */
    void                              *data;
    char                              *if_none_match;      /* or NULL: then */
    char                              *if_modified_since;  /* 304 is an answer
                                                              if one is set */
    size_t                             header_size;   /* counted over hops: */
    ngx_uint_t                         header_lines;  /* the caller carries
                                                         them on */

    /* progress */
    ngx_msec_t                         started;
    ngx_msec_t                         deadline; /* of connecting, or reading */
    unsigned                           connected:1;

    /* the answer; strings in the pool, zero terminated, NULL if absent */
    urlmeta_error_e                    error;
    ngx_uint_t                         status;
    char                              *content_type;
    char                              *content_language;
    char                              *content_disposition;
    urlmeta_freshness_fields_t         fields;
    char                              *retry_after;
    char                              *link;
    char                              *location;
    size_t                             bytes;         /* decoded */
    size_t                             encoded;       /* of gzip */
    urlmeta_error_e                    cause;         /* of broken: the error
                                                         if what came is of no
                                                         use; NONE: take it */
    unsigned                           truncated:1;   /* a limit, or broken */
    unsigned                           broken:1;      /* by the origin */
    unsigned                           hasty:1;       /* to be done again, */
    unsigned                           fresh:1;       /* on a new connection */
    unsigned                           again:1;       /* another address of
                                                         the name may do */

    /* our own */
    struct curl_slist                 *request_headers;
    struct curl_slist                 *connect_to;
    urlmeta_decode_t                  *decode;
    char                              *content_length;
    ngx_uint_t                         target;        /* the one that was seen:
                                                         its number + 1 */
    ngx_event_t                        event;         /* the next turn */
    ngx_uint_t                         action;        /* that bytes are of */
    size_t                             turn;          /* decoded in it */
    u_char                            *rest;          /* not decoded yet */
    size_t                             rest_len;
    CURLcode                           code;          /* once it has ended */
    unsigned                           more:1;        /* rest, maybe empty */
    unsigned                           paused:1;
    unsigned                           ended:1;
    unsigned                           stopped:1;     /* no more is wanted */
    unsigned                           gzip:1;
    unsigned                           chunked:1;
    unsigned                           headers_done:1;
    char                               detail[CURL_ERROR_SIZE];
};


/* NGX_OK: tr->done comes later; NGX_BUSY: no connection left; NGX_ERROR */
ngx_int_t ngx_http_urlmeta_transfer_start(ngx_http_urlmeta_transfer_t *tr);

/* frees what the transfer holds but the pool; done is not called.  Idempotent;
   also needed after done. */
void ngx_http_urlmeta_transfer_close(ngx_http_urlmeta_transfer_t *tr);


/* between the two files of a transfer; all but progress inside of libcurl */

size_t ngx_http_urlmeta_transfer_on_header(char *line, size_t size, size_t n,
    void *data);
int ngx_http_urlmeta_transfer_decoded(void *data, const char *piece,
    size_t len);
void ngx_http_urlmeta_transfer_progress(ngx_http_urlmeta_transfer_t *tr,
    size_t len);


#endif /* _NGX_HTTP_URLMETA_FETCH_TRANSFER_H_INCLUDED_ */
