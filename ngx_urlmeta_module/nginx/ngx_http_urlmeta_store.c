
/*
 * The end of a fetch: what is kept of its result, and for how long.
 */


#include "ngx_http_urlmeta_module.h"


/* s, of what is asked for again later and later */
#define NGX_HTTP_URLMETA_BACK_OFF_MAX    600

/* s, of a Retry-After */
#define NGX_HTTP_URLMETA_RETRY_MIN       30
#define NGX_HTTP_URLMETA_RETRY_MAX       3600

/* s, of a card that says no more than its URL */
#define NGX_HTTP_URLMETA_FALLBACK_MAX    300

/* s, of a robots.txt: RFC 9309 section 2.4 */
#define NGX_HTTP_URLMETA_ROBOTS_VALID    (24 * 60 * 60)

/*
 * Of the record's flags: such a card, whose page may be said to be unchanged;
 * and when a page is over, in seconds since the epoch, of which the last bit
 * is no loss.
 */
#define NGX_HTTP_URLMETA_STORE_FALLBACK  1


/* what the end of a fetch needs when every client has left */

typedef struct {
    ngx_shm_zone_t               *zone;      /* NULL: nothing is stored */
    ngx_http_urlmeta_loc_conf_t  *conf;
    ngx_str_t                     name;      /* the key's text */
} ngx_http_urlmeta_store_t;


static ngx_int_t ngx_http_urlmeta_store_stored(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_store(ngx_http_urlmeta_fetch_t *fetch);
static ngx_uint_t ngx_http_urlmeta_store_times(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_loc_conf_t *ulcf);
static void ngx_http_urlmeta_store_card(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_store_t *store);
static void ngx_http_urlmeta_store_error(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_store_t *store);
static urlmeta_error_e ngx_http_urlmeta_store_robots_error(
    ngx_http_urlmeta_fetch_t *fetch);
static time_t ngx_http_urlmeta_store_error_valid(
    ngx_http_urlmeta_fetch_t *fetch, ngx_array_t *listed,
    ngx_uint_t failures);
static void ngx_http_urlmeta_store_put(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_store_t *store, ngx_http_urlmeta_cache_entry_t *entry);
static time_t ngx_http_urlmeta_valid_listed(ngx_array_t *valid,
    ngx_uint_t code);


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
    [URLMETA_E_UPSTREAM_TIMEOUT]  = 60,
    [URLMETA_E_ROBOTS_DENIED]     = 3600
};


ngx_int_t
ngx_http_urlmeta_store_prepare(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t                  rc;
    ngx_http_urlmeta_store_t  *store;

    store = ngx_pcalloc(fetch->pool, sizeof(ngx_http_urlmeta_store_t));
    if (store == NULL) {
        return NGX_ERROR;
    }

    store->conf = ulcf;

    fetch->data = store;
    fetch->done = ngx_http_urlmeta_store;

    if (ulcf->cache_zone == NULL || ctx->private) {
        return NGX_OK;
    }

    rc = ngx_http_test_predicates(r, ulcf->no_cache);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    if (ulcf->cache_min_uses > 1 && !ctx->found
        && ngx_http_urlmeta_cache_use(ulcf->cache_zone, ctx->key)
           < ulcf->cache_min_uses)
    {
        return NGX_OK;
    }

    store->zone = ulcf->cache_zone;
    store->name.len = ctx->name.len;
    store->name.data = ngx_pstrdup(fetch->pool, &ctx->name);

    if (store->name.data == NULL) {
        return NGX_ERROR;
    }

    fetch->newer = (ctx->cache_status == NGX_HTTP_URLMETA_CACHE_BYPASS);

    /* others can be given what this one leaves in the zone */

    if (ulcf->cache_lock) {
        fetch->zone = ulcf->cache_zone;
    }

    if (ctx->found && !ctx->entry.meta.error && ulcf->cache_revalidate) {
        return ngx_http_urlmeta_store_stored(r, ulcf, ctx, fetch);
    }

    return NGX_OK;
}


/* what the origin may say is unchanged */

