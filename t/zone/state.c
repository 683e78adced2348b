
/*
 * The state file: saved and loaded, saved in steps, and damaged.
 *
 * state save FILE MEGABYTES CARDS
 * state damage FILE
 * state twice FILE
 */


#include "lab.h"

#include <sys/stat.h>
#include <time.h>


#define LAB_MAGIC  8               /* bytes before the version */


static int lab_save(const char *file, size_t megabytes, uint32_t cards);
static void lab_steps(ngx_shm_zone_t *zone);
static int lab_twice(const char *file);
static uint64_t lab_cpu_ns(void);
static int lab_compare(const void *a, const void *b);
static int lab_damage(const char *file);
static void lab_try(const char *file, const u_char *data, size_t len,
    const char *what);


static uint32_t  lab_tries;
static uint32_t  lab_bad;


static int
lab_save(const char *file, size_t megabytes, uint32_t cards)
{
    double                     seconds;
    uint32_t                   i, back, wrong, hits;
    uint64_t                   begin;
    lab_card_t                 card;
    ngx_pool_t                *pool;
    ngx_shm_zone_t            *zone;
    ngx_http_urlmeta_cache_t  *cache;

    (void) unlink(file);

    zone = lab_zone(megabytes * 1024 * 1024, 0, file, NULL);
    pool = ngx_create_pool(4096, &lab_log);

    for (i = 0; i < cards; i++) {
        ngx_memzero(&card, sizeof(lab_card_t));
        card.id = i;
        card.version = i % 7;
        card.len = lab_between(1000, 2000);
        card.error = i % 50 == 0;
        lab_make(&card);

        if (lab_put(zone, &card) != NGX_OK) {
            printf("put failed at %u\n", i);
            return 1;
        }
    }

    begin = lab_ns();
    ngx_http_urlmeta_cache_state_save(zone, &lab_log);
    printf("save: %.3f\n", (lab_ns() - begin) / 1e9);

    lab_steps(zone);
    lab_zone_free(zone);

    begin = lab_ns();
    zone = lab_zone(megabytes * 1024 * 1024, 0, file, NULL);
    seconds = (lab_ns() - begin) / 1e9;
    cache = lab_cache(zone);

    back = 0;
    wrong = 0;
    hits = 0;

    for (i = 0; i < cards; i++) {

        if (lab_get(zone, pool, i, 0, &card) == NGX_OK) {
            hits++;
            wrong += !lab_right(i, 0, &card) || card.version != i % 7;
        }

        ngx_reset_pool(pool);
    }

    back = cache->sh->loaded;

    printf("load: %.3f\n", seconds);
    printf("loaded: %u\n", back);
    printf("hits: %u\n", hits);
    printf("wrong: %u\n", wrong);
    printf("warnings: %u\n", (unsigned) lab_warnings);
    printf("walk: %s\n", lab_walk(cache) ? lab_walk(cache) : "whole");

    return 0;
}


