
/*
 * The answer out of the zone: fresh, or stale where that is allowed.
 */


#include "ngx_http_urlmeta_module.h"


static ngx_int_t ngx_http_urlmeta_lookup_entry(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx);
static ngx_int_t ngx_http_urlmeta_send_entry(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_uint_t store);


ngx_int_t
ngx_http_urlmeta_lookup(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    uint64_t                        now;
    ngx_int_t                       rc;
    ngx_http_urlmeta_cache_meta_t  *meta;

    rc = ngx_http_test_predicates(r, ulcf->cache_bypass);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ctx->cache_status = NGX_HTTP_URLMETA_CACHE_BYPASS;
        return NGX_DECLINED;
    }

    rc = ngx_http_urlmeta_lookup_entry(r, ulcf, ctx);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ctx->cache_status = NGX_HTTP_URLMETA_CACHE_MISS;
        return NGX_DECLINED;
    }

    meta = &ctx->entry.meta;
    now = ngx_http_urlmeta_cache_now();

    if ((int64_t) (meta->expires - now) > 0) {
        ctx->cache_status = NGX_HTTP_URLMETA_CACHE_HIT;
        return ngx_http_urlmeta_send_entry(r, ulcf, ctx, 1);
    }

    ctx->cache_status = NGX_HTTP_URLMETA_CACHE_EXPIRED;

    if (meta->error) {
        return NGX_DECLINED;
    }

    if ((int64_t) (meta->retry - now) > 0) {

        /* the last refresh failed a moment ago, and so would the next one */

        if (ngx_http_urlmeta_may_be_stale(ulcf, meta, meta->retry_error,
                                          meta->retry_status))
        {
            return ngx_http_urlmeta_send_stale(r, ulcf, ctx,
                                               NGX_HTTP_URLMETA_CACHE_STALE);
        }

        ctx->upstream_status = meta->retry_status;

        return ngx_http_urlmeta_send_error(r, ctx, meta->retry_error);
    }

    if ((ulcf->cache_use_stale & NGX_HTTP_URLMETA_STALE_UPDATING)
        && (int64_t) (meta->updating - now) > 0)
    {
        return NGX_AGAIN;
    }

    return NGX_DECLINED;
}


/* in the format that is asked for, or the native one */

static ngx_int_t
ngx_http_urlmeta_lookup_entry(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_int_t         rc;
    urlmeta_format_e  format;

    format = ctx->tailored ? URLMETA_FORMAT_JSON : ctx->format;

    ctx->key[NGX_HTTP_URLMETA_CACHE_VARIANT] = (u_char) format;
    ctx->entry_format = format;

    rc = ngx_http_urlmeta_cache_get(ulcf->cache_zone, ctx->key, r->pool,
                                    &ctx->entry);

    ctx->key[NGX_HTTP_URLMETA_CACHE_VARIANT] = URLMETA_FORMAT_JSON;

    if (rc == NGX_DECLINED && format != URLMETA_FORMAT_JSON) {

        ctx->entry_format = URLMETA_FORMAT_JSON;

        rc = ngx_http_urlmeta_cache_get(ulcf->cache_zone, ctx->key, r->pool,
                                        &ctx->entry);
    }

    ctx->found = (rc == NGX_OK);

    return rc;
}


static ngx_int_t
ngx_http_urlmeta_send_entry(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_uint_t store)
{
    ngx_http_urlmeta_cache_entry_t  *entry;

    entry = &ctx->entry;

    ctx->upstream_status = entry->meta.upstream_status;
    ctx->effective_url = entry->url;

    if (entry->meta.error) {
        return ngx_http_urlmeta_send_error(r, ctx, entry->meta.error);
    }

    if (ctx->entry_format != ctx->format) {
        return ngx_http_urlmeta_convert(r, ulcf, ctx, entry, store);
    }

    return ngx_http_urlmeta_send_card(r, ulcf, ctx, entry);
}


ngx_int_t
ngx_http_urlmeta_send_stale(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_cache_status_e status)
{
    ctx->cache_status = status;

    return ngx_http_urlmeta_send_entry(r, ulcf, ctx, 0);
}


ngx_uint_t
ngx_http_urlmeta_may_be_stale(ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_http_urlmeta_cache_meta_t *meta, urlmeta_error_e error,
    ngx_uint_t upstream_status)
{
    ngx_uint_t  mask;

    if (meta->error
        || (int64_t) (meta->failing - ngx_http_urlmeta_cache_now()) <= 0)
    {
        return 0;
    }

    switch (error) {

    case URLMETA_E_UPSTREAM_STATUS:

        switch (upstream_status) {

        case 403:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_403;
            break;

        case 404:
        case 410:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_404;
            break;

        case 429:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_429;
            break;

        case 500:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_500;
            break;

        case 502:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_502;
            break;

        case 503:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_503;
            break;

        case 504:
            mask = NGX_HTTP_URLMETA_STALE_HTTP_504;
            break;

        default:
            mask = (upstream_status >= 500)
                   ? NGX_HTTP_URLMETA_STALE_OTHER_5XX : 0;
        }

        break;

    case URLMETA_E_DNS_TIMEOUT:
    case URLMETA_E_CONNECT_TIMEOUT:
    case URLMETA_E_UPSTREAM_TIMEOUT:
        mask = NGX_HTTP_URLMETA_STALE_TIMEOUT;
        break;

    case URLMETA_E_ADDRESS_DENIED:
    case URLMETA_E_REDIRECT_DENIED:
    case URLMETA_E_ROBOTS_DENIED:

        /* what is not allowed now is not shown either */

        mask = 0;
        break;

    default:
        mask = NGX_HTTP_URLMETA_STALE_ERROR;
    }

    return (ulcf->cache_use_stale & mask) != 0;
}