static ngx_int_t
ngx_http_urlmeta_store_stored(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch)
{
    u_char                          *p;
    ngx_int_t                        rc;
    ngx_http_urlmeta_cache_entry_t   entry, *from;

    from = &ctx->entry;

    if (ctx->entry_format != URLMETA_FORMAT_JSON) {

        rc = ngx_http_urlmeta_cache_get(ulcf->cache_zone, ctx->key, r->pool,
                                        &entry);
        if (rc != NGX_OK) {
            return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
        }

        from = &entry;
    }

    if (from->meta.error || from->fields.len == 0) {
        return NGX_OK;
    }

    /* one after another, as they came out of the zone */

    p = ngx_pnalloc(fetch->pool, from->fields.data + from->fields.len
                                 - from->url.data);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, from->url.data,
               from->fields.data + from->fields.len - from->url.data);

    fetch->stored.meta = from->meta;

    if (fetch->conf->robots_tag) {
        fetch->unavailable = (time_t) (from->meta.flags
                                       & ~NGX_HTTP_URLMETA_STORE_FALLBACK);
    }

    fetch->stored.url.len = from->url.len;
    fetch->stored.url.data = p;
    fetch->stored.body.len = from->body.len;
    fetch->stored.body.data = p + (from->body.data - from->url.data);
    fetch->stored.fields.len = from->fields.len;
    fetch->stored.fields.data = p + (from->fields.data - from->url.data);

    if (!urlmeta_freshness_unpack(&fetch->stored_fields,
                                  (char *) fetch->stored.fields.data,
                                  fetch->stored.fields.len))
    {
        fetch->stored.body.len = 0;
    }

    return NGX_OK;
}


/* the end of a fetch, with or without clients */

static void
ngx_http_urlmeta_store(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_store_t  *store;

    store = fetch->data;

    fetch->meta.created = ngx_http_urlmeta_cache_now();
    fetch->meta.expires = fetch->meta.created;
    fetch->meta.updating = fetch->meta.created;
    fetch->meta.failing = fetch->meta.created;

    if (fetch->not_modified) {

        /* the card is what it was, and so is the status it was made of */

        fetch->upstream_status = fetch->stored.meta.upstream_status;
        fetch->fallback = fetch->stored.meta.flags
                          & NGX_HTTP_URLMETA_STORE_FALLBACK;
    }

    if (fetch->unshared && store->zone) {

        /*
         * The lower bound is for the sake of a site that is asked for cards;
         * this page was asked for by one of its own readers.
         */

        (void) ngx_http_urlmeta_cache_delete(store->zone, fetch->key);
        store->zone = NULL;
    }

    if (fetch->error == URLMETA_E_NONE) {
        ngx_http_urlmeta_store_card(fetch, store);

    } else if (store->zone) {
        ngx_http_urlmeta_store_error(fetch, store);
    }
}


/* 0: not to be stored */

static ngx_uint_t
ngx_http_urlmeta_store_times(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_loc_conf_t *ulcf)
{
    time_t                          left;
    uint64_t                        now;
    ngx_http_urlmeta_cache_meta_t  *meta;
    urlmeta_freshness_times_t       times;
    urlmeta_freshness_bounds_t      bounds;

    ngx_memzero(&bounds, sizeof(urlmeta_freshness_bounds_t));

    bounds.min = ulcf->cache_min;
    bounds.max = ulcf->cache_max;
    bounds.valid = ngx_http_urlmeta_valid(ulcf->cache_valid, URLMETA_E_NONE,
                                          fetch->upstream_status);
    bounds.while_revalidate = ulcf->cache_while_revalidate;
    bounds.if_error = ulcf->cache_if_error;
    bounds.truncated = fetch->broken;

    /* without a lower bound RFC 9111 holds to the letter */

    bounds.stated_only = (ulcf->cache_min == 0);

    urlmeta_freshness_times(&times, &fetch->freshness, &bounds);

    if (fetch->fallback && times.fresh > NGX_HTTP_URLMETA_FALLBACK_MAX) {
        times.fresh = NGX_HTTP_URLMETA_FALLBACK_MAX;
    }

    meta = &fetch->meta;
    now = ngx_http_urlmeta_cache_now();

    meta->created = now - (uint64_t) times.age * 1000;
    meta->expires = now + (uint64_t) times.fresh * 1000;
    meta->updating = meta->expires + (uint64_t) times.while_revalidate * 1000;
    meta->failing = meta->expires + (uint64_t) times.if_error * 1000;

    if (fetch->unavailable) {

        /* after that it is not to be shown, stale or not */

        left = ngx_max(fetch->unavailable - ngx_time(), 0);
        now += (uint64_t) left * 1000;

        meta->expires = ngx_min(meta->expires, now);
        meta->updating = ngx_min(meta->updating, now);
        meta->failing = ngx_min(meta->failing, now);
    }

    return times.store;
}


