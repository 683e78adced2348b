
/*
 * Leases: who fetches a key, and who waits for it in other workers.  And how
 * often a key was asked for, where few uses earn no place.
 *
 * Both are set-associative tables: a key has a few slots to be in, and they
 * are never searched otherwise.
 */


#include "ngx_http_urlmeta_cache_zone.h"
#include "ngx_http_urlmeta_wake.h"


#if (NGX_HTTP_URLMETA_FAULT)
#define NGX_HTTP_URLMETA_FAULT_BASE  300
#endif

/* ms that the result of an ended lease can be read */
#define NGX_HTTP_URLMETA_CACHE_LINGER  5000


static ngx_http_urlmeta_cache_slot_t *ngx_http_urlmeta_cache_slots(
    ngx_http_urlmeta_cache_t *cache, const u_char *key);
static ngx_http_urlmeta_cache_slot_t *ngx_http_urlmeta_cache_slot(
    ngx_http_urlmeta_cache_t *cache, ngx_http_urlmeta_cache_lease_t *lease);
static ngx_uint_t ngx_http_urlmeta_cache_is_fresh(
    ngx_http_urlmeta_cache_t *cache, const u_char *key, uint64_t now);


ngx_int_t
ngx_http_urlmeta_cache_lease(ngx_shm_zone_t *zone, const u_char *key,
    ngx_msec_t time, ngx_uint_t newer, ngx_http_urlmeta_cache_lease_t *lease)
{
    uint64_t                        now, bit;
    ngx_int_t                       rc;
    ngx_uint_t                      i, place;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_sh_t    *sh;
    ngx_http_urlmeta_cache_slot_t  *slot, *found;

    cache = zone->data;
    sh = cache->sh;
    now = ngx_http_urlmeta_cache_now();

    place = ngx_http_urlmeta_wake_slot() % NGX_HTTP_URLMETA_WAKE_SLOTS;
    bit = (uint64_t) 1 << (place % 64);

    slot = ngx_http_urlmeta_cache_slots(cache, key);
    found = NULL;
    rc = NGX_DECLINED;

    ngx_http_urlmeta_cache_lock(cache);

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_WAYS; i++) {

        if ((int64_t) (slot[i].deadline - now) <= 0) {
            found = &slot[i];
            continue;
        }

        if (slot[i].state != NGX_HTTP_URLMETA_CACHE_HELD) {

            /* its result may be read once more, if there is another place */

            if (found == NULL) {
                found = &slot[i];
            }

            continue;
        }

        if (ngx_memcmp(slot[i].key, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN)
            == 0)
        {
            ngx_http_urlmeta_cache_set(slot[i].waiters[place / 64],
                                       slot[i].waiters[place / 64] | bit);
            found = &slot[i];
            rc = NGX_BUSY;
            break;
        }
    }

    if (rc == NGX_DECLINED && found) {

        if (!newer && ngx_http_urlmeta_cache_is_fresh(cache, key, now)) {
            rc = NGX_DONE;

        } else {
            ngx_http_urlmeta_cache_set(found->deadline, 0);
            ngx_http_urlmeta_cache_set(sh->lease, sh->lease + 1);
            ngx_http_urlmeta_cache_set(found->generation, sh->lease);
            ngx_http_urlmeta_cache_set(found->waiters[0], 0);
            ngx_http_urlmeta_cache_set(found->waiters[1], 0);
            ngx_http_urlmeta_cache_set(found->owner, (uint32_t)
                                             ngx_http_urlmeta_wake_slot());
            ngx_http_urlmeta_cache_set(found->pid, (uint32_t) ngx_pid);
            ngx_http_urlmeta_cache_set(found->state,
                                       NGX_HTTP_URLMETA_CACHE_HELD);
            ngx_http_urlmeta_cache_copy(found->key, key,
                                        NGX_HTTP_URLMETA_CACHE_KEY_LEN);

            __atomic_thread_fence(__ATOMIC_RELEASE);

            ngx_http_urlmeta_cache_set(found->deadline, now + time);

            rc = NGX_OK;
        }
    }

    if (rc == NGX_OK || rc == NGX_BUSY) {
        lease->slot = (uint32_t) (found - cache->leases);
        lease->generation = found->generation;
    }

    ngx_http_urlmeta_cache_unlock(cache);

    return rc;
}


void
ngx_http_urlmeta_cache_lease_extend(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease, ngx_msec_t time)
{
    uint64_t                        now;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_slot_t  *slot;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    ngx_http_urlmeta_cache_lock(cache);

    slot = ngx_http_urlmeta_cache_slot(cache, lease);

    if (slot && slot->state == NGX_HTTP_URLMETA_CACHE_HELD) {
        ngx_http_urlmeta_cache_set(slot->deadline, now + time);
    }

    ngx_http_urlmeta_cache_unlock(cache);
}


