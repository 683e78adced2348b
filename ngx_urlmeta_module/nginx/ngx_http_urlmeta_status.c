
/*
 * Variables: what became of a request, for logs, headers and maps.
 */


#include "ngx_http_urlmeta_filter.h"
#include "../core/card_value.h"


static ngx_int_t ngx_http_urlmeta_variable_str(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_cache_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_error(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_fetch_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_age(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_card(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_urlmeta_variable_values(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx);
static ngx_http_urlmeta_ctx_t *ngx_http_urlmeta_variable_ctx(
    ngx_http_request_t *r, ngx_http_variable_value_t *v);
static void ngx_http_urlmeta_variable_set(ngx_http_variable_value_t *v,
    u_char *data, size_t len);


static ngx_str_t  ngx_http_urlmeta_cache_statuses[] = {
    ngx_string(""),
    ngx_string("MISS"),
    ngx_string("BYPASS"),
    ngx_string("EXPIRED"),
    ngx_string("STALE"),
    ngx_string("UPDATING"),
    ngx_string("REVALIDATED"),
    ngx_string("HIT")
};


static ngx_http_variable_t  ngx_http_urlmeta_variables[] = {

    { ngx_string("urlmeta_url"), NULL, ngx_http_urlmeta_variable_str,
      offsetof(ngx_http_urlmeta_ctx_t, url), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_effective_url"), NULL, ngx_http_urlmeta_variable_str,
      offsetof(ngx_http_urlmeta_ctx_t, effective_url),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_cache_status"), NULL,
      ngx_http_urlmeta_variable_cache_status, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_status"), NULL, ngx_http_urlmeta_variable_status, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_error"), NULL, ngx_http_urlmeta_variable_error, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_fetch_time"), NULL,
      ngx_http_urlmeta_variable_fetch_time, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_age"), NULL, ngx_http_urlmeta_variable_age, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_title"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_TITLE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_description"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_DESCRIPTION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_image"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_IMAGE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_site_name"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_SITE_NAME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_author"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_AUTHOR, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_published"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_PUBLISHED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_language"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_LANGUAGE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_canonical_url"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_CANONICAL_URL, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("urlmeta_type"), NULL, ngx_http_urlmeta_variable_card,
      URLMETA_VALUE_TYPE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_urlmeta_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_urlmeta_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_variable_str(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t                   i;
    ngx_str_t               *s;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    s = (ngx_str_t *) ((u_char *) ctx + data);

    if (s->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    /* what was asked may be no URL: it must begin no line of a header */

    for (i = 0; i < s->len; i++) {
        if (s->data[i] < 0x20 || s->data[i] == 0x7f) {
            v->not_found = 1;
            return NGX_OK;
        }
    }

    ngx_http_urlmeta_variable_set(v, s->data, s->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_variable_cache_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t               *s;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    if (ctx->cache_status == NGX_HTTP_URLMETA_CACHE_OFF) {
        v->not_found = 1;
        return NGX_OK;
    }

    s = &ngx_http_urlmeta_cache_statuses[ctx->cache_status];

    ngx_http_urlmeta_variable_set(v, s->data, s->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    if (ctx->upstream_status == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_urlmeta_variable_set(v, p,
                              ngx_sprintf(p, "%ui", ctx->upstream_status) - p);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_variable_error(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char              *code;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    if (ctx->error == URLMETA_E_NONE) {
        v->not_found = 1;
        return NGX_OK;
    }

    code = urlmeta_error(ctx->error)->code;

    ngx_http_urlmeta_variable_set(v, (u_char *) code, ngx_strlen(code));

    return NGX_OK;
}


/* in seconds with milliseconds, as $upstream_response_time */

static ngx_int_t
ngx_http_urlmeta_variable_fetch_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p, *last;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    if (!ctx->fetched) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_sprintf(p, "%T.%03M", (time_t) ctx->fetch_time / 1000,
                       ctx->fetch_time % 1000);

    ngx_http_urlmeta_variable_set(v, p, last - p);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_variable_age(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                  *p;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    if (!ctx->answered) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_urlmeta_variable_set(v, p, ngx_sprintf(p, "%T", ctx->age) - p);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_variable_card(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t                   i;
    ngx_str_t               *s;
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_urlmeta_variable_ctx(r, v);
    if (ctx == NULL) {
        return NGX_OK;
    }

    v->not_found = 1;

    if (ctx->values == NULL
        && ngx_http_urlmeta_variable_values(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->values == NULL || ctx->values[data].len == 0) {
        return NGX_OK;
    }

    s = &ctx->values[data];

    for (i = 0; i < s->len; i++) {
        if (s->data[i] < 0x20 || s->data[i] == 0x7f) {
            return NGX_OK;
        }
    }

    ngx_http_urlmeta_variable_set(v, s->data, s->len);

    return NGX_OK;
}


/* the card is read when the first of its variables is asked for */

static ngx_int_t
ngx_http_urlmeta_variable_values(ngx_http_request_t *r,
    ngx_http_urlmeta_ctx_t *ctx)
{
    u_char                          *p;
    size_t                           len[URLMETA_VALUE_MAX];
    ngx_uint_t                       i;
    urlmeta_buf_t                    buf;
    ngx_http_urlmeta_loc_conf_t     *ulcf;
    ngx_http_urlmeta_cache_entry_t   entry;

    if (ctx->card.len == 0 && ctx->filter
        && ctx->filter->mode == NGX_HTTP_URLMETA_FILTER_TAP)
    {
        ngx_http_urlmeta_tap_card(ctx->filter);

        if (ctx->card.len == 0) {
            return NGX_OK;
        }
    }

    if (ctx->card.len == 0) {

        /* of a hit in another format the native card was not looked at */

        ulcf = ctx->filter ? ctx->filter->conf
                       : ngx_http_get_module_loc_conf(r,
                                                      ngx_http_urlmeta_module);

        if (!ctx->answered || ctx->error != URLMETA_E_NONE || ctx->private
            || ulcf->cache_zone == NULL)
        {
            return NGX_OK;
        }

        switch (ngx_http_urlmeta_cache_get(ulcf->cache_zone, ctx->key,
                                           r->pool, &entry))
        {
        case NGX_OK:
            break;

        case NGX_ERROR:
            return NGX_ERROR;

        default:
            return NGX_OK;
        }

        if (entry.meta.error) {
            return NGX_OK;
        }

        ctx->card = entry.body;
    }

    ngx_memzero(&buf, sizeof(urlmeta_buf_t));

    if (urlmeta_card_values((char *) ctx->card.data, ctx->card.len, &buf, len)
        != URLMETA_OK)
    {
        urlmeta_buf_free(&buf);
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, buf.len + 1);
    ctx->values = ngx_palloc(r->pool, URLMETA_VALUE_MAX * sizeof(ngx_str_t));

    if (p == NULL || ctx->values == NULL) {
        ctx->values = NULL;
        urlmeta_buf_free(&buf);
        return NGX_ERROR;
    }

    if (buf.len) {
        ngx_memcpy(p, buf.data, buf.len);
    }

    urlmeta_buf_free(&buf);

    for (i = 0; i < URLMETA_VALUE_MAX; i++) {
        ctx->values[i].data = p;
        ctx->values[i].len = len[i];

        p += len[i];
    }

    return NGX_OK;
}


/* an internal redirect empties the context: then nothing is known */

static ngx_http_urlmeta_ctx_t *
ngx_http_urlmeta_variable_ctx(ngx_http_request_t *r,
    ngx_http_variable_value_t *v)
{
    ngx_http_urlmeta_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_urlmeta_module);

    if (ctx == NULL) {
        v->not_found = 1;
    }

    return ctx;
}


static void
ngx_http_urlmeta_variable_set(ngx_http_variable_value_t *v, u_char *data,
    size_t len)
{
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = (unsigned) len;
    v->data = data;
}
