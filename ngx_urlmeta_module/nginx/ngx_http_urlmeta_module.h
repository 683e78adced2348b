
/*
 * What the files that know a request share: configuration and context.
 */


#ifndef _NGX_HTTP_URLMETA_MODULE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_urlmeta_cache.h"
#include "ngx_http_urlmeta_fetch.h"
#include "ngx_http_urlmeta_metrics.h"
#include "ngx_http_urlmeta_wake.h"


#define NGX_HTTP_URLMETA_FORMAT_AUTO     (URLMETA_FORMAT_MAX + 1)

#define NGX_HTTP_URLMETA_CACHE_PUBLIC    0
#define NGX_HTTP_URLMETA_CACHE_PRIVATE   1

/* urlmeta_cache_valid: beside the status codes */
#define NGX_HTTP_URLMETA_VALID_ANY       0
#define NGX_HTTP_URLMETA_VALID_ERROR     1


/* urlmeta_cache_use_stale; 0x0001 is NGX_CONF_BITMASK_SET */
#define NGX_HTTP_URLMETA_STALE_ERROR     0x0002
#define NGX_HTTP_URLMETA_STALE_TIMEOUT   0x0004
#define NGX_HTTP_URLMETA_STALE_UPDATING  0x0008
#define NGX_HTTP_URLMETA_STALE_HTTP_500  0x0010
#define NGX_HTTP_URLMETA_STALE_HTTP_502  0x0020
#define NGX_HTTP_URLMETA_STALE_HTTP_503  0x0040
#define NGX_HTTP_URLMETA_STALE_HTTP_504  0x0080
#define NGX_HTTP_URLMETA_STALE_OTHER_5XX 0x0100
#define NGX_HTTP_URLMETA_STALE_HTTP_5XX  0x01f0  /* all five */
#define NGX_HTTP_URLMETA_STALE_HTTP_403  0x0200
#define NGX_HTTP_URLMETA_STALE_HTTP_404  0x0400
#define NGX_HTTP_URLMETA_STALE_HTTP_429  0x0800
#define NGX_HTTP_URLMETA_STALE_OFF       0x1000


typedef enum {
    NGX_HTTP_URLMETA_CACHE_OFF = 0,
    NGX_HTTP_URLMETA_CACHE_MISS,
    NGX_HTTP_URLMETA_CACHE_BYPASS,
    NGX_HTTP_URLMETA_CACHE_EXPIRED,
    NGX_HTTP_URLMETA_CACHE_STALE,
    NGX_HTTP_URLMETA_CACHE_UPDATING,
    NGX_HTTP_URLMETA_CACHE_REVALIDATED,
    NGX_HTTP_URLMETA_CACHE_HIT
} ngx_http_urlmeta_cache_status_e;


typedef struct {
    ngx_uint_t                         code;
    time_t                             valid;
} ngx_http_urlmeta_valid_t;


typedef struct {
    ngx_uint_t                         max_fetches;
    ngx_http_urlmeta_names_t           names;
    ngx_array_t                       *own;      /* this server's addresses */
    ngx_array_t                        zones;    /* ngx_shm_zone_t * */
    ngx_str_t                          ca_file;
    ngx_uint_t                         used;     /* unsigned  used:1; */
    ngx_uint_t                         filtered; /* unsigned  filtered:1; */
    ngx_shm_zone_t                    *metrics;  /* NULL: nothing is counted */
} ngx_http_urlmeta_main_conf_t;


typedef struct {
    ngx_str_t                          name;
    ngx_http_complex_value_t           value;
} ngx_http_urlmeta_set_header_t;


/* pages of this server's own locations */

typedef struct {
    ngx_http_complex_value_t          *mode;
    ngx_uint_t                         mode_value;
    ngx_http_complex_value_t          *url;      /* of the page, or NULL */
    ngx_http_complex_value_t          *discovery;    /* where oEmbed is, or
                                                        NULL: "off" */
    ngx_flag_t                         local;
    ngx_array_t                       *names;    /* of the server, as
                                                    ngx_http_server_name_t */
    ngx_uint_t                         warned;   /* unsigned  warned:1; in
                                                    this worker */

    /* as the other fingerprint, of what is read without the network */
    ngx_str_t                          fingerprint;
} ngx_http_urlmeta_filter_conf_t;


