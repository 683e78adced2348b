
/*
 * What a worker of the fault laboratory does: all that the cache can, at
 * random.  A slot's keys are stored and removed by its worker alone, so that
 * it is known which versions others may see.
 */


#include "fault.h"

#include <sched.h>
#include <signal.h>


static void lab_op_get(void);
static void lab_op_put(uint32_t id);
static void lab_op_variant(uint32_t id);
static void lab_op_prefix(void);
static void lab_op_lease(void);
static void lab_op_poll(void);
static void lab_op_next(void);
static void lab_end(ngx_uint_t i);
static void lab_heir(ngx_uint_t inherit);


static struct {
    uint32_t                        id;
    ngx_uint_t                      extended;
    ngx_http_urlmeta_cache_lease_t  lease;
} lab_held[LAB_HELD];

static ngx_uint_t                      lab_nheld;
static ngx_http_urlmeta_cache_lease_t  lab_waited;
static uint64_t                        lab_waits;


void
lab_check(uint32_t id, uint32_t least, uint32_t most, ngx_uint_t variant,
    lab_card_t *card)
{
    char  text[700];

    lab_count(lab_shared->bodies);

    if (!lab_right(id, variant, card)) {
        lab_fail(&lab_shared->wrong, lab_complaint);
        return;
    }

    if (card->version < least || card->version > most) {
        snprintf(text, sizeof(text),
                 "key %u variant %u: version %u, not from %u to %u", id,
                 (unsigned) variant, card->version, least, most);
        lab_fail(&lab_shared->wrong, text);
    }
}


static void
lab_op_get(void)
{
    uint32_t    id, least, most;
    ngx_int_t   rc;
    ngx_uint_t  variant;
    lab_card_t  card;

    id = lab_random() % LAB_KEYS;
    variant = lab_random() % LAB_VARIANTS;
    least = __atomic_load_n(&lab_shared->completed[id], __ATOMIC_ACQUIRE);

    rc = lab_get(lab_shm, lab_pool, id, variant, &card);

    most = __atomic_load_n(&lab_shared->started[id], __ATOMIC_ACQUIRE);

    if (rc == NGX_OK) {
        lab_count(lab_shared->hits);
        lab_check(id, least, most, variant, &card);

    } else if (rc != NGX_DECLINED) {
        lab_fail(&lab_shared->failed, "get");
    }
}


static void
lab_op_put(uint32_t id)
{
    lab_card_t  card;

    ngx_memzero(&card, sizeof(lab_card_t));

    card.id = id;
    card.version = lab_count(lab_shared->started[id]);
    card.group = id % LAB_SLOTS;
    card.error = lab_random() % 8 == 0;
    card.len = card.error ? lab_between(50, 700) : lab_between(512, 16384);

    lab_make(&card);

    if (lab_put(lab_shm, &card) != NGX_OK) {
        lab_fail(&lab_shared->failed, "put");
    }

    __atomic_store_n(&lab_shared->completed[id], card.version,
                     __ATOMIC_RELEASE);
}


/* of what is there */

static void
lab_op_variant(uint32_t id)
{
    lab_card_t                      card, native;
    ngx_http_urlmeta_cache_meta_t  *meta;

    if (lab_get(lab_shm, lab_pool, id, 0, &native) != NGX_OK) {
        return;
    }

    ngx_memzero(&card, sizeof(lab_card_t));

    card.id = id;
    card.version = native.version;
    card.group = id % LAB_SLOTS;
    card.variant = 1;
    card.len = lab_between(512, 4096);

    lab_make(&card);

    meta = &card.entry.meta;
    meta->created = native.entry.meta.created;
    meta->expires = native.entry.meta.expires;

    if (lab_put(lab_shm, &card) == NGX_ERROR) {
        lab_fail(&lab_shared->failed, "put of a variant");
    }
}


/* all cards of this slot, which nobody else stores */

static void
lab_op_prefix(void)
{
    char        text[64];
    uint32_t    id, position, versions[LAB_KEYS];
    ngx_str_t   prefix;
    ngx_int_t   rc;
    ngx_uint_t  found;

    prefix.data = (u_char *) text;
    prefix.len = snprintf(text, sizeof(text), "https://site%u.example/",
                          (unsigned) ngx_process_slot);
    position = 0;
    found = 0;

    for (id = ngx_process_slot; id < LAB_KEYS; id += LAB_SLOTS) {
        versions[id] = lab_count(lab_shared->started[id]);
    }

    do {
        rc = ngx_http_urlmeta_cache_delete_prefix(lab_shm, &prefix, &position,
                                                  &found);
    } while (rc == NGX_AGAIN);

    for (id = ngx_process_slot; id < LAB_KEYS; id += LAB_SLOTS) {
        __atomic_store_n(&lab_shared->completed[id], versions[id],
                         __ATOMIC_RELEASE);
    }
}


