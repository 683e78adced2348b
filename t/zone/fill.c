
/*
 * Zones that are filled in some way, and what is in them afterwards.
 *
 * fill churn MEGABYTES uniform|log|BYTES PUTS
 * fill distinct MEGABYTES KEYS
 * fill repair MEGABYTES
 * fill errors MEGABYTES CARDS KEYS
 * fill make FILE MEGABYTES CARDS
 * fill get|put FILE MEGABYTES CARDS TIMES
 *
 * The last two use a zone in a file, so that what is counted or measured does
 * not begin with filling it.
 */


#include "lab.h"


/* of a card that has one chunk */
#define LAB_SMALL  40


static void lab_clock(void);
static void lab_card(lab_card_t *card, uint32_t id, size_t len,
    ngx_uint_t error);
static void lab_walked(ngx_shm_zone_t *zone);
static int lab_churn(size_t megabytes, const char *sizes, uint32_t puts);
static int lab_distinct(size_t megabytes, uint32_t keys);
static int lab_repaired(size_t megabytes);
static int lab_errors(size_t megabytes, uint32_t cards, uint32_t keys);
static int lab_file_make(const char *file, size_t megabytes, uint32_t cards);
static int lab_file_use(const char *file, size_t megabytes, uint32_t cards,
    uint32_t times, ngx_uint_t put);


static void
lab_clock(void)
{
    ngx_time_update();
}


static void
lab_card(lab_card_t *card, uint32_t id, size_t len, ngx_uint_t error)
{
    ngx_memzero(card, sizeof(lab_card_t));

    card->id = id;
    card->version = 1;
    card->len = len;
    card->error = error;
    lab_make(card);
}


static void
lab_walked(ngx_shm_zone_t *zone)
{
    const char  *said;

    said = lab_walk(lab_cache(zone));

    printf("walk: %s\n", said ? said : "whole");
}


static int
lab_churn(size_t megabytes, const char *sizes, uint32_t puts)
{
    double                        now, least;
    size_t                        size, len;
    uint32_t                      i, failed;
    lab_card_t                    card;
    ngx_shm_zone_t               *zone;
    ngx_http_urlmeta_cache_sh_t  *sh;

    size = megabytes * 1024 * 1024;
    zone = lab_zone(size, 0, NULL, NULL);
    sh = lab_cache(zone)->sh;
    failed = 0;
    least = 1;

    for (i = 0; i < puts; i++) {
        switch (*sizes) {
        case 'u':
            len = lab_between(512, 16384);
            break;

        case 'l':
            len = lab_between_log(512, 16384);
            break;

        default:
            len = atoi(sizes);
        }

        lab_card(&card, lab_random() % puts, len, 0);
        failed += lab_put(zone, &card) != NGX_OK;

        if (i >= puts / 2) {
            now = (double) sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].bytes
                  / size;
            least = ngx_min(least, now);
        }
    }

    printf("failed: %u\n", failed);
    printf("evictions: %llu\n", (unsigned long long) sh->evictions);
    printf("cards: %u\n", sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].nrecords);
    printf("chunks: %.4f\n",
           (double) sh->nchunks * NGX_HTTP_URLMETA_CACHE_CHUNK / size);
    printf("least: %.4f\n", least);
    lab_walked(zone);

    return 0;
}


static int
lab_distinct(size_t megabytes, uint32_t keys)
{
    uint64_t                      begin;
    uint32_t                      i, failed, wrong;
    lab_card_t                    card, found;
    ngx_pool_t                   *pool;
    ngx_shm_zone_t               *zone;
    ngx_http_urlmeta_cache_sh_t  *sh;

    zone = lab_zone(megabytes * 1024 * 1024, 0, NULL, NULL);
    sh = lab_cache(zone)->sh;
    pool = ngx_create_pool(4096, &lab_log);
    failed = 0;
    wrong = 0;
    begin = lab_ns();

    for (i = 0; i < keys; i++) {

        if (i % 64 == 0) {
            lab_clock();
        }

        lab_card(&card, i, lab_between_log(200, 6000), i % 5 == 0);
        failed += lab_put(zone, &card) != NGX_OK;

        if (i % 16 == 0) {
            failed += lab_get(zone, pool, i, 0, &found) != NGX_OK;
            wrong += !lab_right(i, 0, &found);
            ngx_reset_pool(pool);
        }
    }

    printf("failed: %u\n", failed);
    printf("wrong: %u\n", wrong);
    printf("seconds: %.2f\n", (lab_ns() - begin) / 1e9);
    printf("evictions: %llu\n", (unsigned long long) sh->evictions);
    printf("generation: %llu\n", (unsigned long long) sh->generation);
    lab_walked(zone);

    return 0;
}


/* what who locks next does after a death */

