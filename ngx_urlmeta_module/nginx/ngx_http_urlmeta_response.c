
/*
 * The response: a card or an error, with its headers.
 */


#include "ngx_http_urlmeta_filter.h"


/* seconds a client should wait where the worker is busy */
#define NGX_HTTP_URLMETA_RETRY_AFTER  1


static u_char *ngx_http_urlmeta_decimal(u_char *p, uint64_t n);
static u_char *ngx_http_urlmeta_etag(u_char *p, uint64_t etag);
static ngx_int_t ngx_http_urlmeta_send(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx, const char *type, ngx_str_t *body);
static ngx_int_t ngx_http_urlmeta_body(ngx_http_request_t *r,
    urlmeta_buf_t *buf, ngx_str_t *body);


/* the native card to the format that was asked; kept as a variant of its key */

ngx_int_t
ngx_http_urlmeta_convert(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_cache_entry_t *entry, ngx_uint_t store)
{
    urlmeta_buf_t  buf;

    ctx->card = entry->body;

    ngx_memzero(&buf, sizeof(urlmeta_buf_t));

    if (urlmeta_format_card_with(ctx->format, &ctx->options,
                                 (char *) entry->body.data, entry->body.len,
                                 &buf)
        != URLMETA_OK)
    {
        urlmeta_buf_free(&buf);
        return ngx_http_urlmeta_send_error(r, ctx, URLMETA_E_INTERNAL_ERROR);
    }

    if (ngx_http_urlmeta_body(r, &buf, &entry->body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    entry->meta.etag = ngx_http_urlmeta_cache_etag(&entry->body);

    if (store && ulcf->cache_zone && !ctx->tailored && !ctx->private) {
        ctx->key[NGX_HTTP_URLMETA_CACHE_VARIANT] = (u_char) ctx->format;

        /* what a refresh needs is with the native card */

        ngx_str_null(&entry->fields);

        (void) ngx_http_urlmeta_cache_put(ulcf->cache_zone, ctx->key, entry,
                                          0);

        ctx->key[NGX_HTTP_URLMETA_CACHE_VARIANT] = URLMETA_FORMAT_JSON;
    }

    return ngx_http_urlmeta_send_card(r, ulcf, ctx, entry);
}


ngx_int_t
ngx_http_urlmeta_send_card(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_cache_entry_t *entry)
{
    u_char           *p, *last;
    time_t            left;
    int64_t           age;
    uint64_t          now;
    ngx_uint_t        private;
    ngx_table_elt_t  *h;

    if (ctx->format == URLMETA_FORMAT_JSON) {
        ctx->card = entry->body;
    }

    now = ngx_http_urlmeta_cache_now();
    age = (int64_t) (now - entry->meta.created) / 1000;
    left = (time_t) ((int64_t) (entry->meta.expires - now) / 1000);

    ctx->age = (time_t) ngx_max(age, 0);
    left = ngx_max(left, 0);

    /* one piece of memory for the values of all headers */

    p = ngx_pnalloc(r->pool, sizeof("private, max-age=") + NGX_TIME_T_LEN
                             + NGX_TIME_T_LEN + sizeof("\"0123456789abcdef\""));
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* a shared cache would answer those who have no signature */

    private = ulcf->signature != NULL || ctx->private
              || ulcf->cache_control == NGX_HTTP_URLMETA_CACHE_PRIVATE;

    last = private ? ngx_cpymem(p, "private, max-age=", 17)
                   : ngx_cpymem(p, "public, max-age=", 16);
    last = ngx_http_urlmeta_decimal(last, (uint64_t) left);

    if (ngx_http_urlmeta_add_header(r, "Cache-Control", p, last - p)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = last;
    last = ngx_http_urlmeta_decimal(p, (uint64_t) ctx->age);

    if (ngx_http_urlmeta_add_header(r, "Age", p, last - p) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = last;
    last = ngx_http_urlmeta_etag(p, entry->meta.etag);

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    h->hash = 1;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif
    ngx_str_set(&h->key, "ETag");
    h->value.data = p;
    h->value.len = last - p;

    r->headers_out.etag = h;

    /* without a date of modification RFC 9110 has these ignored: 13.1.3, .4 */

    r->headers_in.if_modified_since = NULL;
    r->headers_in.if_unmodified_since = NULL;

    r->headers_out.status = NGX_HTTP_OK;

    return ngx_http_urlmeta_send(r, ctx, urlmeta_format_type(ctx->format),
                                 &entry->body);
}


/* ngx_sprintf() is as dear as the rest of the header */

static u_char *
ngx_http_urlmeta_decimal(u_char *p, uint64_t n)
{
    u_char  *q;
    u_char   temp[NGX_INT64_LEN];

    q = temp + NGX_INT64_LEN;

    do {
        *--q = (u_char) (n % 10 + '0');
        n /= 10;
    } while (n);

    return ngx_cpymem(p, q, temp + NGX_INT64_LEN - q);
}


static u_char *
ngx_http_urlmeta_etag(u_char *p, uint64_t etag)
{
    ngx_uint_t  i;

    static u_char  hex[] = "0123456789abcdef";

    *p++ = '"';

    for (i = 0; i < 16; i++) {
        *p++ = hex[etag >> 60];
        etag <<= 4;
    }

    *p++ = '"';

    return p;
}


ngx_int_t
ngx_http_urlmeta_send_error(ngx_http_request_t *r, ngx_http_urlmeta_ctx_t *ctx,
    urlmeta_error_e error)
{
    u_char        *p, *last;
    ngx_str_t      body;
    urlmeta_buf_t  buf;

    ctx->error = error;

    ngx_memzero(&buf, sizeof(urlmeta_buf_t));

    if (urlmeta_format_error(ctx->format, error, (char *) ctx->url.data,
                             ctx->url.len, (unsigned) ctx->upstream_status,
                             &buf)
        != URLMETA_OK)
    {
        urlmeta_buf_free(&buf);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_urlmeta_body(r, &buf, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = urlmeta_format_error_status(ctx->format, error,
                                              (unsigned) ctx->upstream_status);

    if (ngx_http_urlmeta_add_header(r, "Cache-Control", (u_char *) "no-store",
                                    8)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (urlmeta_error(error)->status == NGX_HTTP_SERVICE_UNAVAILABLE) {

        p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        last = ngx_sprintf(p, "%T", ngx_max(ctx->retry_after,
                                            NGX_HTTP_URLMETA_RETRY_AFTER));

        if (ngx_http_urlmeta_add_header(r, "Retry-After", p, last - p)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_urlmeta_send(r, ctx,
                                 urlmeta_format_error_type(ctx->format), &body);
}


static ngx_int_t
ngx_http_urlmeta_send(ngx_http_request_t *r, ngx_http_urlmeta_ctx_t *ctx,
    const char *type, ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    const char   *csp;
    ngx_chain_t   out;

    ctx->answered = 1;

    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = strcspn(type, ";");
    r->headers_out.content_length_n = body->len;

    csp = urlmeta_format_csp(ctx->format);

    if (ngx_http_urlmeta_add_header(r, "X-Content-Type-Options",
                                    (u_char *) "nosniff", 7)
        != NGX_OK
        || ngx_http_urlmeta_add_header(r, "Referrer-Policy",
                                       (u_char *) "no-referrer", 11)
           != NGX_OK
        || ngx_http_urlmeta_add_header(r, "Content-Security-Policy",
                                       (u_char *) csp, ngx_strlen(csp))
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->vary
        && ngx_http_urlmeta_add_header(r, "Vary", (u_char *) "Accept", 6)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_urlmeta_cors(r) == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_urlmeta_count_request(r, ctx);

    rc = ngx_http_send_header(r);

    ngx_http_urlmeta_count_response(r);

    /* from here on the context may be gone */

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = (body->len != 0);
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_urlmeta_filter_output(r, &out);
}


/* names and values live as long as the request; the name is a literal */

ngx_int_t
ngx_http_urlmeta_add_header(ngx_http_request_t *r, const char *name,
    u_char *value, size_t len)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value.data = value;
    h->value.len = len;

    return NGX_OK;
}


/* from the core's memory into the request's */

static ngx_int_t
ngx_http_urlmeta_body(ngx_http_request_t *r, urlmeta_buf_t *buf,
    ngx_str_t *body)
{
    body->len = buf->len;
    body->data = ngx_pnalloc(r->pool, buf->len + 1);

    if (body->data == NULL) {
        urlmeta_buf_free(buf);
        return NGX_ERROR;
    }

    ngx_memcpy(body->data, buf->data, buf->len);
    urlmeta_buf_free(buf);

    return NGX_OK;
}
