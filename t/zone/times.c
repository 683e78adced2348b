
/*
 * How long the lock is held, and what an operation takes while others use the
 * zone.
 *
 * times hold put|full|renew|delete BYTES TIMES
 * times contend PROCESSES READS SECONDS BYTES
 *
 * READS of 1,000 operations are hits, the others stores.  The linker puts the
 * __wrap_ functions between the cache and nginx's mutex.
 */


#include "lab.h"

#include <sys/wait.h>


#define LAB_BINS   1024            /* 16 a doubling, of nanoseconds */
#define LAB_CARDS  4096
#define LAB_MAX    64


typedef struct {
    uint64_t    bins[LAB_BINS];
    uint64_t    count;
    uint64_t    sum;
    uint64_t    worst;
} lab_times_t;


typedef struct {
    lab_times_t  times;
    lab_times_t  held;
    uint64_t     gets;
    uint64_t     missed;
    uint64_t     wrong;
    uint64_t     reads;            /* beginnings of one */
    uint64_t     locked;           /* gets that took the lock */
} lab_process_t;


void __real_ngx_shmtx_lock(ngx_shmtx_t *mtx);
void __real_ngx_shmtx_unlock(ngx_shmtx_t *mtx);
ngx_int_t __real_ngx_http_urlmeta_cache_read(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta, uint32_t *found);

void __wrap_ngx_shmtx_lock(ngx_shmtx_t *mtx);
void __wrap_ngx_shmtx_unlock(ngx_shmtx_t *mtx);
ngx_int_t __wrap_ngx_http_urlmeta_cache_read(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta, uint32_t *found);

static ngx_uint_t lab_bin(uint64_t ns);
static void lab_add(lab_times_t *times, uint64_t ns);
static void lab_join(lab_times_t *to, lab_times_t *from);
static double lab_part(lab_times_t *times, double part);
static void lab_say(const char *what, lab_times_t *times);
static void lab_store(ngx_shm_zone_t *zone, lab_card_t *card, uint32_t id,
    size_t len);
static int lab_hold(const char *op, size_t len, uint32_t times);
static void lab_use(ngx_shm_zone_t *zone, ngx_uint_t reads, double seconds,
    size_t len);
static int lab_contend(ngx_uint_t processes, ngx_uint_t reads, double seconds,
    size_t len);


static lab_process_t  *lab_processes;
static lab_process_t  *lab_process;
static uint64_t        lab_locked_at;
static uint64_t        lab_locks;


void
__wrap_ngx_shmtx_lock(ngx_shmtx_t *mtx)
{
    __real_ngx_shmtx_lock(mtx);

    lab_locks++;
    lab_locked_at = lab_ns();
}


void
__wrap_ngx_shmtx_unlock(ngx_shmtx_t *mtx)
{
    uint64_t  ns;

    ns = lab_ns() - lab_locked_at;

    __real_ngx_shmtx_unlock(mtx);

    lab_add(&lab_process->held, ns);
}


ngx_int_t
__wrap_ngx_http_urlmeta_cache_read(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta, uint32_t *found)
{
    lab_process->reads++;

    return __real_ngx_http_urlmeta_cache_read(cache, key, meta, found);
}


static ngx_uint_t
lab_bin(uint64_t ns)
{
    ngx_uint_t  shift;

    for (shift = 0; (ns >> shift) >= 32; shift++) { /* void */ }

    return ngx_min(shift * 16 + (ns >> shift), LAB_BINS - 1);
}


static void
lab_add(lab_times_t *times, uint64_t ns)
{
    times->bins[lab_bin(ns)]++;
    times->count++;
    times->sum += ns;
    times->worst = ngx_max(times->worst, ns);
}


static void
lab_join(lab_times_t *to, lab_times_t *from)
{
    ngx_uint_t  i;

    for (i = 0; i < LAB_BINS; i++) {
        to->bins[i] += from->bins[i];
    }

    to->count += from->count;
    to->sum += from->sum;
    to->worst = ngx_max(to->worst, from->worst);
}


/* the upper end of the bin in which it is */

static double
lab_part(lab_times_t *times, double part)
{
    uint64_t    n;
    ngx_uint_t  i, shift;

    n = 0;

    for (i = 0; i < LAB_BINS; i++) {
        n += times->bins[i];

        if (times->count && n >= times->count * part) {
            break;
        }
    }

    if (i < 32) {
        return i;
    }

    shift = i / 16 - 1;

    return (double) ((uint64_t) (i - shift * 16 + 1) << shift);
}


static void
lab_say(const char *what, lab_times_t *times)
{
    printf("%s: mean %.0f p50 %.0f p99 %.0f p99.9 %.0f worst %llu ns of "
           "%llu\n", what,
           times->count ? (double) times->sum / times->count : 0,
           lab_part(times, 0.5), lab_part(times, 0.99),
           lab_part(times, 0.999), (unsigned long long) times->worst,
           (unsigned long long) times->count);
}


static void
lab_store(ngx_shm_zone_t *zone, lab_card_t *card, uint32_t id, size_t len)
{
    ngx_memzero(card, sizeof(lab_card_t));

    card->id = id;
    card->version = 1;
    card->len = len;

    lab_make(card);
}


