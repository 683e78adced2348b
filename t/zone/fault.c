
/*
 * Processes that use one small full zone and die in the middle of it, and a
 * parent that does for them what nginx's master does for a dead worker.
 *
 * fault-kill KILLS SEED DIRECTORY POINT...
 *
 * A point that is armed kills whoever passes it.  The parent arms the points
 * that had the fewest deaths, and walks the zone after each.
 */


#include "lab.h"
#include "ngx_http_urlmeta_wake.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>


#define LAB_SLOTS    4
#define LAB_KEYS     96
#define LAB_POINTS   1000
#define LAB_ARMED    10
#define LAB_LIFE     400           /* operations, on the average */
#define LAB_LEASE    30            /* ms */
#define LAB_SIZE     (256 * 1024)
#define LAB_HELD     2
#define LAB_LINGER   5000


enum {
    LAB_GET = 0,
    LAB_PUT,
    LAB_VARIANT,
    LAB_RENEW,
    LAB_DELETE,
    LAB_PREFIX,
    LAB_LEASED,
    LAB_POLL,
    LAB_USE,
    LAB_HOST,
    LAB_NEXT,
    LAB_SAVE,
    LAB_OPS
};


typedef struct {
    uint32_t                        pid;
    uint64_t                        deadline;
} lab_holder_t;


typedef struct {
    uint32_t                        armed[LAB_POINTS];
    uint32_t                        kills[LAB_POINTS];
    uint64_t                        passed[LAB_POINTS];
    uint32_t                        started[LAB_KEYS];
    uint32_t                        completed[LAB_KEYS];
    lab_holder_t                    holders[LAB_KEYS];
    uint64_t                        ops[LAB_OPS];
    uint64_t                        hits;
    uint64_t                        dead_holders;
    uint64_t                        leased_again;
    uint64_t                        bodies;
    uint64_t                        wrong;
    uint64_t                        failed;
    uint64_t                        stuck;
    uint32_t                        dead[LAB_SLOTS];
    uint32_t                        stop;
    char                            what[512];
} lab_shared_t;


static void lab_fail(uint64_t *counter, const char *what);
static ngx_uint_t lab_dies(unsigned n);
static void lab_alarm(int signo);
static void lab_now(void);
static void lab_check(uint32_t id, uint32_t least, uint32_t most,
    ngx_uint_t variant, lab_card_t *card);
static void lab_op_get(void);
static void lab_op_put(uint32_t id);
static void lab_op_variant(uint32_t id);
static void lab_op_prefix(void);
static void lab_op_lease(void);
static void lab_op_poll(void);
static void lab_op_next(void);
static void lab_end(ngx_uint_t i);
static void lab_heir(ngx_uint_t inherit);
static void lab_worker(ngx_uint_t slot, uint64_t seed);
static void lab_start(ngx_uint_t slot);
static ngx_uint_t lab_reap(int flags);
static void lab_arm(void);
static void lab_arm_point(uint32_t n, uint64_t ops);
static void lab_look(void);
static void lab_last(void);


static lab_shared_t              *lab_shared;
static ngx_shm_zone_t            *lab_shm;
static ngx_http_urlmeta_cache_t  *lab_zone_cache;
static ngx_pool_t                *lab_pool;
static ngx_uint_t                 lab_mortal;

static pid_t                      lab_pids[LAB_SLOTS];
static uint32_t                   lab_points[LAB_POINTS];
static ngx_uint_t                 lab_npoints;
static uint32_t                   lab_armed_at[LAB_POINTS];
static uint32_t                   lab_kills;
static uint64_t                   lab_seed0;

static struct {
    uint32_t                        id;
    ngx_uint_t                      extended;
    ngx_http_urlmeta_cache_lease_t  lease;
} lab_held[LAB_HELD];
static ngx_uint_t                 lab_nheld;

static ngx_http_urlmeta_cache_lease_t  lab_waited;
static uint64_t                   lab_waits;


#define lab_count(n)  __atomic_add_fetch(&(n), 1, __ATOMIC_RELAXED)


