
/*
 * Processes that use one small full zone and die in the middle of it, and a
 * parent that does for them what nginx's master does for a dead worker.
 *
 * fault-kill KILLS SEED DIRECTORY POINT...
 *
 * A point that is armed kills whoever passes it.  The parent arms the points
 * that had the fewest deaths, and walks the zone after each.
 */


#include "fault.h"
#include "ngx_http_urlmeta_wake.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>


static ngx_uint_t lab_dies(unsigned n);
static void lab_alarm(int signo);
static void lab_start(ngx_uint_t slot);
static ngx_uint_t lab_reap(int flags);
static void lab_arm(void);
static void lab_arm_point(uint32_t n, uint64_t ops);
static void lab_look(void);
static void lab_last(void);


lab_shared_t              *lab_shared;
ngx_shm_zone_t            *lab_shm;
ngx_http_urlmeta_cache_t  *lab_zone_cache;
ngx_pool_t                *lab_pool;
ngx_uint_t                 lab_mortal;

static pid_t               lab_pids[LAB_SLOTS];
static uint32_t            lab_points[LAB_POINTS];
static ngx_uint_t          lab_npoints;
static uint32_t            lab_armed_at[LAB_POINTS];
static uint32_t            lab_kills;
static uint64_t            lab_seed0;


void
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

    ngx_time_update();
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

    ngx_time_update();
    now = ngx_http_urlmeta_cache_now();

    while (ngx_http_urlmeta_cache_now() < now + LAB_LEASE + 5) {
        ngx_time_update();
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
