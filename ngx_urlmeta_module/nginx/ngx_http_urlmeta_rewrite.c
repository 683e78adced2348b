
/*
 * What the filters that change pages share: which responses they are for, and
 * the chains of buffers that they send on.
 */


#include "ngx_http_urlmeta_rewrite.h"


ngx_uint_t
ngx_http_urlmeta_rewrite_page(ngx_http_request_t *r, const char *directive,
    ngx_uint_t *warned)
{
    ngx_table_elt_t              *h;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    if (r != r->main
        || r->headers_out.status != NGX_HTTP_OK
        || r->headers_out.content_length_n == 0
        || r->headers_out.content_type_len != sizeof("text/html") - 1
        || ngx_strncasecmp(r->headers_out.content_type.data,
                           (u_char *) "text/html", sizeof("text/html") - 1)
           != 0)
    {
        return 0;
    }

    /* cards of our own are as they should be */

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    if (ulcf->url) {
        return 0;
    }

    h = r->headers_out.content_encoding;

    if (h == NULL || h->value.len == 0) {
        return 1;
    }

    if (!*warned) {
        *warned = 1;

        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "%s leaves pages with \"Content-Encoding: %V\" as they "
                      "are: set \"proxy_set_header Accept-Encoding ''\"",
                      directive, &h->value);
    }

    return 0;
}


void
ngx_http_urlmeta_rewrite_header(ngx_http_request_t *r)
{
    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_weak_etag(r);
}


ngx_int_t
ngx_http_urlmeta_rewrite_url(ngx_http_request_t *r,
    ngx_http_complex_value_t *value, ngx_str_t *url)
{
    u_char                    *p;
    ngx_str_t                  text, host, scheme;
    ngx_http_core_srv_conf_t  *cscf;

    if (value) {

        if (ngx_http_complex_value(r, value, &text) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_str_null(&scheme);
        ngx_str_null(&host);

    } else {
        ngx_str_set(&scheme, "http://");

#if (NGX_HTTP_SSL)
        if (r->connection->ssl) {
            ngx_str_set(&scheme, "https://");
        }
#endif

        if (r->headers_in.host && r->headers_in.host->value.len) {
            host = r->headers_in.host->value;

        } else {
            cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
            host = cscf->server_name;
        }

        text = r->unparsed_uri;
    }

    url->len = scheme.len + host.len + text.len;
    url->data = ngx_pnalloc(r->pool, url->len + 1);

    if (url->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(url->data, scheme.data, scheme.len);
    p = ngx_cpymem(p, host.data, host.len);
    p = ngx_cpymem(p, text.data, text.len);
    *p = '\0';

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_rewrite_type(ngx_http_request_t *r, ngx_str_t *type)
{
    u_char  *p;

    type->data = ngx_pnalloc(r->pool, sizeof("text/html; charset=")
                                      + r->headers_out.charset.len);
    if (type->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(type->data, "text/html", sizeof("text/html") - 1);

    if (r->headers_out.charset.len) {
        p = ngx_sprintf(p, "; charset=%V", &r->headers_out.charset);
    }

    *p = '\0';
    type->len = p - type->data;

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_rewrite_copy(ngx_http_request_t *r,
    ngx_http_urlmeta_out_t *out, const void *data, size_t len)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (len == 0) {
        return NGX_OK;
    }

    b = ngx_create_temp_buf(r->pool, len);
    if (b == NULL) {
        return NGX_ERROR;
    }

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(b->last, data, len);

    cl->buf = b;
    cl->next = NULL;

    *out->last = cl;
    out->last = &cl->next;

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_rewrite_rest(ngx_http_request_t *r,
    ngx_http_urlmeta_out_t *out, ngx_buf_t *b, size_t skip)
{
    ngx_buf_t    *rest;
    ngx_chain_t  *cl;

    rest = b;

    if (!ngx_buf_special(b) && ngx_buf_in_memory(b)) {

        b->pos += skip;

        if (b->in_file) {
            b->file_pos += skip;
        }

        if (b->pos == b->last) {

            if (!b->flush && !b->sync && !b->last_buf && !b->last_in_chain) {
                return NGX_OK;
            }

            /* an empty buffer may say something, but must have no memory */

            rest = ngx_calloc_buf(r->pool);
            if (rest == NULL) {
                return NGX_ERROR;
            }

            rest->flush = b->flush;
            rest->sync = b->sync;
            rest->last_buf = b->last_buf;
            rest->last_in_chain = b->last_in_chain;
        }
    }

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = rest;
    cl->next = NULL;

    *out->last = cl;
    out->last = &cl->next;

    return NGX_OK;
}