static void
ngx_http_urlmeta_store_card(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_store_t *store)
{
    ngx_uint_t                      keep;
    ngx_http_urlmeta_cache_entry_t  entry;
    char                            fields[URLMETA_FIELDS_MAX];

    keep = ngx_http_urlmeta_store_times(fetch, store->conf);

    ngx_memzero(&entry, sizeof(ngx_http_urlmeta_cache_entry_t));

    entry.url = fetch->effective_url;
    entry.body = fetch->body;

    if (fetch->not_modified) {
        fetch->meta.etag = fetch->stored.meta.etag;

    } else {
        fetch->meta.etag = ngx_http_urlmeta_cache_etag(&entry.body);
    }

    fetch->meta.upstream_status = (uint16_t) fetch->upstream_status;
    fetch->meta.flags = (uint32_t) ngx_min(fetch->unavailable,
                                           (time_t) NGX_MAX_UINT32_VALUE)
                        & ~NGX_HTTP_URLMETA_STORE_FALLBACK;

    if (fetch->fallback) {
        fetch->meta.flags |= NGX_HTTP_URLMETA_STORE_FALLBACK;
    }

    if (store->zone == NULL) {
        return;
    }

    if (!keep) {
        (void) ngx_http_urlmeta_cache_delete(store->zone, fetch->key);
        return;
    }

    /* that a page did not change completes none that broke off */

    if (!fetch->broken
        && (fetch->fields.etag || fetch->fields.last_modified))
    {
        entry.fields.data = (u_char *) fields;
        entry.fields.len = urlmeta_freshness_pack(fields, &fetch->fields);
    }

    entry.name = store->name;
    entry.meta = fetch->meta;

    ngx_http_urlmeta_store_put(fetch, store, &entry);
}


static void
ngx_http_urlmeta_store_error(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_store_t *store)
{
    time_t                          valid;
    int64_t                         left;
    uint64_t                        now;
    ngx_int_t                       rc;
    ngx_uint_t                      gone, fresh, failures;
    ngx_http_urlmeta_cache_meta_t  *was;
    ngx_http_urlmeta_cache_entry_t  entry;

    now = ngx_http_urlmeta_cache_now();

    /* as it is now: others may have been here while this fetch went on */

    rc = ngx_http_urlmeta_cache_get(store->zone, fetch->key, fetch->pool,
                                    &entry);
    if (rc == NGX_ERROR) {
        return;
    }

    was = &entry.meta;
    failures = 0;
    fresh = 0;

    if (rc == NGX_OK) {
        fresh = (int64_t) (was->expires - now) > 0;
        failures = ngx_min(was->failures, 60);

        if (was->error && fresh && failures) {

            /* one and the same */
            failures--;
        }
    }

    valid = ngx_http_urlmeta_store_error_valid(fetch, store->conf->cache_valid,
                                               failures);

    if (fetch->error == URLMETA_E_ROBOTS_DENIED && fetch->denied_until) {

        /* until robots.txt has to be asked for again */

        left = (int64_t) (fetch->denied_until - now);
        valid = ngx_min(valid, (time_t) (ngx_max(left, 0) / 1000));
    }

    gone = fetch->error == URLMETA_E_ROBOTS_DENIED
           || (fetch->error == URLMETA_E_UPSTREAM_STATUS
               && (fetch->upstream_status == 404
                   || fetch->upstream_status == 410)
               && !(store->conf->cache_use_stale
                    & NGX_HTTP_URLMETA_STALE_HTTP_404));

    if (valid == 0) {
        if (gone) {
            (void) ngx_http_urlmeta_cache_delete(store->zone, fetch->key);
        }

        return;
    }

    fetch->meta.expires = now + (uint64_t) valid * 1000;

    /*
     * A card that may still be shown is worth more than the news that it could
     * not be made anew.  That the page is gone, or not to be shown, is another
     * thing.
     */

    if (rc == NGX_OK && !was->error && !gone) {

        if (fresh) {
            return;
        }

        if ((int64_t) (was->failing - now) > 0) {
            was->retry = now + (uint64_t) valid * 1000;
            was->failures = (uint16_t) (failures + 1);
            was->retry_error = (uint16_t) fetch->error;
            was->retry_status = (uint16_t) fetch->upstream_status;

            (void) ngx_http_urlmeta_cache_renew(store->zone, fetch->key, was);
            return;
        }
    }

    ngx_memzero(&entry, sizeof(ngx_http_urlmeta_cache_entry_t));

    entry.meta.created = now;
    entry.meta.expires = now + (uint64_t) valid * 1000;
    entry.meta.failures = (uint16_t) (failures + 1);
    entry.meta.error = (uint16_t) fetch->error;
    entry.meta.upstream_status = (uint16_t) fetch->upstream_status;

    entry.url = fetch->effective_url;
    entry.name = store->name;

    ngx_http_urlmeta_store_put(fetch, store, &entry);
}


