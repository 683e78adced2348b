
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


#define NGX_HTTP_URLMETA_FORMAT_AUTO     (URLMETA_FORMAT_MAX + 1)

#define NGX_HTTP_URLMETA_CACHE_PUBLIC    0
#define NGX_HTTP_URLMETA_CACHE_PRIVATE   1

/* urlmeta_cache_valid: beside the status codes */
#define NGX_HTTP_URLMETA_VALID_ANY       0
#define NGX_HTTP_URLMETA_VALID_ERROR     1


typedef enum {
    NGX_HTTP_URLMETA_CACHE_OFF = 0,
    NGX_HTTP_URLMETA_CACHE_MISS,
    NGX_HTTP_URLMETA_CACHE_BYPASS,
    NGX_HTTP_URLMETA_CACHE_EXPIRED,
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
    ngx_str_t                          ca_file;
    ngx_uint_t                         used;     /* unsigned  used:1; */
} ngx_http_urlmeta_main_conf_t;


typedef struct {
    ngx_str_t                          name;
    ngx_http_complex_value_t           value;
} ngx_http_urlmeta_set_header_t;


typedef struct {
    ngx_http_complex_value_t          *url;
    ngx_http_complex_value_t          *format;
    ngx_http_complex_value_t          *details;

    ngx_shm_zone_t                    *cache_zone;
    ngx_http_complex_value_t          *cache_key;
    ngx_array_t                       *cache_valid;
    ngx_array_t                       *cache_bypass;
    ngx_array_t                       *no_cache;
    ngx_uint_t                         cache_control;

    ngx_http_complex_value_t          *user_agent;
    ngx_http_complex_value_t          *accept_language;
    ngx_array_t                       *headers;  /* of …_set_header_t */

    ngx_http_urlmeta_fetch_conf_t      fetch;

    ngx_uint_t                         format_value;
    ngx_uint_t                         details_value;

    /* what makes two locations' cards differ, but for variables */
    ngx_str_t                          fingerprint;
} ngx_http_urlmeta_loc_conf_t;


typedef struct {
    ngx_http_urlmeta_waiter_t          waiter;

    ngx_str_t                          url;      /* normalized, or as asked */
    ngx_str_t                          effective_url;
    u_char                             key[NGX_HTTP_URLMETA_KEY_LEN];
    urlmeta_format_e                   format;
    ngx_uint_t                         details;
    ngx_http_urlmeta_cache_status_e    cache_status;

    urlmeta_error_e                    error;
    ngx_uint_t                         upstream_status;
    ngx_msec_t                         fetch_time;
    time_t                             age;
    time_t                             retry_after;
    unsigned                           fetched:1;
    unsigned                           answered:1;
    unsigned                           vary:1;
} ngx_http_urlmeta_ctx_t;


extern ngx_module_t  ngx_http_urlmeta_module;


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
char *ngx_http_urlmeta_set_header_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_host_limit_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_policy_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_urlmeta_check_time(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_urlmeta_check_size(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_urlmeta_check_number(ngx_conf_t *cf, void *post, void *data);



/* the content handler */
ngx_int_t ngx_http_urlmeta_handler(ngx_http_request_t *r);

ngx_int_t ngx_http_urlmeta_add_variables(ngx_conf_t *cf);

/* 1 if the request is a fetch, of this server or of another of its kind */
ngx_uint_t ngx_http_urlmeta_looped(ngx_http_request_t *r);

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

/*
 * The answer out of the zone: what a content handler returns, or NGX_DECLINED
 * if there is no fresh card; ctx->cache_status says why.
 */
ngx_int_t ngx_http_urlmeta_lookup(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/* has the fetch stored at its end, if the request lets it; NGX_OK, NGX_ERROR */
ngx_int_t ngx_http_urlmeta_store_prepare(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_fetch_t *fetch);

/*
 * How long an outcome is kept, in seconds; 0: not at all.  "valid" is the
 * location's list or NULL.
 */
time_t ngx_http_urlmeta_valid(ngx_array_t *valid, urlmeta_error_e error,
    ngx_uint_t upstream_status, ngx_uint_t broken);


#endif /* _NGX_HTTP_URLMETA_MODULE_H_INCLUDED_ */