static uint64_t
lab_cpu_ns(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


static int
lab_compare(const void *a, const void *b)
{
    const uint64_t  *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}


/* what a worker's timer calls; the clock is moved instead of waiting */

static void
lab_steps(ngx_shm_zone_t *zone)
{
    uint64_t                   begin, *times, *cpus, cpu, last;
    ngx_uint_t                 n, max;
    ngx_http_urlmeta_cache_t  *cache;

    cache = lab_cache(zone);
    cache->interval = 1000000;
    cache->sh->saved = 0;

    max = 100000;
    times = malloc(max * sizeof(uint64_t));
    cpus = malloc(max * sizeof(uint64_t));

    if (times == NULL || cpus == NULL
        || ngx_http_urlmeta_cache_state_start(zone, &lab_log) != NGX_OK)
    {
        lab_die("state_start()");
    }

    ngx_current_msec += 1000000000;
    cpu = 0;

    for (n = 0; n < max && cache->sh->saved == 0; n++) {
        begin = lab_ns();
        cpu = lab_cpu_ns();

        ngx_event_expire_timers();

        cpu = lab_cpu_ns() - cpu;
        times[n] = lab_ns() - begin;
        cpus[n] = cpu;
        ngx_current_msec += 5;
    }

    ngx_http_urlmeta_cache_state_stop(zone);

    printf("step first us: %.1f\n", times[0] / 1e3);
    printf("step last us: %.1f\n", times[n - 1] / 1e3);
    last = cpu;

    qsort(times, n, sizeof(uint64_t), lab_compare);

    /* without the last one */

    qsort(cpus, n - 1, sizeof(uint64_t), lab_compare);

    printf("steps: %u\n", (unsigned) n);
    printf("steps saved: %llu\n", (unsigned long long) cache->sh->saved);
    printf("step median us: %.1f\n", times[n / 2] / 1e3);
    printf("step p99 us: %.1f\n", times[n * 99 / 100] / 1e3);
    printf("step worst us: %.1f\n", times[n - 1] / 1e3);
    printf("step p99 cpu us: %.1f\n", cpus[n * 99 / 100] / 1e3);
    printf("step worst cpu us: %.1f\n", cpus[n - 2] / 1e3);
    printf("step last cpu us: %.1f\n", last / 1e3);

    free(times);
    free(cpus);
}


/* nothing of it must be loaded, and there must be one warning */

static void
lab_try(const char *file, const u_char *data, size_t len, const char *what)
{
    int              fd;
    const char      *said;
    ngx_shm_zone_t  *zone;

    fd = open(file, O_WRONLY|O_CREAT|O_TRUNC, 0600);

    if (fd == -1 || write(fd, data, len) != (ssize_t) len) {
        lab_die(file);
    }

    close(fd);

    lab_warnings = 0;
    lab_tries++;

    zone = lab_zone(1024 * 1024, 0, file, NULL);
    said = lab_walk(lab_cache(zone));

    if (said || lab_warnings != 1 || lab_cache(zone)->sh->loaded) {
        lab_bad++;
        printf("%s: %llu loaded, %u warnings, %s\n", what,
               (unsigned long long) lab_cache(zone)->sh->loaded,
               (unsigned) lab_warnings, said ? said : "whole");
    }

    lab_zone_free(zone);
}


static int
lab_damage(const char *file)
{
    int              fd;
    char             what[64];
    size_t           at;
    u_char          *data, *copy;
    uint32_t         i;
    lab_card_t       card;
    struct stat      st;
    ngx_shm_zone_t  *zone;

    (void) unlink(file);
    zone = lab_zone(1024 * 1024, 0, file, NULL);

    for (i = 0; i < 200; i++) {
        ngx_memzero(&card, sizeof(lab_card_t));
        card.id = i;
        card.version = 1;
        card.len = lab_between_log(512, 16384);
        lab_make(&card);
        (void) lab_put(zone, &card);
    }

    ngx_http_urlmeta_cache_state_save(zone, &lab_log);
    lab_zone_free(zone);

    lab_warnings = 0;
    zone = lab_zone(1024 * 1024, 0, file, NULL);
    printf("whole file: %llu loaded, %u warnings\n",
           (unsigned long long) lab_cache(zone)->sh->loaded,
           (unsigned) lab_warnings);
    lab_zone_free(zone);

    fd = open(file, O_RDONLY);

    if (fd == -1 || fstat(fd, &st) == -1) {
        lab_die(file);
    }

    data = malloc(st.st_size);
    copy = malloc(st.st_size);

    if (data == NULL || copy == NULL
        || read(fd, data, st.st_size) != st.st_size)
    {
        lab_die(file);
    }

    close(fd);

    /* each bit of what begins and ends it, and some of the rest */

    for (i = 0; i < 32 * 8 + 24 * 8 + 200; i++) {

        if (i < 32 * 8) {
            at = i;

        } else if (i < 32 * 8 + 24 * 8) {
            at = st.st_size * 8 - 1 - (i - 32 * 8);

        } else {
            at = lab_random() % ((size_t) st.st_size * 8);
        }

        ngx_memcpy(copy, data, st.st_size);
        copy[at / 8] ^= 1 << (at % 8);
        snprintf(what, sizeof(what), "bit %u of byte %u", (unsigned) at % 8,
                 (unsigned) at / 8);
        lab_try(file, copy, st.st_size, what);
    }

    for (i = 0; i < 100; i++) {
        at = i < 60 ? i : lab_random() % st.st_size;
        snprintf(what, sizeof(what), "cut at %u", (unsigned) at);
        lab_try(file, data, at, what);

        at = st.st_size - 1 - at;
        snprintf(what, sizeof(what), "cut at %u", (unsigned) at);
        lab_try(file, data, at, what);
    }

    /* longer than it was, and a version before this */

    ngx_memcpy(copy, data, st.st_size);
    copy[LAB_MAGIC]--;
    lab_try(file, copy, st.st_size, "another version");

    for (i = 0; i < (uint32_t) st.st_size; i++) {
        copy[i] = (u_char) lab_random();
    }

    lab_try(file, copy, st.st_size, "noise");
    lab_try(file, (u_char *) "#!/bin/sh\n", 10, "a script");
    lab_try(file, (u_char *) "", 0, "empty");

    printf("tries: %u\n", lab_tries);
    printf("bad: %u\n", lab_bad);

    /* none is nothing to warn of; a directory is */

    (void) unlink(file);
    lab_warnings = 0;
    zone = lab_zone(1024 * 1024, 0, file, NULL);
    printf("no file: %u\n", (unsigned) lab_warnings);
    lab_zone_free(zone);

    (void) mkdir(file, 0700);
    lab_warnings = 0;
    zone = lab_zone(1024 * 1024, 0, file, NULL);
    printf("directory: %u\n", (unsigned) lab_warnings);
    lab_zone_free(zone);
    (void) rmdir(file);

    (void) mkfifo(file, 0600);
    lab_warnings = 0;
    zone = lab_zone(1024 * 1024, 0, file, NULL);
    printf("pipe: %u\n", (unsigned) lab_warnings);
    lab_zone_free(zone);
    (void) unlink(file);

    free(data);
    free(copy);

    return 0;
}


/*
 * Cards that are replaced while the zone is saved: none comes back in an older
 * version than the one of the same time, and none in two formats that differ.
 */

static int
lab_twice(const char *file)
{
    uint32_t                   i, old, differ, both, version[400];
    lab_card_t                 card, other;
    ngx_pool_t                *pool;
    ngx_shm_zone_t            *zone;
    ngx_http_urlmeta_cache_t  *cache;

    (void) unlink(file);
    zone = lab_zone(4 * 1024 * 1024, 0, file, NULL);
    cache = lab_cache(zone);
    cache->interval = 1000000;
    pool = ngx_create_pool(4096, &lab_log);

    if (ngx_http_urlmeta_cache_state_start(zone, &lab_log) != NGX_OK) {
        lab_die("state_start()");
    }

    ngx_memzero(version, sizeof(version));

    for (i = 0; cache->sh->saved == 0 && i < 100000; i++) {

        ngx_memzero(&card, sizeof(lab_card_t));
        card.id = lab_random() % 400;
        card.version = ++version[card.id];
        card.len = 1000 + lab_random() % 3000;
        lab_make(&card);
        (void) lab_put(zone, &card);

        other = card;
        other.variant = 1;
        lab_make(&other);
        other.entry.meta.created = card.entry.meta.created;
        (void) lab_put(zone, &other);

        if (i == 2000) {
            ngx_current_msec += 1000000000;
        }

        if (i > 2000 && i % 20 == 0) {
            ngx_event_expire_timers();
            ngx_current_msec += 5;
        }
    }

    ngx_http_urlmeta_cache_state_stop(zone);
    lab_zone_free(zone);

    zone = lab_zone(4 * 1024 * 1024, 0, file, NULL);
    cache = lab_cache(zone);

    old = 0;
    differ = 0;
    both = 0;

    for (i = 0; i < 400; i++) {

        if (lab_get(zone, pool, i, 0, &card) != NGX_OK) {
            continue;
        }

        old += !lab_right(i, 0, &card);

        if (lab_get(zone, pool, i, 1, &other) == NGX_OK) {
            both++;
            differ += card.version != other.version;
        }

        ngx_reset_pool(pool);
    }

    printf("loaded: %u\n", (unsigned) cache->sh->loaded);
    printf("cards: %u\n",
           cache->sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].nrecords);
    printf("both: %u\n", both);
    printf("differ: %u\n", differ);
    printf("wrong: %u\n", old);
    printf("walk: %s\n", lab_walk(cache) ? lab_walk(cache) : "whole");

    return 0;
}


int
main(int argc, char *argv[])
{
    lab_init();
    ngx_time_update();

    if (argc == 5 && strcmp(argv[1], "save") == 0) {
        return lab_save(argv[2], atoi(argv[3]), atoi(argv[4]));
    }

    if (argc == 3 && strcmp(argv[1], "damage") == 0) {
        return lab_damage(argv[2]);
    }

    if (argc == 3 && strcmp(argv[1], "twice") == 0) {
        return lab_twice(argv[2]);
    }

    fprintf(stderr, "state save|damage|twice ...\n");

    return 2;
}