/* the end of a fetch of robots.txt */

void
ngx_http_urlmeta_store_robots(ngx_http_urlmeta_fetch_t *fetch)
{
    time_t                           valid;
    uint64_t                         now;
    ngx_uint_t                       failures;
    ngx_http_urlmeta_cache_entry_t   entry;
    ngx_http_urlmeta_cache_meta_t   *meta;

    now = ngx_http_urlmeta_cache_now();
    failures = ngx_min(fetch->stored.meta.failures, 60);

    valid = (fetch->error == URLMETA_E_NONE)
            ? NGX_HTTP_URLMETA_ROBOTS_VALID
            : ngx_http_urlmeta_store_error_valid(fetch, NULL, failures);

    fetch->error = ngx_http_urlmeta_store_robots_error(fetch);

    meta = &fetch->meta;

    meta->created = now;
    meta->expires = now + (uint64_t) valid * 1000;
    meta->updating = meta->expires;
    meta->failing = meta->expires;
    meta->error = (uint16_t) fetch->error;
    meta->upstream_status = (uint16_t) fetch->upstream_status;
    meta->failures = fetch->error ? (uint16_t) (failures + 1) : 0;

    if (fetch->conf->zone == NULL || valid == 0) {
        return;
    }

    ngx_memzero(&entry, sizeof(ngx_http_urlmeta_cache_entry_t));

    entry.meta = *meta;
    entry.url = fetch->effective_url;
    entry.name.data = (u_char *) fetch->requested->text;
    entry.name.len = fetch->requested->len;
    entry.body = fetch->body;

    (void) ngx_http_urlmeta_cache_put(fetch->conf->zone, fetch->key, &entry,
                                      1);
}


/*
 * What those are told who wait for it.  RFC 9309 section 2.3.1.4: as long as it
 * cannot be had, nothing is allowed; but a host that cannot be asked for it
 * cannot be asked for the page either, and that is the better news.
 */

static urlmeta_error_e
ngx_http_urlmeta_store_robots_error(ngx_http_urlmeta_fetch_t *fetch)
{
    switch (fetch->error) {

    case URLMETA_E_NONE:
    case URLMETA_E_INTERNAL_ERROR:
    case URLMETA_E_BUSY:
    case URLMETA_E_HOST_BUSY:
        return fetch->error;

    case URLMETA_E_ADDRESS_DENIED:
    case URLMETA_E_DNS_NOT_FOUND:
    case URLMETA_E_DNS_FAILED:
    case URLMETA_E_DNS_TIMEOUT:
    case URLMETA_E_CONNECT_FAILED:
    case URLMETA_E_CONNECT_RESET:
    case URLMETA_E_CONNECT_TIMEOUT:
    case URLMETA_E_TLS_FAILED:

        /* of the host, and not of one that it redirects to */

        if (fetch->redirects->nelts == 0) {
            return fetch->error;
        }

        return URLMETA_E_ROBOTS_DENIED;

    default:
        return URLMETA_E_ROBOTS_DENIED;
    }
}


/* in seconds; longer and longer where it may be over any moment */