typedef struct ngx_http_urlmeta_filter_s  ngx_http_urlmeta_filter_t;


/* of urlmeta_status */
typedef struct ngx_http_urlmeta_status_format_s
    ngx_http_urlmeta_status_format_t;


typedef struct {
    ngx_http_complex_value_t          *url;
    ngx_http_complex_value_t          *format;
    ngx_http_complex_value_t          *details;

    ngx_shm_zone_t                    *cache_zone;
    ngx_http_complex_value_t          *cache_key;
    ngx_array_t                       *cache_valid;
    ngx_array_t                       *cache_bypass;
    ngx_array_t                       *no_cache;
    ngx_array_t                       *cache_purge;
    ngx_uint_t                         cache_control;
    ngx_uint_t                         cache_use_stale;
    ngx_uint_t                         cache_min_uses;
    time_t                             cache_min;    /* s */
    time_t                             cache_max;
    time_t                             cache_while_revalidate;
    time_t                             cache_if_error;
    ngx_flag_t                         cache_background_update;
    ngx_flag_t                         cache_lock;
    ngx_flag_t                         cache_revalidate;

    ngx_http_complex_value_t          *user_agent;
    ngx_http_complex_value_t          *accept_language;
    ngx_array_t                       *headers;  /* of …_set_header_t */
    ngx_array_t                       *signature;  /* keys, complex values */
    ngx_array_t                       *cors;     /* origins */
    ngx_http_complex_value_t          *embed;

    ngx_flag_t                         robots;
    ngx_http_urlmeta_fetch_conf_t      fetch;
    ngx_http_urlmeta_filter_conf_t     filter;

    ngx_uint_t                         format_value;
    ngx_uint_t                         details_value;

    const ngx_http_urlmeta_status_format_t  *status;

    /* what makes two locations' cards differ, but for variables */
    ngx_str_t                          fingerprint;
} ngx_http_urlmeta_loc_conf_t;


typedef struct {
    ngx_http_urlmeta_waiter_t          waiter;

    ngx_str_t                          url;      /* normalized, or as asked */
    ngx_str_t                          effective_url;
    ngx_str_t                          name;     /* the key's text */
    u_char                             key[NGX_HTTP_URLMETA_KEY_LEN];
    ngx_http_urlmeta_cache_entry_t     entry;    /* if found: in format */
    urlmeta_format_e                   entry_format;
    urlmeta_format_e                   format;
    urlmeta_format_options_t           options;
    ngx_uint_t                         details;
    ngx_http_urlmeta_cache_status_e    cache_status;

    urlmeta_error_e                    error;
    ngx_uint_t                         upstream_status;
    ngx_msec_t                         fetch_time;
    time_t                             age;
    time_t                             retry_after;

    /* the page is one of this server's */
    ngx_http_urlmeta_filter_t         *filter;   /* that reads it, or NULL */

    ngx_str_t                          card;     /* native, if at hand */
    ngx_str_t                         *values;   /* of it, for variables */
    unsigned                           found:1;
    unsigned                           fetched:1;
    unsigned                           answered:1;
    unsigned                           vary:1;
    unsigned                           format_auto:1;
    unsigned                           tailored:1;  /* options are given */
    unsigned                           local:1;
    unsigned                           private:1;    /* for this client */
} ngx_http_urlmeta_ctx_t;


extern ngx_module_t  ngx_http_urlmeta_module;


void *ngx_http_urlmeta_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_urlmeta_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

