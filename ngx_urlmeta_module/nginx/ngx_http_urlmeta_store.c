
/*
 * What of a request touches the zone: the look for a fresh card before a
 * fetch, and the storing after it.
 */


#include "ngx_http_urlmeta_module.h"


/* what the end of a fetch needs when every client has left */

typedef struct {
    ngx_shm_zone_t               *zone;
    ngx_array_t                  *valid;
} ngx_http_urlmeta_store_t;


static ngx_int_t ngx_http_urlmeta_lookup_variant(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_uint_t variant, ngx_http_urlmeta_cache_entry_t *entry);
static void ngx_http_urlmeta_store(ngx_http_urlmeta_fetch_t *fetch);


/* in seconds; hostile-server behavior has its reasons in docs/caching.md */

static const uint16_t  ngx_http_urlmeta_error_valid[URLMETA_E_MAX] = {
    [URLMETA_E_ADDRESS_DENIED]    = 60,
    [URLMETA_E_REDIRECT_DENIED]   = 300,
    [URLMETA_E_REDIRECT_LIMIT]    = 300,
    [URLMETA_E_DNS_NOT_FOUND]     = 60,
    [URLMETA_E_DNS_FAILED]        = 30,
    [URLMETA_E_DNS_TIMEOUT]       = 30,
    [URLMETA_E_CONNECT_FAILED]    = 30,
    [URLMETA_E_CONNECT_RESET]     = 30,
    [URLMETA_E_CONNECT_TIMEOUT]   = 30,
    [URLMETA_E_TLS_FAILED]        = 300,
    [URLMETA_E_PROTOCOL_ERROR]    = 60,
    [URLMETA_E_HEADER_TOO_LARGE]  = 300,
    [URLMETA_E_ENCODING_DENIED]   = 300,
    [URLMETA_E_ENCODING_BAD]      = 300,
    [URLMETA_E_INCOMPLETE]        = 60,
    [URLMETA_E_UPSTREAM_TIMEOUT]  = 60
};