void
ngx_http_urlmeta_cache_lease_end(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease,
    ngx_http_urlmeta_cache_result_t *result)
{
    uint64_t                        now;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_wake_set_t     set;
    ngx_http_urlmeta_cache_slot_t  *slot;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    ngx_memzero(&set, sizeof(ngx_http_urlmeta_wake_set_t));

    ngx_http_urlmeta_cache_lock(cache);

    slot = ngx_http_urlmeta_cache_slot(cache, lease);

    if (slot) {
        set.bits[0] = slot->waiters[0];
        set.bits[1] = slot->waiters[1];

        if (result) {
            ngx_http_urlmeta_cache_set(slot->error, (uint16_t) result->error);
            ngx_http_urlmeta_cache_set(slot->upstream_status,
                                       (uint16_t) result->upstream_status);
            ngx_http_urlmeta_cache_set(slot->retry_after,
                                       (uint32_t) result->retry_after);
        }

        /* a lease that is held must not get a later deadline by this */

        ngx_http_urlmeta_cache_set(slot->state,
                                   result ? NGX_HTTP_URLMETA_CACHE_ENDED
                                          : NGX_HTTP_URLMETA_CACHE_LEFT);
        ngx_http_urlmeta_cache_set(slot->deadline,
                                   now + NGX_HTTP_URLMETA_CACHE_LINGER);
    }

    ngx_http_urlmeta_cache_unlock(cache);

    ngx_http_urlmeta_wake(&set);
}


ngx_int_t
ngx_http_urlmeta_cache_lease_poll(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease,
    ngx_http_urlmeta_cache_result_t *result)
{
    uint64_t                        now;
    ngx_int_t                       rc;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_slot_t  *slot;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    /* mostly it was another lease that ended: no lock for that */

    slot = &cache->leases[lease->slot];

    if (__atomic_load_n(&slot->generation, __ATOMIC_RELAXED)
        == lease->generation
        && __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE)
           == NGX_HTTP_URLMETA_CACHE_HELD
        && (int64_t) (__atomic_load_n(&slot->deadline, __ATOMIC_RELAXED) - now)
           > 0)
    {
        return NGX_AGAIN;
    }

    /* the place may be another key's by now: the zone has what there is */

    rc = NGX_ABORT;

    ngx_http_urlmeta_cache_lock(cache);

    slot = ngx_http_urlmeta_cache_slot(cache, lease);

    if (slot) {

        switch (slot->state) {

        case NGX_HTTP_URLMETA_CACHE_HELD:
            rc = ((int64_t) (slot->deadline - now) > 0) ? NGX_AGAIN
                                                        : NGX_DECLINED;
            break;

        case NGX_HTTP_URLMETA_CACHE_ENDED:
            result->error = slot->error;
            result->upstream_status = slot->upstream_status;
            result->retry_after = slot->retry_after;
            rc = NGX_OK;
            break;
        }
    }

    ngx_http_urlmeta_cache_unlock(cache);

    return rc;
}


void
ngx_http_urlmeta_cache_lease_inherit(ngx_shm_zone_t *zone)
{
    uint64_t                        now;
    ngx_uint_t                      i, place;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_wake_set_t     set;
    ngx_http_urlmeta_cache_slot_t  *slot;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();
    place = ngx_http_urlmeta_wake_slot();

    ngx_memzero(&set, sizeof(ngx_http_urlmeta_wake_set_t));

    ngx_http_urlmeta_cache_lock(cache);

    for (i = 0; i < cache->sh->nleases; i++) {
        slot = &cache->leases[i];

        if (slot->state != NGX_HTTP_URLMETA_CACHE_HELD
            || slot->owner != place
            || slot->pid == (uint32_t) ngx_pid
            || (int64_t) (slot->deadline - now) <= 0)
        {
            continue;
        }

        set.bits[0] |= slot->waiters[0];
        set.bits[1] |= slot->waiters[1];

        ngx_http_urlmeta_cache_set(slot->state, NGX_HTTP_URLMETA_CACHE_LEFT);
    }

    ngx_http_urlmeta_cache_unlock(cache);

    ngx_http_urlmeta_wake(&set);
}