static int
lab_hold(const char *op, size_t len, uint32_t times)
{
    u_char                         key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                       i;
    ngx_uint_t                     full;
    lab_card_t                     card;
    lab_process_t                  own;
    ngx_shm_zone_t                *zone;
    ngx_http_urlmeta_cache_meta_t  meta;

    ngx_memzero(&own, sizeof(lab_process_t));
    lab_process = &own;

    full = strcmp(op, "full") == 0;

    /* one that these cards fill three times, or a third of */

    zone = lab_zone(full ? LAB_CARDS * len / 3
                         : LAB_CARDS * (len + 600) * 3 + 1048576,
                    0, NULL, NULL);

    for (i = 0; i < LAB_CARDS; i++) {
        lab_store(zone, &card, i, len);
        (void) lab_put(zone, &card);
    }

    ngx_memzero(&own, sizeof(lab_process_t));

    for (i = 0; i < times; i++) {
        lab_key(key, i % LAB_CARDS, 0);

        if (strcmp(op, "renew") == 0) {
            ngx_memzero(&meta, sizeof(ngx_http_urlmeta_cache_meta_t));
            (void) ngx_http_urlmeta_cache_renew(zone, key, &meta);

        } else if (strcmp(op, "delete") == 0) {
            (void) ngx_http_urlmeta_cache_delete(zone, key);

        } else {
            lab_store(zone, &card, i % LAB_CARDS, len);
            (void) lab_put(zone, &card);
        }
    }

    lab_say("held", &own.held);

    return 0;
}


static void
lab_use(ngx_shm_zone_t *zone, ngx_uint_t reads, double seconds, size_t len)
{
    u_char       key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t     id;
    uint64_t     begin, end, locks;
    ngx_uint_t   put;
    lab_card_t   card, found;
    ngx_pool_t  *pool;

    pool = ngx_create_pool(64 * 1024, &lab_log);
    end = lab_ns() + seconds * 1e9;

    for ( ;; ) {
        id = lab_random() % LAB_CARDS;
        put = lab_random() % 1000 >= reads;
        lab_key(key, id, 0);

        if (put) {
            lab_store(zone, &card, id, len);
        }

        locks = lab_locks;
        begin = lab_ns();

        if (put) {
            (void) ngx_http_urlmeta_cache_put(zone, key, &card.entry, 1);
            lab_add(&lab_process->times, lab_ns() - begin);

        } else {
            if (ngx_http_urlmeta_cache_get(zone, key, pool, &found.entry)
                != NGX_OK)
            {
                lab_process->missed++;
            }

            lab_add(&lab_process->times, lab_ns() - begin);

            lab_process->gets++;
            lab_process->locked += lab_locks != locks;

            if (lab_process->gets % 64 == 0) {
                lab_process->wrong += !lab_right(id, 0, &found);
            }
        }

        ngx_reset_pool(pool);

        if (begin > end) {
            break;
        }
    }

    _exit(0);
}


static int
lab_contend(ngx_uint_t processes, ngx_uint_t reads, double seconds,
    size_t len)
{
    uint32_t         i;
    lab_card_t       card;
    lab_process_t    all, *p;
    ngx_shm_zone_t  *zone;

    lab_processes = mmap(NULL, LAB_MAX * sizeof(lab_process_t),
                         PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1,
                         0);

    if (lab_processes == MAP_FAILED || processes > LAB_MAX) {
        lab_die("mmap()");
    }

    lab_process = &all;
    zone = lab_zone(LAB_CARDS * (len + 600) * 2 + 1048576, 0, NULL, NULL);

    for (i = 0; i < LAB_CARDS; i++) {
        lab_store(zone, &card, i, len);
        (void) lab_put(zone, &card);
    }

    for (i = 0; i < processes; i++) {

        if (fork() == 0) {
            ngx_pid = ngx_getpid();
            lab_seed(i + 1);
            lab_process = &lab_processes[i];
            lab_use(zone, reads, seconds, len);
        }
    }

    ngx_memzero(&all, sizeof(lab_process_t));

    for (i = 0; i < processes; i++) {
        (void) wait(NULL);
    }

    for (i = 0; i < processes; i++) {
        p = &lab_processes[i];
        lab_join(&all.times, &p->times);
        lab_join(&all.held, &p->held);
        all.gets += p->gets;
        all.missed += p->missed;
        all.wrong += p->wrong;
        all.reads += p->reads;
        all.locked += p->locked;
    }

    printf("rate: %.0f\n", all.times.count / seconds);
    lab_say("operation", &all.times);
    lab_say("held", &all.held);
    printf("gets: %llu\n", (unsigned long long) all.gets);
    printf("missed: %llu\n", (unsigned long long) all.missed);
    printf("wrong: %llu\n", (unsigned long long) all.wrong);
    printf("read again: %lld\n", (long long) (all.reads - all.gets));
    printf("locked: %llu\n", (unsigned long long) all.locked);
    printf("walk: %s\n",
           lab_walk(lab_cache(zone)) ? lab_walk(lab_cache(zone)) : "whole");

    return 0;
}


int
main(int argc, char *argv[])
{
    lab_init();
    ngx_time_update();

    if (argc == 5 && strcmp(argv[1], "hold") == 0) {
        return lab_hold(argv[2], atoi(argv[3]), atoi(argv[4]));
    }

    if (argc == 6 && strcmp(argv[1], "contend") == 0) {
        return lab_contend(atoi(argv[2]), atoi(argv[3]), atof(argv[4]),
                           atoi(argv[5]));
    }

    fprintf(stderr, "times hold|contend ...\n");

    return 2;
}