static void
lab_fail(uint64_t *counter, const char *what)
{
    if (lab_count(*counter) == 1 && lab_shared->what[0] == '\0') {
        snprintf(lab_shared->what, sizeof(lab_shared->what),
                 "after %u kills: %s", lab_kills, what);
    }
}


/* the points of a build for tests: ngx_http_urlmeta_cache_zone.h */

void
ngx_http_urlmeta_cache_fault(unsigned n)
{
    if (lab_dies(n)) {
        raise(SIGKILL);
    }
}


void
ngx_http_urlmeta_cache_fault_copy(unsigned n, void *to, const void *from,
    size_t len)
{
    if (lab_dies(n)) {
        ngx_memcpy(to, from, lab_random() % (len + 1));
        raise(SIGKILL);
    }

    ngx_memcpy(to, from, len);
}


static ngx_uint_t
lab_dies(unsigned n)
{
    uint32_t  left;

    if (!lab_mortal) {
        return 0;
    }

    lab_count(lab_shared->passed[n]);

    left = __atomic_load_n(&lab_shared->armed[n], __ATOMIC_RELAXED);

    while (left) {
        if (__atomic_compare_exchange_n(&lab_shared->armed[n], &left, left - 1,
                                        0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        {
            if (left == 1) {
                lab_count(lab_shared->kills[n]);
                return 1;
            }

            break;
        }
    }

    return 0;
}


static void
lab_alarm(int signo)
{
    printf("hangs after %u kills; mutex of %u, dirty %u, sequence %llu\n",
           lab_kills, (unsigned) *lab_zone_cache->shpool->mutex.lock,
           lab_zone_cache->sh->dirty,
           (unsigned long long) lab_zone_cache->sh->sequence);
    fflush(stdout);
    _exit(3);
}


static void
lab_now(void)
{
    ngx_time_update();
}


static void
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
            lab_now();
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


static void
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
    lab_now();
    lab_mortal = 1;

    lab_heir(seed % 8 != 0);

    while (!__atomic_load_n(&lab_shared->stop, __ATOMIC_RELAXED)) {

        n = lab_random() % 994;

        for (op = 0; op < LAB_OPS - 1 && n >= chances[op]; op++) {
            n -= chances[op];
        }

        id = (lab_random() % (LAB_KEYS / LAB_SLOTS)) * LAB_SLOTS + slot;
        lab_key(key, id, 0);
        lab_now();

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


static void
lab_start(ngx_uint_t slot)
{
    pid_t            pid;
    static uint64_t  n;

    n++;

    pid = fork();

    if (pid == -1) {
        lab_die("fork()");
    }

    if (pid == 0) {
        alarm(0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        lab_worker(slot, lab_seed0 + n);
    }

    lab_pids[slot] = pid;
}


/* as ngx_unlock_mutexes() */

static ngx_uint_t
lab_reap(int flags)
{
    int         status;
    pid_t       pid;
    ngx_uint_t  slot;

    pid = waitpid(-1, &status, flags);

    if (pid <= 0) {
        return 0;
    }

    for (slot = 0; slot < LAB_SLOTS && lab_pids[slot] != pid; slot++) {
        /* void */
    }

    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        snprintf(lab_complaint, sizeof(lab_complaint),
                 "a worker ended by itself, status %x", status);
        lab_fail(&lab_shared->failed, lab_complaint);
    }

    (void) ngx_shmtx_force_unlock(&lab_zone_cache->shpool->mutex, pid);

    lab_kills++;
    lab_shared->dead[slot] = pid;
    lab_arm();
    lab_start(slot);

    alarm(30);

    return 1;
}


static void
lab_arm(void)
{
    uint32_t    n, best, kills;
    uint64_t    ops;
    ngx_uint_t  i, armed;

    for (ops = 1, i = 0; i < LAB_OPS; i++) {
        ops += lab_shared->ops[i];
    }

    for ( ;; ) {
        armed = 0;
        best = LAB_POINTS;
        kills = (uint32_t) -1;

        for (i = 0; i < lab_npoints; i++) {
            n = lab_points[i];

            if (lab_shared->armed[n]) {

                /* one that is rarely passed stays, and takes nobody's place */

                armed += lab_kills - lab_armed_at[n] < 4 * LAB_ARMED;
                continue;
            }

            if (lab_shared->kills[n] < kills) {
                kills = lab_shared->kills[n];
                best = n;
            }
        }

        if (armed >= LAB_ARMED || best == LAB_POINTS) {
            break;
        }

        lab_arm_point(best, ops);
    }

    /* some are passed after a death only: that must come first */

    for (armed = 0; armed < 2; /* void */ ) {
        n = lab_points[lab_random() % lab_npoints];

        if (lab_shared->passed[n] * 20 > ops || ops < 1000) {
            armed++;

            if (lab_shared->armed[n] == 0) {
                lab_arm_point(n, ops);
            }
        }
    }
}


/* so that there is time to use what the last one left */

static void
lab_arm_point(uint32_t n, uint64_t ops)
{
    lab_armed_at[n] = lab_kills;

    __atomic_store_n(&lab_shared->armed[n],
                     1 + lab_random()
                         % (2 * LAB_LIFE * lab_shared->passed[n] / ops + 1),
                     __ATOMIC_RELAXED);
}


/* who locks it next, a survivor or not, repairs it: then it must be whole */

static void
lab_look(void)
{
    char                            text[400];
    uint64_t                        now;
    const char                     *said;
    ngx_uint_t                      i;
    ngx_http_urlmeta_cache_sh_t    *sh;
    ngx_http_urlmeta_cache_slot_t  *slot;

    sh = lab_zone_cache->sh;

    /* it must not wait for a dead one: nobody else would unlock that */

    for ( ;; ) {

        if (ngx_shmtx_trylock(&lab_zone_cache->shpool->mutex)) {

            if (!sh->dirty && !(sh->sequence & 1)) {
                break;
            }

            ngx_shmtx_unlock(&lab_zone_cache->shpool->mutex);
        }

        (void) lab_reap(WNOHANG);
        sched_yield();
    }

    said = lab_walk(lab_zone_cache);

    lab_now();
    now = ngx_http_urlmeta_cache_now();

    for (i = 0; i < sh->nleases; i++) {
        slot = &lab_zone_cache->leases[i];

        if ((int64_t) (slot->deadline - now)
            > (slot->state == NGX_HTTP_URLMETA_CACHE_HELD ? LAB_LEASE
                                                          : LAB_LINGER))
        {
            snprintf(text, sizeof(text), "a lease in state %u for %lld ms",
                     slot->state, (long long) (slot->deadline - now));
            lab_fail(&lab_shared->stuck, text);
        }
    }

    ngx_shmtx_unlock(&lab_zone_cache->shpool->mutex);

    if (said) {
        snprintf(text, sizeof(text), "%s", said);
        lab_fail(&lab_shared->failed, text);
    }
}


/* when all are gone */

static void
lab_last(void)
{
    u_char                          key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                        id;
    uint64_t                        now;
    lab_card_t                      card;
    ngx_http_urlmeta_cache_lease_t  lease;

    lab_now();
    now = ngx_http_urlmeta_cache_now();

    while (ngx_http_urlmeta_cache_now() < now + LAB_LEASE + 5) {
        lab_now();
    }

    for (id = 0; id < LAB_KEYS; id++) {
        lab_key(key, id, 0);

        if (ngx_http_urlmeta_cache_lease(lab_shm, key, LAB_LEASE, 1, &lease)
            != NGX_OK)
        {
            lab_fail(&lab_shared->stuck, "a lease at the end");
            continue;
        }

        ngx_http_urlmeta_cache_lease_end(lab_shm, &lease, NULL);

        if (lab_get(lab_shm, lab_pool, id, 0, &card) == NGX_OK) {
            lab_check(id, lab_shared->completed[id], lab_shared->started[id],
                      0, &card);
        }
    }

    lab_look();
}


int
main(int argc, char *argv[])
{
    char         file[1024];
    uint32_t     kills, n;
    uint64_t     begin;
    ngx_uint_t   i, slot;

    static const char  *names[LAB_OPS] = {
        "get", "put", "put of a variant", "renew", "delete", "delete_prefix",
        "lease", "poll", "use", "host", "next", "save"
    };

    if (argc < 5) {
        fprintf(stderr, "fault-kill KILLS SEED DIRECTORY POINT...\n");
        return 2;
    }

    kills = atoi(argv[1]);
    lab_seed0 = atoll(argv[2]) * 1000003;
    snprintf(file, sizeof(file), "%s/fault.state", argv[3]);

    (void) unlink(file);

    lab_init();
    lab_seed(lab_seed0);
    ngx_http_urlmeta_wake_init_module((ngx_cycle_t *) ngx_cycle, LAB_SLOTS);

    lab_shared = mmap(NULL, sizeof(lab_shared_t), PROT_READ|PROT_WRITE,
                      MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (lab_shared == MAP_FAILED) {
        lab_die("mmap()");
    }

    for (i = 4; i < (ngx_uint_t) argc; i++) {
        lab_points[lab_npoints++] = atoi(argv[i]);
    }

    lab_shm = lab_zone(LAB_SIZE, 0, file, NULL);
    lab_zone_cache = lab_cache(lab_shm);
    lab_pool = ngx_create_pool(4096, &lab_log);

    /* ms: some are not asked for that long */

    lab_zone_cache->inactive = 20;

    signal(SIGALRM, lab_alarm);
    alarm(30);

    /* much happens while the zone fills, and never again */

    for (i = 0; i < lab_npoints; i++) {
        lab_shared->armed[lab_points[i]] = lab_between(1, 8);
    }

    begin = lab_ns();

    for (slot = 0; slot < LAB_SLOTS; slot++) {
        lab_start(slot);
    }

    while (lab_kills < kills) {

        if (lab_reap(0)) {
            lab_look();
        }

        if (lab_shared->what[0]) {
            break;
        }
    }

    ngx_memzero(lab_shared->armed, sizeof(lab_shared->armed));
    lab_shared->stop = 1;

    /* those may have died meanwhile */

    for (slot = 0; slot < LAB_SLOTS; slot++) {
        waitpid(lab_pids[slot], NULL, 0);
        (void) ngx_shmtx_force_unlock(&lab_zone_cache->shpool->mutex,
                                      lab_pids[slot]);
    }

    ngx_http_urlmeta_cache_lock(lab_zone_cache);
    ngx_http_urlmeta_cache_unlock(lab_zone_cache);

    lab_last();

    printf("kills: %u\n", lab_kills);
    printf("seconds: %.1f\n", (lab_ns() - begin) / 1e9);

    for (n = 0, i = 0; i < lab_npoints; i++) {
        printf("point %u: %u of %llu\n", lab_points[i],
               lab_shared->kills[lab_points[i]],
               (unsigned long long) lab_shared->passed[lab_points[i]]);
        n += lab_shared->kills[lab_points[i]] != 0;
    }

    for (i = 0; i < LAB_OPS; i++) {
        printf("%s: %llu\n", names[i],
               (unsigned long long) lab_shared->ops[i]);
    }

    printf("points hit: %u of %u\n", n, (unsigned) lab_npoints);
    printf("hits: %llu\n", (unsigned long long) lab_shared->hits);
    printf("bodies read: %llu\n", (unsigned long long) lab_shared->bodies);
    printf("repairs: %llu\n",
           (unsigned long long) lab_zone_cache->sh->repairs);
    printf("repair drops: %llu\n",
           (unsigned long long) lab_zone_cache->sh->repair_drops);
    printf("evictions: %llu\n",
           (unsigned long long) lab_zone_cache->sh->evictions);
    printf("dead holders: %llu\n",
           (unsigned long long) lab_shared->dead_holders);
    printf("leased again: %llu\n",
           (unsigned long long) lab_shared->leased_again);
    printf("wrong: %llu\n", (unsigned long long) lab_shared->wrong);
    printf("failed: %llu\n", (unsigned long long) lab_shared->failed);
    printf("stuck: %llu\n", (unsigned long long) lab_shared->stuck);
    printf("what: %s\n", lab_shared->what);

    return 0;
}
