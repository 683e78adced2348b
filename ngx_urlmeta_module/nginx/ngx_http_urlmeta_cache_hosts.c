
/*
 * Politeness: how often a host may be asked, in one table for all workers.
 *
 * The table is set-associative: a host has a few slots to be in, and the one
 * that was asked longest ago makes room.  It never fills up and is never
 * searched.
 */


#include "ngx_http_urlmeta_cache_zone.h"


#define NGX_HTTP_URLMETA_CACHE_WAYS  8


static ngx_http_urlmeta_cache_host_t *ngx_http_urlmeta_cache_host_slot(
    ngx_http_urlmeta_cache_t *cache, uint64_t id);


ngx_msec_t
ngx_http_urlmeta_cache_host(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_uint_t rate, ngx_uint_t burst)
{
    u_char                          key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    int64_t                         elapsed, excess;
    uint64_t                        id, now;
    ngx_msec_t                      wait;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_host_t  *found;

    /* without a digest there is no slot: then politeness gives way */

    if (ngx_http_urlmeta_cache_key(key, host, 1) != NGX_OK) {
        return 0;
    }

    ngx_memcpy(&id, key, sizeof(uint64_t));
    id |= 1;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();
    wait = 0;

    ngx_http_urlmeta_cache_lock(cache);

    found = ngx_http_urlmeta_cache_host_slot(cache, id);

    if (found->id == id) {

        /* another worker's clock may be a little ahead */

        elapsed = (int64_t) (now - found->last);
        elapsed = ngx_max(elapsed, 0);

        excess = (int64_t) found->excess - (int64_t) rate * elapsed / 1000
                 + 1000;
        excess = ngx_max(excess, 0);

    } else {
        excess = 0;
        found->rest = 0;
    }

    if (found->rest > now) {
        wait = (ngx_msec_t) (found->rest - now);

    } else if (excess > (int64_t) burst * 1000) {
        wait = (ngx_msec_t) ((excess - (int64_t) burst * 1000) * 1000
                             / (int64_t) rate) + 1;

    } else {
        found->id = id;
        found->last = now;
        found->excess = (uint64_t) excess;
    }

    ngx_shmtx_unlock(&cache->shpool->mutex);

    return wait;
}


void
ngx_http_urlmeta_cache_host_rest(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_msec_t time)
{
    u_char                          key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint64_t                        id, now;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_host_t  *found;

    if (ngx_http_urlmeta_cache_key(key, host, 1) != NGX_OK) {
        return;
    }

    ngx_memcpy(&id, key, sizeof(uint64_t));
    id |= 1;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    ngx_http_urlmeta_cache_lock(cache);

    found = ngx_http_urlmeta_cache_host_slot(cache, id);

    if (found->id != id) {
        found->id = id;
        found->last = now;
        found->excess = 0;
    }

    found->rest = now + time;

    ngx_shmtx_unlock(&cache->shpool->mutex);
}


/* the one that the host has, or else the one to give to it */

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