ngx_int_t
ngx_http_urlmeta_lookup(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_int_t                       rc;
    ngx_http_urlmeta_cache_entry_t  entry;

    rc = ngx_http_test_predicates(r, ulcf->cache_bypass);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ctx->cache_status = NGX_HTTP_URLMETA_CACHE_BYPASS;
        return NGX_DECLINED;
    }

    rc = ngx_http_urlmeta_lookup_variant(r, ulcf, ctx, ctx->format, &entry);

    if (rc == NGX_OK) {
        if (entry.meta.error) {
            return ngx_http_urlmeta_send_error(r, ctx, entry.meta.error);
        }

        return ngx_http_urlmeta_send_card(r, ulcf, ctx, &entry);
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->format == URLMETA_FORMAT_JSON) {
        return NGX_DECLINED;
    }

    /* every other format is made from the native card */

    rc = ngx_http_urlmeta_lookup_variant(r, ulcf, ctx, URLMETA_FORMAT_JSON,
                                         &entry);

    if (rc == NGX_OK) {
        if (entry.meta.error) {
            return ngx_http_urlmeta_send_error(r, ctx, entry.meta.error);
        }

        return ngx_http_urlmeta_convert(r, ulcf, ctx, &entry, 1);
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_urlmeta_lookup_variant(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_uint_t variant, ngx_http_urlmeta_cache_entry_t *entry)
{
    uint64_t   now;
    ngx_int_t  rc;

    ctx->key[NGX_HTTP_URLMETA_CACHE_VARIANT] = (u_char) variant;

    rc = ngx_http_urlmeta_cache_get(ulcf->cache_zone, ctx->key, r->pool,
                                    entry);

    ctx->key[NGX_HTTP_URLMETA_CACHE_VARIANT] = URLMETA_FORMAT_JSON;

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        if (ctx->cache_status == NGX_HTTP_URLMETA_CACHE_OFF) {
            ctx->cache_status = NGX_HTTP_URLMETA_CACHE_MISS;
        }

        return NGX_DECLINED;
    }

    now = ngx_http_urlmeta_cache_now();

    if ((int64_t) (entry->meta.expires - now) <= 0) {
        ctx->cache_status = NGX_HTTP_URLMETA_CACHE_EXPIRED;
        return NGX_DECLINED;
    }

    ctx->cache_status = NGX_HTTP_URLMETA_CACHE_HIT;
    ctx->upstream_status = entry->meta.upstream_status;
    ctx->effective_url = entry->url;

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_store_prepare(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t                  rc;
    ngx_http_urlmeta_store_t  *store;

    if (ulcf->cache_zone == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_test_predicates(r, ulcf->no_cache);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    store = ngx_palloc(fetch->pool, sizeof(ngx_http_urlmeta_store_t));
    if (store == NULL) {
        return NGX_ERROR;
    }

    store->zone = ulcf->cache_zone;
    store->valid = ulcf->cache_valid;

    fetch->data = store;
    fetch->done = ngx_http_urlmeta_store;

    return NGX_OK;
}


/* the end of a fetch, with or without clients */

static void
ngx_http_urlmeta_store(ngx_http_urlmeta_fetch_t *fetch)
{
    time_t                          valid;
    ngx_http_urlmeta_store_t       *store;
    ngx_http_urlmeta_cache_entry_t  entry;

    store = fetch->data;

    valid = ngx_http_urlmeta_valid(store->valid, fetch->error,
                                   fetch->upstream_status, fetch->broken);

    fetch->valid = valid;

    if (valid == 0) {
        return;
    }

    ngx_memzero(&entry, sizeof(ngx_http_urlmeta_cache_entry_t));

    entry.meta.created = ngx_http_urlmeta_cache_now();
    entry.meta.expires = entry.meta.created + (uint64_t) valid * 1000;
    entry.meta.error = (uint16_t) fetch->error;
    entry.meta.upstream_status = (uint16_t) fetch->upstream_status;

    entry.url.data = (u_char *) fetch->url->text;
    entry.url.len = fetch->url->len;

    if (fetch->error == URLMETA_E_NONE) {
        entry.body.data = (u_char *) fetch->card.data;
        entry.body.len = fetch->card.len;
        entry.meta.etag = ngx_http_urlmeta_cache_etag(&entry.body);
    }

    /* the other formats were made of the card that this one replaces */

    (void) ngx_http_urlmeta_cache_delete(store->zone, fetch->key);

    if (ngx_http_urlmeta_cache_put(store->zone, fetch->key, &entry)
        == NGX_DECLINED)
    {
        ngx_log_error(NGX_LOG_INFO, fetch->log, 0,
                      "urlmeta: card of \"%s\" (%uz bytes) does not fit into "
                      "zone \"%V\"", fetch->requested->text, fetch->card.len,
                      &store->zone->shm.name);
    }
}


time_t
ngx_http_urlmeta_valid(ngx_array_t *valid, urlmeta_error_e error,
    ngx_uint_t upstream_status, ngx_uint_t broken)
{
    time_t                     t;
    ngx_uint_t                 i, code;
    ngx_http_urlmeta_valid_t  *v;

    switch (error) {

    case URLMETA_E_NONE:
    case URLMETA_E_UPSTREAM_STATUS:
        code = upstream_status;
        break;

    case URLMETA_E_BUSY:
    case URLMETA_E_HOST_BUSY:
    case URLMETA_E_INTERNAL_ERROR:

        /* about this worker, not about the target */
        return 0;

    default:
        code = NGX_HTTP_URLMETA_VALID_ERROR;
        break;
    }

    t = -1;

    if (valid) {
        v = valid->elts;

        for (i = 0; i < valid->nelts; i++) {
            if (v[i].code == code
                || (v[i].code == NGX_HTTP_URLMETA_VALID_ANY
                    && code != NGX_HTTP_URLMETA_VALID_ERROR))
            {
                t = v[i].valid;
                break;
            }
        }
    }

    if (t == -1) {

        if (error == URLMETA_E_NONE) {
            t = 3600;

        } else if (code == NGX_HTTP_NOT_FOUND) {
            t = 600;

        } else if (code == 410) {
            t = 3600;

        } else if (code >= 500 || code == 429) {
            t = 30;

        } else if (code == NGX_HTTP_URLMETA_VALID_ERROR) {
            t = ngx_http_urlmeta_error_valid[error];

        } else {
            t = 300;
        }
    }

    /* the beginning of a page that broke off is better than nothing, once */

    if (broken && t > 60) {
        t = 60;
    }

    return t;
}