static void
lab_op_lease(void)
{
    u_char                           key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                         id, pid;
    uint64_t                         now, deadline;
    ngx_int_t                        rc;
    lab_holder_t                    *holder;
    ngx_http_urlmeta_cache_lease_t   lease;

    if (lab_nheld == LAB_HELD) {
        lab_end(lab_random() % LAB_HELD);
        return;
    }

    id = lab_random() % LAB_KEYS;
    lab_key(key, id, 0);

    now = ngx_http_urlmeta_cache_now();
    rc = ngx_http_urlmeta_cache_lease(lab_shm, key, LAB_LEASE,
                                      lab_random() % 4 != 0, &lease);

    switch (rc) {

    case NGX_OK:
        holder = &lab_shared->holders[id];
        pid = holder->pid;
        deadline = holder->deadline;

        if (pid && pid != (uint32_t) ngx_pid && deadline > now
            && kill(pid, 0) == 0)
        {
            lab_fail(&lab_shared->failed, "two have one lease");
        }

        holder->deadline = now + LAB_LEASE;
        __atomic_store_n(&holder->pid, (uint32_t) ngx_pid, __ATOMIC_RELEASE);

        lab_held[lab_nheld].id = id;
        lab_held[lab_nheld].extended = 0;
        lab_held[lab_nheld++].lease = lease;
        break;

    case NGX_BUSY:
        lab_waited = lease;
        lab_waits = now;
        break;

    case NGX_DONE:
    case NGX_DECLINED:
        break;

    default:
        lab_fail(&lab_shared->failed, "lease");
    }
}


static void
lab_end(ngx_uint_t i)
{
    ngx_http_urlmeta_cache_result_t  result;

    if (lab_random() % 4 == 0 && !lab_held[i].extended) {
        ngx_http_urlmeta_cache_lease_extend(lab_shm, &lab_held[i].lease,
                                            LAB_LEASE);
        lab_held[i].extended = 1;
        return;
    }

    if (lab_shared->holders[lab_held[i].id].pid == (uint32_t) ngx_pid) {
        __atomic_store_n(&lab_shared->holders[lab_held[i].id].pid, 0,
                         __ATOMIC_RELEASE);
    }

    result.error = 7;
    result.upstream_status = 404;
    result.retry_after = 5;

    ngx_http_urlmeta_cache_lease_end(lab_shm, &lab_held[i].lease,
                                     lab_random() % 2 ? &result : NULL);

    lab_held[i] = lab_held[--lab_nheld];
}


static void
lab_op_poll(void)
{
    ngx_int_t                        rc;
    ngx_http_urlmeta_cache_result_t  result;

    if (lab_waits == 0) {
        return;
    }

    rc = ngx_http_urlmeta_cache_lease_poll(lab_shm, &lab_waited, &result);

    if (rc == NGX_AGAIN) {
        if (ngx_http_urlmeta_cache_now() - lab_waits > 2000) {
            lab_fail(&lab_shared->stuck, "a waiter hangs");
        }

        return;
    }

    lab_waits = 0;

    if (rc == NGX_OK
        && (result.error != 7 || result.upstream_status != 404
            || result.retry_after != 5))
    {
        lab_fail(&lab_shared->wrong, "the result of a lease");
    }
}


/* as saving does: what is live, one record a lock */

static void
lab_op_next(void)
{
    u_char                         key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    u_char                         expected[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    unsigned                       id;
    uint32_t                       position, least[LAB_KEYS];
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    lab_card_t                     card;

    position = lab_random() % lab_zone_cache->sh->nchunks;

    for (i = 0; i < LAB_KEYS; i++) {
        least[i] = __atomic_load_n(&lab_shared->completed[i],
                                   __ATOMIC_ACQUIRE);
    }

    for (i = 0; i < 8; i++) {
        ngx_http_urlmeta_cache_lock(lab_zone_cache);
        rc = ngx_http_urlmeta_cache_next(lab_zone_cache, &position, 64, key,
                                         &card.entry.meta);
        ngx_http_urlmeta_cache_unlock(lab_zone_cache);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc != NGX_OK) {
            continue;
        }

        ngx_http_urlmeta_cache_parts(&card.entry,
                                     ngx_http_urlmeta_cache_buffer);

        if (sscanf((char *) card.entry.url.data, "https://site%*u.example/%u",
                   &id) != 1 || id >= LAB_KEYS)
        {
            lab_fail(&lab_shared->wrong, "the url of a record");
            return;
        }

        lab_key(expected, id, key[NGX_HTTP_URLMETA_CACHE_VARIANT]);

        if (ngx_memcmp(key, expected, NGX_HTTP_URLMETA_CACHE_KEY_LEN) != 0) {
            lab_fail(&lab_shared->wrong, "the key of a record");
            return;
        }

        lab_check(id, least[id], lab_shared->started[id],
                  key[NGX_HTTP_URLMETA_CACHE_VARIANT], &card);
    }
}