void
ngx_http_urlmeta_cache_lease_orphan(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease)
{
    uint32_t                        pid;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_wake_set_t     set;
    ngx_http_urlmeta_cache_slot_t  *slot;

    cache = zone->data;

    slot = &cache->leases[lease->slot];
    pid = __atomic_load_n(&slot->pid, __ATOMIC_RELAXED);

    if (kill((ngx_pid_t) pid, 0) == 0 || ngx_errno != NGX_ESRCH) {
        return;
    }

    ngx_memzero(&set, sizeof(ngx_http_urlmeta_wake_set_t));

    ngx_http_urlmeta_cache_lock(cache);

    slot = ngx_http_urlmeta_cache_slot(cache, lease);

    if (slot && slot->state == NGX_HTTP_URLMETA_CACHE_HELD
        && slot->pid == pid)
    {
        set.bits[0] = slot->waiters[0];
        set.bits[1] = slot->waiters[1];

        ngx_http_urlmeta_cache_set(slot->state, NGX_HTTP_URLMETA_CACHE_LEFT);
    }

    ngx_http_urlmeta_cache_unlock(cache);

    ngx_http_urlmeta_wake(&set);
}


ngx_uint_t
ngx_http_urlmeta_cache_leased(ngx_shm_zone_t *zone, const u_char *key)
{
    uint64_t                        now, deadline;
    ngx_uint_t                      i;
    ngx_http_urlmeta_cache_slot_t  *slot;

    now = ngx_http_urlmeta_cache_now();
    slot = ngx_http_urlmeta_cache_slots(zone->data, key);

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_WAYS; i++) {

        deadline = __atomic_load_n(&slot[i].deadline, __ATOMIC_ACQUIRE);

        if ((int64_t) (deadline - now) > 0
            && __atomic_load_n(&slot[i].state, __ATOMIC_RELAXED)
               == NGX_HTTP_URLMETA_CACHE_HELD
            && ngx_memcmp(slot[i].key, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_http_urlmeta_cache_slot_t *
ngx_http_urlmeta_cache_slots(ngx_http_urlmeta_cache_t *cache,
    const u_char *key)
{
    uint64_t    h;
    ngx_uint_t  set;

    ngx_memcpy(&h, key + 16, sizeof(uint64_t));

    h = (h * cache->sh->seed[0]) >> 32;
    set = h % (cache->sh->nleases / NGX_HTTP_URLMETA_CACHE_WAYS);

    return &cache->leases[set * NGX_HTTP_URLMETA_CACHE_WAYS];
}


/* NULL: the place is somebody else's by now */

static ngx_http_urlmeta_cache_slot_t *
ngx_http_urlmeta_cache_slot(ngx_http_urlmeta_cache_t *cache,
    ngx_http_urlmeta_cache_lease_t *lease)
{
    ngx_http_urlmeta_cache_slot_t  *slot;

    slot = &cache->leases[lease->slot];

    return (slot->generation == lease->generation) ? slot : NULL;
}


static ngx_uint_t
ngx_http_urlmeta_cache_is_fresh(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, uint64_t now)
{
    uint32_t                          n;
    ngx_http_urlmeta_cache_record_t  *rec;

    n = ngx_http_urlmeta_cache_lookup(cache, key);

    if (n == NGX_HTTP_URLMETA_CACHE_NONE) {
        return 0;
    }

    rec = ngx_http_urlmeta_cache_record(cache, n);

    return (int64_t) (rec->meta.expires - now) > 0;
}


ngx_uint_t
ngx_http_urlmeta_cache_use(ngx_shm_zone_t *zone, const u_char *key)
{
    uint64_t                   id, *use, *found;
    ngx_uint_t                 i, n;
    ngx_http_urlmeta_cache_t  *cache;

    cache = zone->data;

    ngx_memcpy(&id, key, sizeof(uint64_t));

    /* a byte of each word is the count */

    id &= ~(uint64_t) 0xff;

    use = &cache->uses[((id >> 32) & (cache->sh->nuses - 1))
                       & ~(uint64_t) (NGX_HTTP_URLMETA_CACHE_WAYS - 1)];
    found = use;

    ngx_http_urlmeta_cache_lock(cache);

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_WAYS; i++) {

        if ((use[i] & ~(uint64_t) 0xff) == id) {
            found = &use[i];
            break;
        }

        if ((use[i] & 0xff) < (*found & 0xff)) {
            found = &use[i];
        }
    }

    n = 1;

    if ((*found & ~(uint64_t) 0xff) == id) {
        n = ngx_min((*found & 0xff) + 1, 0xff);
    }

    ngx_http_urlmeta_cache_set(*found, id | n);

    ngx_http_urlmeta_cache_unlock(cache);

    return n;
}
