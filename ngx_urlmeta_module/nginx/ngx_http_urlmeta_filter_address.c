
/*
 * The address of a page of this server: what it is called, what its card is
 * kept under, whose page it is.
 */


#include "ngx_http_urlmeta_filter.h"


static ngx_int_t ngx_http_urlmeta_page_host(ngx_http_request_t *r,
    ngx_str_t *host);
static size_t ngx_http_urlmeta_page_query(u_char *data, size_t len);


ngx_int_t
ngx_http_urlmeta_page_address(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    u_char      *p, *uri;
    size_t       len;
    uintptr_t    escape;
    ngx_str_t    host;
    ngx_uint_t   https;

    if (ulcf->filter.url) {

        if (ngx_http_complex_value(r, ulcf->filter.url, &host) != NGX_OK) {
            return NGX_ERROR;
        }

        p = ngx_pnalloc(r->pool, host.len + 1);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(p, host.data, host.len);

        ctx->url.data = p;
        ctx->url.len = ngx_http_urlmeta_page_query(p, host.len);

        return NGX_OK;
    }

    if (ngx_http_urlmeta_page_host(r, &host) != NGX_OK) {
        return NGX_ERROR;
    }

#if (NGX_HTTP_SSL)
    https = (r->connection->ssl != NULL);
#else
    https = 0;
#endif

    /* as the client asked for it, or where it was redirected to meanwhile */

    escape = 0;
    len = r->unparsed_uri.len;

    if (r->internal || r != r->main) {
        escape = 2 * ngx_escape_uri(NULL, r->uri.data, r->uri.len,
                                    NGX_ESCAPE_URI);
        len = r->uri.len + escape + 1 + r->args.len;
    }

    p = ngx_pnalloc(r->pool, sizeof("https://") - 1 + host.len + len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->url.data = p;

    p = ngx_cpymem(p, "https://", sizeof("https://") - 1);

    if (!https) {
        p = ngx_cpymem(ctx->url.data, "http://", sizeof("http://") - 1);
    }

    p = ngx_cpymem(p, host.data, host.len);
    uri = p;

    if (r->internal || r != r->main) {

        if (escape) {
            p = (u_char *) ngx_escape_uri(p, r->uri.data, r->uri.len,
                                          NGX_ESCAPE_URI);

        } else {
            p = ngx_cpymem(p, r->uri.data, r->uri.len);
        }

        if (r->args.len) {
            *p++ = '?';
            p = ngx_cpymem(p, r->args.data, r->args.len);
        }

    } else {
        p = ngx_cpymem(p, r->unparsed_uri.data, r->unparsed_uri.len);
    }

    ctx->url.len = uri - ctx->url.data
                   + ngx_http_urlmeta_page_query(uri, p - uri);

    return NGX_OK;
}


/* as it was asked for, with its port; the server's name where there is none */

static ngx_int_t
ngx_http_urlmeta_page_host(ngx_http_request_t *r, ngx_str_t *host)
{
    u_char                    *p, *last;
    ngx_str_t                  port;
    ngx_http_core_srv_conf_t  *cscf;

    *host = r->headers_in.server;

    if (host->len == 0) {
        cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
        *host = cscf->server_name;
    }

    if (r->headers_in.host == NULL) {
        return NGX_OK;
    }

    /* the name is in lower case and the port is left out in the former */

    port = r->headers_in.host->value;
    last = port.data + port.len;

    for (p = last; p > port.data && p[-1] >= '0' && p[-1] <= '9'; p--) {
        /* void */
    }

    if (p == last || p == port.data || p[-1] != ':') {
        return NGX_OK;
    }

    p--;

    port.len = host->len + (last - p);
    port.data = ngx_pnalloc(r->pool, port.len);

    if (port.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ngx_cpymem(port.data, host->data, host->len), p, last - p);

    *host = port;

    return NGX_OK;
}


/* without the argument "card", which is not the page's; the new length */

static size_t
ngx_http_urlmeta_page_query(u_char *data, size_t len)
{
    size_t   n;
    u_char  *p, *last, *end, *to;

    last = data + len;
    p = ngx_strlchr(data, last, '?');

    if (p == NULL) {
        return len;
    }

    to = p++;
    n = 0;

    while (p <= last) {

        end = ngx_strlchr(p, last, '&');

        if (end == NULL) {
            end = last;
        }

        if (end - p < 4
            || ngx_strncmp(p, "card", 4) != 0
            || (end - p > 4 && p[4] != '='))
        {
            *to++ = n++ ? '&' : '?';
            ngx_memmove(to, p, end - p);
            to += end - p;
        }

        p = end + 1;
    }

    return to - data;
}


ngx_int_t
ngx_http_urlmeta_page_url(ngx_http_request_t *r, ngx_http_urlmeta_ctx_t *ctx,
    urlmeta_url_t *url)
{
    ctx->error = urlmeta_url_parse(url, (char *) ctx->url.data, ctx->url.len);

    if (ctx->error != URLMETA_E_NONE) {
        return NGX_OK;
    }

    ctx->url.data = ngx_pnalloc(r->pool, url->len);
    if (ctx->url.data == NULL) {
        return NGX_ERROR;
    }

    ctx->url.len = url->len;
    ngx_memcpy(ctx->url.data, url->text, url->len);

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_page_key(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    u_char     *p;
    ngx_str_t   text[4];

    static u_char  details[] = "01";

    text[0] = ulcf->filter.fingerprint;
    text[1] = ctx->url;

    if (ulcf->cache_key
        && ngx_http_complex_value(r, ulcf->cache_key, &text[1]) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->name = text[1];

    text[2].data = &details[ctx->details ? 1 : 0];
    text[2].len = 1;

    if (!ctx->private) {
        return ngx_http_urlmeta_cache_key(ctx->key, text, 3);
    }

    /* of this very request: nobody else finds it */

    p = ngx_pnalloc(r->pool, NGX_ATOMIC_T_LEN + 2 * NGX_PTR_SIZE + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text[3].data = p;
    text[3].len = ngx_sprintf(p, "%uA-%p", r->connection->number, r) - p;

    return ngx_http_urlmeta_cache_key(ctx->key, text, 4);
}


ngx_uint_t
ngx_http_urlmeta_page_private(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf)
{
    if (ulcf->cache_key) {
        return 0;
    }

    if (r->headers_in.authorization) {
        return 1;
    }

#if (nginx_version >= 1023000)
    return r->headers_in.cookie != NULL;
#else
    return r->headers_in.cookies.nelts != 0;
#endif
}