static int
lab_repaired(size_t megabytes)
{
    uint32_t                   i;
    uint64_t                   begin;
    lab_card_t                 card;
    ngx_shm_zone_t            *zone;
    ngx_http_urlmeta_cache_t  *cache;

    zone = lab_zone(megabytes * 1024 * 1024, 0, NULL, NULL);
    cache = lab_cache(zone);

    for (i = 0; i < megabytes * 800; i++) {
        lab_card(&card, i, 1500, 0);
        (void) lab_put(zone, &card);
    }

    cache->sh->dirty = 1;
    i = cache->sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].nrecords;

    begin = lab_ns();
    ngx_http_urlmeta_cache_lock(cache);
    begin = lab_ns() - begin;
    ngx_http_urlmeta_cache_unlock(cache);

    printf("ms: %.3f\n", begin / 1e6);
    printf("lost: %d\n",
           (int) (i - cache->sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].nrecords));
    lab_walked(zone);

    return 0;
}


static int
lab_errors(size_t megabytes, uint32_t cards, uint32_t keys)
{
    uint32_t                      i, failed, kept, wrong;
    lab_card_t                    card, found;
    ngx_pool_t                   *pool;
    ngx_shm_zone_t               *zone;
    ngx_http_urlmeta_cache_sh_t  *sh;

    zone = lab_zone(megabytes * 1024 * 1024, 0, NULL, NULL);
    sh = lab_cache(zone)->sh;
    pool = ngx_create_pool(4096, &lab_log);
    failed = 0;
    kept = 0;
    wrong = 0;

    for (i = 0; i < cards; i++) {
        lab_card(&card, i, lab_between(1000, 2000), 0);
        failed += lab_put(zone, &card) != NGX_OK;
    }

    for (i = 0; i < keys; i++) {
        lab_card(&card, cards + i, lab_between(100, 400), 5);
        failed += lab_put(zone, &card) != NGX_OK;
    }

    for (i = 0; i < cards; i++) {
        if (lab_get(zone, pool, i, 0, &found) == NGX_OK) {
            kept++;
            wrong += !lab_right(i, 0, &found);
        }

        ngx_reset_pool(pool);
    }

    printf("failed: %u\n", failed);
    printf("wrong: %u\n", wrong);
    printf("kept: %u\n", kept);
    printf("errors: %u\n", sh->lists[NGX_HTTP_URLMETA_CACHE_ERRORS].nrecords);
    lab_walked(zone);

    return 0;
}


static int
lab_file_make(const char *file, size_t megabytes, uint32_t cards)
{
    uint32_t         i;
    lab_card_t       card;
    ngx_shm_zone_t  *zone;

    (void) unlink(file);

    zone = lab_zone(megabytes * 1024 * 1024, 0, NULL, file);

    for (i = 0; i < cards; i++) {
        lab_card(&card, i * 6, LAB_SMALL, 0);

        if (lab_put(zone, &card) != NGX_OK) {
            printf("failed at %u\n", i);
            return 1;
        }
    }

    printf("cards: %u\n",
           lab_cache(zone)->sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].nrecords);
    printf("buckets: %u\n", lab_cache(zone)->sh->nbuckets);

    return 0;
}


static int
lab_file_use(const char *file, size_t megabytes, uint32_t cards,
    uint32_t times, ngx_uint_t put)
{
    u_char                          key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                        i, id, found;
    uint64_t                        begin, spent;
    lab_card_t                      card;
    ngx_pool_t                     *pool;
    ngx_shm_zone_t                 *zone;
    ngx_http_urlmeta_cache_entry_t  entry;

    zone = lab_zone(megabytes * 1024 * 1024, 0, NULL, file);
    pool = ngx_create_pool(4096, &lab_log);
    found = 0;
    spent = 0;

    for (i = 0; i < times; i++) {
        id = lab_random() % cards * 6;
        lab_key(key, id, 0);

        if (put) {
            lab_card(&card, id, LAB_SMALL, 0);

            begin = lab_ns();
            found += ngx_http_urlmeta_cache_put(zone, key, &card.entry, 1)
                     == NGX_OK;
            spent += lab_ns() - begin;

        } else {
            begin = lab_ns();
            found += ngx_http_urlmeta_cache_get(zone, key, pool, &entry)
                     == NGX_OK;
            spent += lab_ns() - begin;
        }

        ngx_reset_pool(pool);
    }

    printf("done: %u\n", found);
    printf("ns: %.1f\n", (double) spent / times);

    return 0;
}


int
main(int argc, char *argv[])
{
    lab_init();
    lab_clock();

    if (argc == 5 && strcmp(argv[1], "churn") == 0) {
        return lab_churn(atoi(argv[2]), argv[3], atoi(argv[4]));
    }

    if (argc == 4 && strcmp(argv[1], "distinct") == 0) {
        return lab_distinct(atoi(argv[2]), atoi(argv[3]));
    }

    if (argc == 5 && strcmp(argv[1], "errors") == 0) {
        return lab_errors(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
    }

    if (argc == 5 && strcmp(argv[1], "make") == 0) {
        return lab_file_make(argv[2], atoi(argv[3]), atoi(argv[4]));
    }

    if (argc == 3 && strcmp(argv[1], "repair") == 0) {
        return lab_repaired(atoi(argv[2]));
    }

    if (argc == 6) {
        return lab_file_use(argv[2], atoi(argv[3]), atoi(argv[4]),
                            atoi(argv[5]), strcmp(argv[1], "put") == 0);
    }

    fprintf(stderr, "fill churn|distinct|errors|make|get|put ...\n");

    return 2;
}
