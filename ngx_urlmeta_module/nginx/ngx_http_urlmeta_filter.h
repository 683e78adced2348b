
/*
 * Pages of this server's own locations: read as they pass through the filters
 * of a request, and answered with a card, or left as they are.
 */


#ifndef _NGX_HTTP_URLMETA_FILTER_H_INCLUDED_
#define _NGX_HTTP_URLMETA_FILTER_H_INCLUDED_


#include "ngx_http_urlmeta_module.h"


#define NGX_HTTP_URLMETA_FILTER_OFF    0
#define NGX_HTTP_URLMETA_FILTER_CARD   1
#define NGX_HTTP_URLMETA_FILTER_TAP    2
#define NGX_HTTP_URLMETA_FILTER_LOCAL  3         /* a subrequest of ours */


/* what a request is given back when its card is sent */

typedef struct {
    ngx_uint_t                         method;
    ngx_str_t                          method_name;
    ngx_list_t                         headers;
    ngx_table_elt_t                   *if_modified_since;
    ngx_table_elt_t                   *if_unmodified_since;
    ngx_table_elt_t                   *if_match;
    ngx_table_elt_t                   *if_none_match;
    ngx_table_elt_t                   *range;
    ngx_table_elt_t                   *if_range;
#if (NGX_HTTP_GZIP)
    ngx_table_elt_t                   *accept_encoding;
#endif
} ngx_http_urlmeta_saved_t;


struct ngx_http_urlmeta_filter_s {
    ngx_http_request_t                *request;  /* whose response is read */
    ngx_http_urlmeta_ctx_t            *ctx;      /* of that or, if LOCAL, of
                                                    the one that asks */
    ngx_http_urlmeta_ctx_t            *own;      /* of the request */
    ngx_http_urlmeta_loc_conf_t       *conf;     /* as ctx */
    ngx_uint_t                         mode;
    ngx_msec_t                         started;
    urlmeta_url_t                     *url;
    ngx_http_urlmeta_saved_t           saved;
    void                             **access_conf;  /* of the location: */
    ngx_uint_t                         access;   /* handlers that were asked */
    ngx_int_t                          denied;   /* by one of them */
    ngx_int_t                          refused;  /* before any was asked */

    /* the answer; strings are zero terminated, NULL if absent */
    ngx_uint_t                         status;
    char                              *content_type;
    char                              *content_language;
    char                              *content_disposition;
    char                              *link;
    char                              *location;
    char                              *retry_after;
    urlmeta_freshness_fields_t         fields;
    ngx_uint_t                         target;   /* as in a transfer */

    urlmeta_reader_t                  *reader;
    urlmeta_decode_t                  *decode;
    size_t                             bytes;    /* decoded */
    size_t                             encoded;
    uint64_t                           parse;    /* ns at work */
    urlmeta_error_e                    error;
    urlmeta_error_e                    cause;    /* of broken */

    unsigned                           leading:1;    /* request is changed */
    unsigned                           headed:1; /* the header was seen */
    unsigned                           gzip:1;
    unsigned                           read:1;   /* no more is wanted */
    unsigned                           truncated:1;
    unsigned                           broken:1;
    unsigned                           ended:1;  /* the result is there */
    unsigned                           passed:1; /* the page is sent as it is */
    unsigned                           sending:1;    /* the card is */
    unsigned                           failed:1; /* the tap has let go */
    unsigned                           made:1;   /* its card, if it could be */
};


extern ngx_http_output_header_filter_pt
    ngx_http_urlmeta_next_header_filter;
extern ngx_http_output_body_filter_pt  ngx_http_urlmeta_next_body_filter;


/* postconfiguration: phase and filters */
ngx_int_t ngx_http_urlmeta_filter_init(ngx_conf_t *cf);

/*
 * The one that was made for the request, found again after an internal redirect
 * emptied the context; or NULL.
 */
ngx_http_urlmeta_filter_t *ngx_http_urlmeta_filter_get(ngx_http_request_t *r);

/* a new one, which ends with the request's pool; NULL if memory ran out */
ngx_http_urlmeta_filter_t *ngx_http_urlmeta_filter_create(
    ngx_http_request_t *r, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_uint_t mode);

/* a card's body, from wherever it is sent */
ngx_int_t ngx_http_urlmeta_filter_output(ngx_http_request_t *r,
    ngx_chain_t *out);


/*
 * The page's own address, as it is asked for, into ctx->url, and that
 * normalized; ctx->error says what is wrong with it.  The key of its card, into
 * ctx->key and ctx->name.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_page_address(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);
ngx_int_t ngx_http_urlmeta_page_url(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx, urlmeta_url_t *url);
ngx_int_t ngx_http_urlmeta_page_key(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

/* 1 if the request says who asks, and no key of the operator's covers that */
ngx_uint_t ngx_http_urlmeta_page_private(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf);

/* the response's header; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_page_header(ngx_http_urlmeta_filter_t *f);

/* 1 if it is one that a tap reads */
ngx_uint_t ngx_http_urlmeta_page_html(ngx_http_request_t *r);

/* a piece of the body; f->read says that no more is wanted */
void ngx_http_urlmeta_page_feed(ngx_http_urlmeta_filter_t *f, u_char *data,
    size_t len);

/* the end of the body, which broke off unless it is "complete" */
void ngx_http_urlmeta_page_end(ngx_http_urlmeta_filter_t *f,
    ngx_uint_t complete);

/* the result for ctx->waiter.fetch, which ends with it */
void ngx_http_urlmeta_page_result(ngx_http_urlmeta_filter_t *f);

void ngx_http_urlmeta_page_free(ngx_http_urlmeta_filter_t *f);


/* the phases and filters of each mode */

ngx_int_t ngx_http_urlmeta_card_start(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf);
ngx_int_t ngx_http_urlmeta_card_continue(ngx_http_urlmeta_filter_t *f);
ngx_int_t ngx_http_urlmeta_card_header(ngx_http_urlmeta_filter_t *f);
ngx_int_t ngx_http_urlmeta_card_body(ngx_http_urlmeta_filter_t *f,
    ngx_chain_t *in);

/* NULL if it is not wanted or memory ran out: a tap breaks nothing */
ngx_http_urlmeta_filter_t *ngx_http_urlmeta_tap_start(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf);
void ngx_http_urlmeta_tap_header(ngx_http_urlmeta_filter_t *f);
ngx_int_t ngx_http_urlmeta_tap_body(ngx_http_urlmeta_filter_t *f,
    ngx_chain_t *in);

/* ctx->card of a page that has passed, if there is one */
void ngx_http_urlmeta_tap_card(ngx_http_urlmeta_filter_t *f);

/* 1 if the URL is read from this server's own locations */
ngx_uint_t ngx_http_urlmeta_local_is(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, const urlmeta_url_t *url);

/* a path becomes a URL; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_local_path(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_str_t *value);

/* 1 if the request is, or serves, the reading of a page */
ngx_uint_t ngx_http_urlmeta_local_within(ngx_http_request_t *r);

/* reads the page of ctx->waiter.fetch; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_local_read(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);

ngx_int_t ngx_http_urlmeta_local_access(ngx_http_urlmeta_filter_t *f);
ngx_int_t ngx_http_urlmeta_local_header(ngx_http_urlmeta_filter_t *f);
ngx_int_t ngx_http_urlmeta_local_body(ngx_http_urlmeta_filter_t *f,
    ngx_chain_t *in);

/* adds the header that names the provider; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_discovery(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf);


#endif /* _NGX_HTTP_URLMETA_FILTER_H_INCLUDED_ */