/* what the one before this had leased can be leased again */

static void
lab_heir(ngx_uint_t inherit)
{
    u_char                          key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                        id, dead;
    ngx_int_t                       rc;
    lab_holder_t                   *holder;
    ngx_http_urlmeta_cache_lease_t  lease;

    dead = lab_shared->dead[ngx_process_slot];

    if (inherit) {
        ngx_http_urlmeta_cache_lease_inherit(lab_shm);
    }

    for (id = 0; id < LAB_KEYS; id++) {
        holder = &lab_shared->holders[id];

        if (dead == 0 || holder->pid != dead) {
            continue;
        }

        lab_count(lab_shared->dead_holders);

        while (!inherit
               && ngx_http_urlmeta_cache_now() <= holder->deadline
                                                  + LAB_LEASE)
        {
            sched_yield();
            ngx_time_update();
        }

        lab_key(key, id, 0);

        rc = ngx_http_urlmeta_cache_lease(lab_shm, key, LAB_LEASE, 1, &lease);

        if (rc == NGX_OK) {
            ngx_http_urlmeta_cache_lease_end(lab_shm, &lease, NULL);
            lab_count(lab_shared->leased_again);

        } else if (rc == NGX_BUSY
                   && lab_zone_cache->leases[lease.slot].pid == dead)
        {
            lab_fail(&lab_shared->stuck, "a dead one's lease");
        }

        (void) __atomic_compare_exchange_n(&holder->pid, &dead, 0, 0,
                                           __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED);
        dead = lab_shared->dead[ngx_process_slot];
    }
}


void
lab_worker(ngx_uint_t slot, uint64_t seed)
{
    u_char                         key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                       id, version;
    ngx_str_t                      host;
    ngx_uint_t                     n, op;
    ngx_http_urlmeta_cache_meta_t  meta;

    static const unsigned  chances[LAB_OPS] = {
        300, 330, 70, 60, 40, 3, 80, 30, 30, 30, 20, 1
    };

    ngx_pid = ngx_getpid();
    ngx_process_slot = slot;
    lab_seed(seed);
    ngx_time_update();
    lab_mortal = 1;

    lab_heir(seed % 8 != 0);

    while (!__atomic_load_n(&lab_shared->stop, __ATOMIC_RELAXED)) {

        n = lab_random() % 994;

        for (op = 0; op < LAB_OPS - 1 && n >= chances[op]; op++) {
            n -= chances[op];
        }

        id = (lab_random() % (LAB_KEYS / LAB_SLOTS)) * LAB_SLOTS + slot;
        lab_key(key, id, 0);
        ngx_time_update();

        switch (op) {

        case LAB_GET:
            lab_op_get();
            break;

        case LAB_PUT:
            lab_op_put(id);
            break;

        case LAB_VARIANT:
            lab_op_variant(id);
            break;

        case LAB_RENEW:
            ngx_memzero(&meta, sizeof(ngx_http_urlmeta_cache_meta_t));
            meta.created = ngx_http_urlmeta_cache_now();
            meta.expires = meta.created + lab_random() % 5000;
            (void) ngx_http_urlmeta_cache_renew(lab_shm, key, &meta);
            break;

        case LAB_DELETE:
            version = lab_count(lab_shared->started[id]);
            (void) ngx_http_urlmeta_cache_delete(lab_shm, key);
            __atomic_store_n(&lab_shared->completed[id], version,
                             __ATOMIC_RELEASE);
            break;

        case LAB_PREFIX:
            lab_op_prefix();
            break;

        case LAB_LEASED:
            lab_op_lease();
            break;

        case LAB_POLL:
            lab_op_poll();
            break;

        case LAB_USE:
            n = ngx_http_urlmeta_cache_use(lab_shm, key);

            if (n < 1 || n > 255) {
                lab_fail(&lab_shared->failed, "use");
            }

            break;

        case LAB_HOST:
            ngx_str_set(&host, "host0.example");
            key[0] = (u_char) lab_random() % 50;
            host.data = key;
            host.len = 8;

            /* one a millisecond, and five at once */

            if (ngx_http_urlmeta_cache_host(lab_shm, &host, 1000000, 5) > 2) {
                lab_fail(&lab_shared->failed, "host");
            }

            break;

        case LAB_NEXT:
            lab_op_next();
            break;

        case LAB_SAVE:
            ngx_http_urlmeta_cache_state_save(lab_shm, &lab_log);
            break;
        }

        lab_count(lab_shared->ops[op]);
        ngx_reset_pool(lab_pool);
    }

    while (lab_nheld) {
        lab_end(0);
    }

    _exit(0);
}
