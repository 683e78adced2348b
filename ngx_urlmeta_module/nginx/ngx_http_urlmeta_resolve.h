
/*
 * A host's name to its addresses: /etc/hosts as it was at configuration, then
 * nginx's resolver.  libcurl resolves nothing.
 */


#ifndef _NGX_HTTP_URLMETA_RESOLVE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_RESOLVE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


#define NGX_HTTP_URLMETA_MAX_ADDRS  16        /* kept; all are judged */


typedef enum {
    NGX_HTTP_URLMETA_RESOLVED = 0,
    NGX_HTTP_URLMETA_RESOLVE_DENIED,          /* by the judge */
    NGX_HTTP_URLMETA_RESOLVE_NOT_FOUND,
    NGX_HTTP_URLMETA_RESOLVE_FAILED,
    NGX_HTTP_URLMETA_RESOLVE_TIMEOUT
} ngx_http_urlmeta_resolve_e;


typedef struct {
    ngx_sockaddr_t             sockaddr;
    socklen_t                  socklen;
} ngx_http_urlmeta_addr_t;


typedef struct ngx_http_urlmeta_resolve_s  ngx_http_urlmeta_resolve_t;

typedef void (*ngx_http_urlmeta_resolve_pt)(ngx_http_urlmeta_resolve_t *rs);

/* NGX_OK or NGX_DECLINED */
typedef ngx_int_t (*ngx_http_urlmeta_resolve_judge_pt)(
    ngx_http_urlmeta_resolve_t *rs, struct sockaddr *sa);


/* what the configuration found: read once, at configuration time */

typedef struct {
    ngx_resolver_t            *resolver;     /* of /etc/resolv.conf, or NULL */
    ngx_hash_t                 hosts;        /* name to an ngx_array_t of
                                                ngx_http_urlmeta_addr_t */
    ngx_uint_t                 nhosts;
} ngx_http_urlmeta_names_t;


struct ngx_http_urlmeta_resolve_s {
    /* set by the caller */
    ngx_http_urlmeta_names_t           *names;
    ngx_resolver_t                     *resolver;  /* the location's, or NULL */
    ngx_str_t                           name;      /* lower case, or an address
                                                      with or without brackets;
                                                      lives on */
    ngx_msec_t                          timeout;
    ngx_pool_t                         *pool;
    ngx_log_t                          *log;
    ngx_http_urlmeta_resolve_judge_pt   judge;     /* of every address; one
                                                      that it declines refuses
                                                      the whole answer */
    ngx_http_urlmeta_resolve_pt         handler;   /* called once, maybe from
                                                      within start(); not after
                                                      cancel() */
    void                               *data;

    /* the answer; ports are 0 */
    ngx_http_urlmeta_resolve_e          status;
    ngx_http_urlmeta_addr_t            *addrs;     /* as many as are kept, IPv4
                                                      before IPv6 */
    ngx_uint_t                          naddrs;

    ngx_resolver_ctx_t                 *ctx;
    ngx_event_t                         event;
};


/*
 * Reads "hosts" and "resolv_conf" (zero-terminated paths; either may be empty)
 * into *names.  A file that is absent
 * is no error; a line that cannot be read is skipped with a warning.
 * NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_names_init(ngx_conf_t *cf,
    ngx_http_urlmeta_names_t *names, ngx_str_t *hosts, ngx_str_t *resolv_conf);

/* always calls the handler once, unless cancelled before */
void ngx_http_urlmeta_resolve_start(ngx_http_urlmeta_resolve_t *rs);
void ngx_http_urlmeta_resolve_cancel(ngx_http_urlmeta_resolve_t *rs);


#endif /* _NGX_HTTP_URLMETA_RESOLVE_H_INCLUDED_ */
