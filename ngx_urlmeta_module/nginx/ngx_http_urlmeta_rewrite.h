
/*
 * What the filters that change pages share.
 */


#ifndef _NGX_HTTP_URLMETA_REWRITE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_REWRITE_H_INCLUDED_


#include "ngx_http_urlmeta_module.h"


/* a chain that is being put together */

typedef struct {
    ngx_chain_t                       *first;
    ngx_chain_t                      **last;
} ngx_http_urlmeta_out_t;


#define ngx_http_urlmeta_out_init(out)                                        \
    (out)->first = NULL;                                                      \
    (out)->last = &(out)->first


/*
 * Is the response a page that may be changed: a client's own request for text
 * of HTML, answered as a whole and not compressed?  What is compressed is told
 * by a warning, the first time that "warned" sees one.
 */
ngx_uint_t ngx_http_urlmeta_rewrite_page(ngx_http_request_t *r,
    const char *directive, ngx_uint_t *warned);

/* the headers that hold for the page as it was before */
void ngx_http_urlmeta_rewrite_header(ngx_http_request_t *r);

/*
 * The page's own address: the value if there is one, else as the client asked
 * for it; and its type with the charset.  Both end in a zero.
 */
ngx_int_t ngx_http_urlmeta_rewrite_url(ngx_http_request_t *r,
    ngx_http_complex_value_t *value, ngx_str_t *url);
ngx_int_t ngx_http_urlmeta_rewrite_type(ngx_http_request_t *r,
    ngx_str_t *type);

/* a copy of the bytes; nothing if there are none */
ngx_int_t ngx_http_urlmeta_rewrite_copy(ngx_http_request_t *r,
    ngx_http_urlmeta_out_t *out, const void *data, size_t len);

/* the buffer from "skip" bytes on, and what it says of the chain */
ngx_int_t ngx_http_urlmeta_rewrite_rest(ngx_http_request_t *r,
    ngx_http_urlmeta_out_t *out, ngx_buf_t *b, size_t skip);


#endif /* _NGX_HTTP_URLMETA_REWRITE_H_INCLUDED_ */
