
/*
 * The shared zone's records: "0" and a state file, "1" and what becomes the
 * records of a file that is whole, "2" and where a zone in use is damaged,
 * three bytes a place.  Whatever it was, the zone is whole in the end and can
 * be used.
 */


#include "lab.h"
#include "fuzz.h"

#include <sys/mman.h>


#define FUZZ_SIZE      65536
#define FUZZ_CARDS     40
#define FUZZ_FILE      (1024 * 1024)

/* as in ngx_http_urlmeta_cache_state.c */
#define FUZZ_MAGIC     0x3173746d6c72750aULL
#define FUZZ_RECORD    0x7265636fU
#define FUZZ_END       0x656e6421U


static void fuzz_pristine(void);
static uint64_t fuzz_check(const u_char *p, size_t len);
static size_t fuzz_compose(const uint8_t *data, size_t size);
static void fuzz_load(const void *data, size_t size);
static void fuzz_damage(const uint8_t *data, size_t size);
static void fuzz_use(void);


static ngx_shm_zone_t            *zone;
static ngx_http_urlmeta_cache_t  *cache;
static ngx_pool_t                *pool;
static u_char                     pristine[FUZZ_SIZE];
static u_char                     used[FUZZ_SIZE];
static u_char                     file[FUZZ_FILE];
static char                       path[64];
static int                        fd;


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    uint32_t    i;
    lab_card_t  card;

    lab_init();
    ngx_time_update();

    zone = lab_zone(FUZZ_SIZE, 0, NULL, NULL);
    cache = lab_cache(zone);
    pool = ngx_create_pool(4096, &lab_log);
    must(pool != NULL);

    ngx_memcpy(pristine, zone->shm.addr, FUZZ_SIZE);

    /* stored, replaced, removed: a zone that was used for long */

    for (i = 0; i < FUZZ_CARDS * 4; i++) {
        ngx_memzero(&card, sizeof(lab_card_t));
        card.id = lab_random() % FUZZ_CARDS;
        card.version = i;
        card.error = i % 7 == 0;
        card.len = lab_between(20, card.error ? 200 : 3000);
        lab_make(&card);
        (void) lab_put(zone, &card);
    }

    must(lab_walk(cache) == NULL);
    ngx_memcpy(used, zone->shm.addr, FUZZ_SIZE);

    fd = memfd_create("state", 0);
    must(fd != -1);

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

    return 0;
}


static void
fuzz_pristine(void)
{
    ngx_memcpy(zone->shm.addr, pristine, FUZZ_SIZE);
}


static uint64_t
fuzz_check(const u_char *p, size_t len)
{
    uint64_t  word, check;

    check = 0;

    for ( /* void */ ; len >= 8; len -= 8) {
        ngx_memcpy(&word, p, 8);
        p += 8;
        check = (check ^ word) * 0x9e3779b97f4a7c15ULL;
        check ^= check >> 32;
    }

    while (len--) {
        check = (check ^ *p++) * 0x9e3779b97f4a7c15ULL;
        check ^= check >> 32;
    }

    return check;
}


/* each record: its length (2 bytes), its key (1), its meta and its text */

static size_t
fuzz_compose(const uint8_t *data, size_t size)
{
    u_char                         *p;
    size_t                          len, part;
    uint32_t                        word;
    uint64_t                        count, number;
    ngx_http_urlmeta_cache_meta_t   meta;

    p = file;
    number = FUZZ_MAGIC;
    p = ngx_cpymem(p, &number, 8);
    word = 1;
    p = ngx_cpymem(p, &word, 4);
    word = sizeof(meta);
    p = ngx_cpymem(p, &word, 4);
    number = 1000;
    p = ngx_cpymem(p, &number, 8);
    p = ngx_cpymem(p, &number, 8);

    count = 0;

    while (size > 3 && p - file < FUZZ_FILE - 100000) {
        len = data[0] + 256 * data[1];
        word = data[2];
        data += 3;
        size -= 3;

        ngx_memzero(&meta, sizeof(meta));
        part = ngx_min(size, sizeof(meta));
        ngx_memcpy(&meta, data, part);
        data += part;
        size -= part;

        meta.url_len %= 2700;
        meta.name_len %= 2700;
        meta.fields_len %= 2700;
        meta.len = (uint32_t) len;
        len = ngx_http_urlmeta_cache_len(&meta);

        p = ngx_cpymem(p, &(uint32_t) { FUZZ_RECORD }, 4);
        p = ngx_cpymem(p, &(uint32_t) { len }, 4);
        ngx_memzero(p, 8);
        p += 8;
        lab_key(p, word >> 1, word & 1);
        p += NGX_HTTP_URLMETA_CACHE_KEY_LEN;
        p = ngx_cpymem(p, &meta, sizeof(meta));

        part = ngx_min(size, len);
        ngx_memcpy(p, data, part);
        ngx_memzero(p + part, len - part);
        data += part;
        size -= part;

        p += len;
        count++;
    }

    /* pieces of a multiple of eight bytes have the same as all of it */

    number = fuzz_check(file, p - file);

    p = ngx_cpymem(p, &(uint32_t) { FUZZ_END }, 4);
    p = ngx_cpymem(p, &(uint32_t) { 0 }, 4);
    p = ngx_cpymem(p, &count, 8);
    p = ngx_cpymem(p, &number, 8);

    return p - file;
}


