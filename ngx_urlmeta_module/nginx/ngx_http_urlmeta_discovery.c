
/*
 * "urlmeta_discovery": a page says by a header where its oEmbed is.
 */


#include "ngx_http_urlmeta_filter.h"


ngx_int_t
ngx_http_urlmeta_discovery(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf)
{
    u_char                  *p, *last;
    size_t                   len;
    ngx_str_t                uri;
    ngx_uint_t               i;
    ngx_http_urlmeta_ctx_t   ctx;

    static const char  begin[] = "url=";
    static const char  end[] =
        "&format=json>; rel=\"alternate\"; type=\"application/json+oembed\"";

    if (ngx_http_complex_value(r, ulcf->filter.discovery, &uri) != NGX_OK) {
        return NGX_ERROR;
    }

    if (uri.len == 0) {
        return NGX_OK;
    }

    /* what ends the reference, or the header, is none */

    for (i = 0; i < uri.len; i++) {
        if (uri.data[i] <= ' ' || uri.data[i] == '>' || uri.data[i] == 0x7f) {
            return NGX_OK;
        }
    }

    ngx_memzero(&ctx, sizeof(ngx_http_urlmeta_ctx_t));

    if (ngx_http_urlmeta_page_address(r, ulcf, &ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    len = 1 + uri.len + 1 + sizeof(begin) - 1 + ctx.url.len
          + 2 * ngx_escape_uri(NULL, ctx.url.data, ctx.url.len,
                               NGX_ESCAPE_URI_COMPONENT)
          + sizeof(end) - 1;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = p;

    *last++ = '<';
    last = ngx_cpymem(last, uri.data, uri.len);
    *last++ = ngx_strlchr(uri.data, uri.data + uri.len, '?') ? '&' : '?';
    last = ngx_cpymem(last, begin, sizeof(begin) - 1);
    last = (u_char *) ngx_escape_uri(last, ctx.url.data, ctx.url.len,
                                     NGX_ESCAPE_URI_COMPONENT);
    last = ngx_cpymem(last, end, sizeof(end) - 1);

    return ngx_http_urlmeta_add_header(r, "Link", p, last - p);
}