/* directives that need more than a slot */
char *ngx_http_urlmeta(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_urlmeta_format_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_details_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cache_zone_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cache_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cache_valid_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cache_bounds_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cache_stale_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cache_targets_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_set_header_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_host_limit_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_policy_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_status_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_signature_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_cors_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_embed_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_filter_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_local_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_discovery_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_filter_merge(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *prev, ngx_http_urlmeta_loc_conf_t *conf);
char *ngx_http_urlmeta_check_time(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_urlmeta_check_size(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_urlmeta_check_number(ngx_conf_t *cf, void *post, void *data);


/* the content handlers of "urlmeta" and "urlmeta_status" */
ngx_int_t ngx_http_urlmeta_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_urlmeta_status_handler(ngx_http_request_t *r);

ngx_int_t ngx_http_urlmeta_add_variables(ngx_conf_t *cf);

/*
 * What is asked for: ctx->format (NGX_DECLINED: there is none of that name) and
 * ctx->details; NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_format_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);
ngx_int_t ngx_http_urlmeta_details_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/*
 * Waits for the fetch; "started", if it is not NULL, is the same one and is
 * started.  The client may leave meanwhile.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_wait_for(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx, ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_fetch_t *started, ngx_event_handler_pt handler);

/* what a content handler returns, when the fetch has ended */
ngx_int_t ngx_http_urlmeta_answer(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch);

/* of a request's pool: the client left */
void ngx_http_urlmeta_cleanup(void *data);

/* 1 if the request is a fetch, of this server or of another of its kind */
ngx_uint_t ngx_http_urlmeta_looped(ngx_http_request_t *r);

/*
 * Whether the location's urlmeta_signature lets the request pass, whose URL
 * and format are in the context: URLMETA_E_NONE, SIGNATURE_INVALID or
 * INTERNAL_ERROR.
 */
urlmeta_error_e ngx_http_urlmeta_signature(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/*
 * What the request asks of ctx->format, in ctx->options: NGX_OK, NGX_DECLINED
 * if there is no such form of it, NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_options(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/*
 * The headers of urlmeta_cors, on any answer: NGX_OK, NGX_DECLINED if the
 * origin is not allowed, NGX_ERROR; and the answer to OPTIONS.
 */
ngx_int_t ngx_http_urlmeta_cors(ngx_http_request_t *r);
ngx_int_t ngx_http_urlmeta_cors_preflight(ngx_http_request_t *r);

/*
 * The response.  Each returns what a content handler returns; the context may
 * be gone when it does.
 */

/* the entry's native card to ctx->format, kept as a variant if "store" */
ngx_int_t ngx_http_urlmeta_convert(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_cache_entry_t *entry, ngx_uint_t store);

/* the entry's body is in ctx->format */
ngx_int_t ngx_http_urlmeta_send_card(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_cache_entry_t *entry);

ngx_int_t ngx_http_urlmeta_send_error(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx, urlmeta_error_e error);

/* name and value live as long as the request; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_add_header(ngx_http_request_t *r, const char *name,
    u_char *value, size_t len);

/* counts an answer: before its header is sent, and when its status is known */
void ngx_http_urlmeta_count_request(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx);
void ngx_http_urlmeta_count_response(ngx_http_request_t *r);

/*
 * The answer out of the zone: what a content handler returns, or NGX_DECLINED
 * if there is none and a fetch has to be waited for, or NGX_AGAIN if
 * ctx->entry is stale and may be sent while it is refreshed.
 * ctx->cache_status says why.
 */
ngx_int_t ngx_http_urlmeta_lookup(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/* ctx->entry, as ngx_http_urlmeta_send_card() */
ngx_int_t ngx_http_urlmeta_send_stale(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_cache_status_e status);

/* whether a card may be sent instead of that error */
ngx_uint_t ngx_http_urlmeta_may_be_stale(ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_http_urlmeta_cache_meta_t *meta, urlmeta_error_e error,
    ngx_uint_t upstream_status);

/* deletes ctx->key, or what begins with ctx->name up to its "*" */
ngx_int_t ngx_http_urlmeta_purge(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/*
 * Has the fetch, at its end, work out how long its result holds, and store it
 * if the request lets it; NGX_OK, NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_store_prepare(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch);

/*
 * The same for robots.txt: whoever waits is given its rules, or an error that
 * is its own.
 */
void ngx_http_urlmeta_store_robots(ngx_http_urlmeta_fetch_t *fetch);

/*
 * How long an outcome is kept, in seconds; 0: not at all.  "valid" is the
 * location's list or NULL.
 */
time_t ngx_http_urlmeta_valid(ngx_array_t *valid, urlmeta_error_e error,
    ngx_uint_t upstream_status);


#endif /* _NGX_HTTP_URLMETA_MODULE_H_INCLUDED_ */
