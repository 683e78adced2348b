
/*
 * Politeness: how often a host may be asked, by how many at a time, and
 * whether it is better left alone, in one table for all workers.
 *
 * The table is set-associative: a host has a few slots to be in, and the one
 * that was asked longest ago makes room.  It never fills up and is never
 * searched.  A place at a host is held until a moment at the latest, so that a
 * worker that dies keeps none.
 */


#include "ngx_http_urlmeta_cache_zone.h"


#if (NGX_HTTP_URLMETA_FAULT)
#define NGX_HTTP_URLMETA_FAULT_BASE  400
#endif

/* a host that failed so often, one time after another, is left alone: */
#define NGX_HTTP_URLMETA_HOST_FAILURES   3

/* a second, two, four, up to this many ms */
#define NGX_HTTP_URLMETA_HOST_BLOCK_MAX  60000

/* s, of a Retry-After */
#define NGX_HTTP_URLMETA_HOST_RETRY_MIN  30
#define NGX_HTTP_URLMETA_HOST_RETRY_MAX  3600


static ngx_http_urlmeta_cache_host_t *ngx_http_urlmeta_cache_host_slot(
    ngx_http_urlmeta_cache_t *cache, uint64_t id);
static ngx_int_t ngx_http_urlmeta_cache_host_id(ngx_str_t *host, uint64_t *id);
static ngx_uint_t ngx_http_urlmeta_cache_host_place(
    ngx_http_urlmeta_cache_host_t *slot, uint64_t now, ngx_uint_t conn);


ngx_int_t
ngx_http_urlmeta_cache_host_begin(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_http_urlmeta_cache_limit_t *limit, ngx_msec_t time,
    ngx_http_urlmeta_cache_place_t *place, ngx_msec_t *wait)
{
    int64_t                         elapsed, excess;
    uint64_t                        id, now;
    ngx_int_t                       rc;
    ngx_uint_t                      i, n;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_host_t  *slot;

    ngx_memzero(place, sizeof(ngx_http_urlmeta_cache_place_t));

    /* without a digest there is no slot: then politeness gives way */

    if (ngx_http_urlmeta_cache_host_id(host, &id) != NGX_OK) {
        return NGX_OK;
    }

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    ngx_http_urlmeta_cache_lock(cache);

    slot = ngx_http_urlmeta_cache_host_slot(cache, id);

    if (slot->id != id) {
        ngx_http_urlmeta_cache_set(slot->id, id);
        ngx_http_urlmeta_cache_set(slot->last, now);
        ngx_http_urlmeta_cache_set(slot->excess, 0);
        ngx_http_urlmeta_cache_set(slot->blocked, 0);
        ngx_http_urlmeta_cache_set(slot->failures, 0);

        for (i = 0; i < NGX_HTTP_URLMETA_CACHE_PLACES; i++) {
            ngx_http_urlmeta_cache_set(slot->places[i], 0);
        }

        excess = 0;

    } else {

        /* another worker's clock may be a little ahead */

        elapsed = (int64_t) (now - slot->last);
        elapsed = ngx_max(elapsed, 0);

        excess = (int64_t) slot->excess
                 - (int64_t) limit->rate * elapsed / 1000 + 1000;
        excess = ngx_max(excess, 0);
    }

    n = ngx_http_urlmeta_cache_host_place(slot, now, limit->conn);
    rc = NGX_OK;

    if (limit->obey && (int64_t) (slot->blocked - now) > 0) {
        *wait = (ngx_msec_t) (slot->blocked - now);
        rc = NGX_BUSY;

    } else if (n == NGX_HTTP_URLMETA_CACHE_PLACES) {
        rc = NGX_AGAIN;

    } else if (excess > (int64_t) limit->burst * 1000) {
        *wait = (ngx_msec_t) ((excess - (int64_t) limit->burst * 1000) * 1000
                              / (int64_t) limit->rate) + 1;
        rc = NGX_BUSY;

    } else {
        ngx_http_urlmeta_cache_set(slot->last, now);
        ngx_http_urlmeta_cache_set(slot->excess, (uint64_t) excess);

        if (n < NGX_HTTP_URLMETA_CACHE_PLACES) {
            ngx_http_urlmeta_cache_set(slot->places[n],
                                       (uint32_t) ((now + time) / 1000 + 1));

            place->id = id;
            place->slot = (uint32_t) (slot - cache->hosts);
            place->n = (uint32_t) n;
            place->until = slot->places[n];
        }
    }

    ngx_http_urlmeta_cache_unlock(cache);

    return rc;
}