static time_t
ngx_http_urlmeta_store_error_valid(ngx_http_urlmeta_fetch_t *fetch,
    ngx_array_t *listed, ngx_uint_t failures)
{
    time_t      valid;
    ngx_uint_t  status;

    status = fetch->upstream_status;

    switch (fetch->error) {

    case URLMETA_E_BUSY:
    case URLMETA_E_HOST_BUSY:
    case URLMETA_E_INTERNAL_ERROR:

        /* about this server, not about the target */
        return 0;

    case URLMETA_E_UPSTREAM_STATUS:
        valid = ngx_http_urlmeta_valid_listed(listed, status);

        if (valid != -1) {
            return valid;
        }

        if ((status == 429 || status == 503) && fetch->retry_after) {
            valid = ngx_max(fetch->retry_after, NGX_HTTP_URLMETA_RETRY_MIN);
            return ngx_min(valid, NGX_HTTP_URLMETA_RETRY_MAX);
        }

        break;

    default:
        valid = ngx_http_urlmeta_valid_listed(listed,
                                              NGX_HTTP_URLMETA_VALID_ERROR);
        if (valid != -1) {
            return valid;
        }
    }

    valid = ngx_http_urlmeta_valid(NULL, fetch->error, status);

    switch (fetch->error) {

    case URLMETA_E_UPSTREAM_STATUS:
        if (status < 500 && status != 429) {
            return valid;
        }

        break;

    case URLMETA_E_DNS_FAILED:
    case URLMETA_E_DNS_TIMEOUT:
    case URLMETA_E_CONNECT_FAILED:
    case URLMETA_E_CONNECT_RESET:
    case URLMETA_E_CONNECT_TIMEOUT:
    case URLMETA_E_UPSTREAM_TIMEOUT:
        break;

    default:
        return valid;
    }

    while (failures-- && valid < NGX_HTTP_URLMETA_BACK_OFF_MAX) {
        valid *= 2;
    }

    return ngx_min(valid, NGX_HTTP_URLMETA_BACK_OFF_MAX);
}


/* the other formats were made of the card that this one replaces */

static void
ngx_http_urlmeta_store_put(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_store_t *store, ngx_http_urlmeta_cache_entry_t *entry)
{
    ngx_int_t  rc;

    if (fetch->not_modified
        && ngx_http_urlmeta_cache_put(store->zone, fetch->key, entry, 0)
           == NGX_OK)
    {
        /* they are what they were */

        (void) ngx_http_urlmeta_cache_renew(store->zone, fetch->key,
                                            &entry->meta);
        return;
    }

    rc = ngx_http_urlmeta_cache_put(store->zone, fetch->key, entry, 1);

    if (rc != NGX_DECLINED) {
        return;
    }

    ngx_log_error(NGX_LOG_INFO, fetch->log, 0,
                  "urlmeta: card of \"%s\" (%uz bytes) does not fit into "
                  "zone \"%V\"", fetch->requested->text, entry->body.len,
                  &store->zone->shm.name);
}


time_t
ngx_http_urlmeta_valid(ngx_array_t *valid, urlmeta_error_e error,
    ngx_uint_t upstream_status)
{
    time_t  t;

    if (error != URLMETA_E_NONE && error != URLMETA_E_UPSTREAM_STATUS) {
        return ngx_http_urlmeta_error_valid[error];
    }

    t = ngx_http_urlmeta_valid_listed(valid, upstream_status);

    if (t != -1) {
        return t;
    }

    if (error == URLMETA_E_NONE) {
        return 3600;
    }

    switch (upstream_status) {

    case 404:
        return 600;

    case 410:
        return 3600;

    case 429:
        return 30;
    }

    /* no code of HTTP's is as good as a failure of its server */

    if (upstream_status > 599) {
        return 60;
    }

    return (upstream_status >= 500) ? 30 : 300;
}


/* what urlmeta_cache_valid says, or -1 */

static time_t
ngx_http_urlmeta_valid_listed(ngx_array_t *valid, ngx_uint_t code)
{
    ngx_uint_t                 i;
    ngx_http_urlmeta_valid_t  *v;

    if (valid == NULL) {
        return -1;
    }

    v = valid->elts;

    for (i = 0; i < valid->nelts; i++) {
        if (v[i].code == code
            || (v[i].code == NGX_HTTP_URLMETA_VALID_ANY
                && code != NGX_HTTP_URLMETA_VALID_ERROR))
        {
            return v[i].valid;
        }
    }

    return -1;
}