static void
fuzz_load(const void *data, size_t size)
{
    must(ftruncate(fd, 0) == 0);
    must(pwrite(fd, data, size, 0) == (ssize_t) size);

    fuzz_pristine();

    cache->file.data = (u_char *) path;
    cache->file.len = strlen(path);

    lab_warnings = 0;

    ngx_http_urlmeta_cache_state_load(cache, &lab_log);

    must(lab_warnings <= 1);
    must(lab_warnings == 0 || cache->sh->loaded == 0);
}


/* all but the sizes and the seed, which nothing ever writes again */

static void
fuzz_damage(const uint8_t *data, size_t size)
{
    u_char                       *p;
    size_t                        at, len;
    ngx_http_urlmeta_cache_sh_t  *sh, was;

    ngx_memcpy(zone->shm.addr, used, FUZZ_SIZE);

    sh = cache->sh;
    was = *sh;

    p = (u_char *) sh;
    len = (u_char *) &cache->chunks[sh->nchunks] - p;

    for ( /* void */ ; size >= 3; data += 3, size -= 3) {
        at = (data[0] + 256 * data[1]) % len;
        p[at] = data[2];
    }

    sh->magic = was.magic;
    sh->layout = was.layout;
    sh->nbuckets = was.nbuckets;
    sh->nhosts = was.nhosts;
    sh->nleases = was.nleases;
    sh->nuses = was.nuses;
    sh->nchunks = was.nchunks;
    sh->errors_min = was.errors_min;
    sh->errors_max = was.errors_max;
    sh->seed[0] = was.seed[0];
    sh->seed[1] = was.seed[1];

    sh->dirty = 1;
}


static void
fuzz_use(void)
{
    u_char                           key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                         i, position;
    ngx_int_t                        rc;
    ngx_str_t                        prefix;
    ngx_uint_t                       found;
    lab_card_t                       card;
    ngx_http_urlmeta_cache_entry_t   entry;
    ngx_http_urlmeta_cache_lease_t   lease;
    ngx_http_urlmeta_cache_result_t  result;

    for (i = 0; i < FUZZ_CARDS; i++) {
        lab_key(key, i, i % 2);

        if (ngx_http_urlmeta_cache_get(zone, key, pool, &entry) == NGX_OK) {
            must(entry.body.data + entry.body.len == entry.fields.data);
        }

        ngx_reset_pool(pool);
    }

    for (i = 0; i < 6; i++) {
        ngx_memzero(&card, sizeof(lab_card_t));
        card.id = i * 3;
        card.version = 1000 + i;
        card.len = 500 * i;
        lab_make(&card);

        must(lab_put(zone, &card) == NGX_OK);
        must(lab_get(zone, pool, card.id, 0, &card) == NGX_OK);
        must(lab_right(card.id, 0, &card));

        lab_key(key, card.id, 0);
        (void) ngx_http_urlmeta_cache_use(zone, key);

        if (ngx_http_urlmeta_cache_lease(zone, key, 1000, 1, &lease)
            == NGX_OK)
        {
            rc = ngx_http_urlmeta_cache_lease_poll(zone, &lease, &result);
            must(rc == NGX_AGAIN);
            ngx_http_urlmeta_cache_lease_end(zone, &lease, NULL);
        }

        ngx_reset_pool(pool);
    }

    ngx_str_set(&prefix, "https://site0.example/1");
    position = 0;
    found = 0;

    do {
        rc = ngx_http_urlmeta_cache_delete_prefix(zone, &prefix, &position,
                                                  &found);
    } while (rc == NGX_AGAIN);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       len;
    const char  *said;

    switch (fuzz_choice(&data, &size, 3)) {

    case 0:
        fuzz_load(data, size);
        break;

    case 1:
        len = fuzz_compose(data, size);
        fuzz_load(file, len);
        must(lab_warnings == 0);
        break;

    default:
        fuzz_damage(data, size);
        ngx_http_urlmeta_cache_lock(cache);
        ngx_http_urlmeta_cache_unlock(cache);
    }

    said = lab_walk(cache);

    if (said == NULL) {
        fuzz_use();
        said = lab_walk(cache);
    }

    if (said) {
        fprintf(stderr, "%s\n", said);
    }

    must(said == NULL);

    return 0;
}