void
ngx_http_urlmeta_cache_host_end(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_place_t *place)
{
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_host_t  *slot;

    if (place->id == 0) {
        return;
    }

    cache = zone->data;

    ngx_http_urlmeta_cache_lock(cache);

    slot = &cache->hosts[place->slot];

    if (slot->id == place->id && slot->places[place->n] == place->until) {
        ngx_http_urlmeta_cache_set(slot->places[place->n], 0);
    }

    ngx_http_urlmeta_cache_unlock(cache);

    place->id = 0;
}


void
ngx_http_urlmeta_cache_host_result(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_uint_t failed, time_t retry_after)
{
    uint64_t                        id, now, block;
    ngx_uint_t                      failures;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_host_t  *slot;

    if (ngx_http_urlmeta_cache_host_id(host, &id) != NGX_OK) {
        return;
    }

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    ngx_http_urlmeta_cache_lock(cache);

    slot = ngx_http_urlmeta_cache_host_slot(cache, id);

    if (slot->id != id) {
        ngx_http_urlmeta_cache_unlock(cache);
        return;
    }

    block = 0;
    failures = 0;

    if (failed) {
        failures = ngx_min(slot->failures + 1, 1000);

        if (failures >= NGX_HTTP_URLMETA_HOST_FAILURES) {
            block = ngx_min(failures - NGX_HTTP_URLMETA_HOST_FAILURES, 6);
            block = (uint64_t) 1000 << block;
            block = ngx_min(block, NGX_HTTP_URLMETA_HOST_BLOCK_MAX);
        }

    } else if (retry_after > 0) {
        retry_after = ngx_max(retry_after, NGX_HTTP_URLMETA_HOST_RETRY_MIN);
        retry_after = ngx_min(retry_after, NGX_HTTP_URLMETA_HOST_RETRY_MAX);
        block = (uint64_t) retry_after * 1000;
    }

    if (slot->failures != failures) {
        ngx_http_urlmeta_cache_set(slot->failures, (uint32_t) failures);
    }

    if (block && (int64_t) (now + block - slot->blocked) > 0) {
        ngx_http_urlmeta_cache_set(slot->blocked, now + block);
    }

    ngx_http_urlmeta_cache_unlock(cache);
}


static ngx_int_t
ngx_http_urlmeta_cache_host_id(ngx_str_t *host, uint64_t *id)
{
    u_char  key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];

    if (ngx_http_urlmeta_cache_key(key, host, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memcpy(id, key, sizeof(uint64_t));

    /* 0 is nobody's */

    *id |= 1;

    return NGX_OK;
}


/* the host's slot, or the one that it would take */

static ngx_http_urlmeta_cache_host_t *
ngx_http_urlmeta_cache_host_slot(ngx_http_urlmeta_cache_t *cache, uint64_t id)
{
    ngx_uint_t                      i;
    ngx_http_urlmeta_cache_host_t  *slot, *found;

    slot = &cache->hosts[((id >> 32) & (cache->sh->nhosts - 1))
                         & ~(uint64_t) (NGX_HTTP_URLMETA_CACHE_WAYS - 1)];
    found = slot;

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_WAYS; i++) {

        if (slot[i].id == id) {
            return &slot[i];
        }

        if (slot[i].last < found->last) {
            found = &slot[i];
        }
    }

    return found;
}


/*
 * A free place, or _PLACES if "conn" are taken, or one more if places are not
 * counted.
 */

static ngx_uint_t
ngx_http_urlmeta_cache_host_place(ngx_http_urlmeta_cache_host_t *slot,
    uint64_t now, ngx_uint_t conn)
{
    uint32_t    seconds;
    ngx_uint_t  i, taken, found;

    if (conn > NGX_HTTP_URLMETA_CACHE_PLACES) {
        return NGX_HTTP_URLMETA_CACHE_PLACES + 1;
    }

    seconds = (uint32_t) (now / 1000);
    taken = 0;
    found = NGX_HTTP_URLMETA_CACHE_PLACES;

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_PLACES; i++) {

        if (slot->places[i] > seconds) {
            taken++;

        } else {
            found = i;
        }
    }

    return (taken < conn) ? found : NGX_HTTP_URLMETA_CACHE_PLACES;
}
