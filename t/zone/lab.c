
/*
 * What nginx does around the zone, and cards that can be told apart.
 */


#include "lab.h"

#include <sys/stat.h>
#include <time.h>


static void lab_write_log(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len);
static void lab_fill(u_char *p, size_t len, uint64_t seed);
static uint64_t lab_seed_of(uint32_t id, uint32_t version,
    ngx_uint_t variant);
static void lab_wrong(uint32_t id, lab_card_t *card, const char *what);


ngx_log_t          lab_log;
ngx_uint_t         lab_warnings;
char               lab_complaint[512];

static ngx_cycle_t  lab_cycle;
static ngx_conf_t   lab_conf;
static uint64_t     lab_state = 1;

static u_char       lab_url[256];
static u_char       lab_name[256];
static u_char       lab_fields[256];
static u_char       lab_body[NGX_HTTP_URLMETA_CACHE_MAX_ENTRY];


void
lab_die(const char *what)
{
    fprintf(stderr, "zone: %s: %s\n", what, strerror(errno));
    exit(2);
}


static void
lab_write_log(ngx_log_t *log, ngx_uint_t level, u_char *buf, size_t len)
{
    lab_warnings++;

    if (getenv("LAB_VERBOSE")) {
        fprintf(stderr, "%.*s", (int) len, (char *) buf);
    }
}


void
lab_init(void)
{
    ngx_uint_t  n;

    ngx_time_init();

    ngx_pagesize = getpagesize();
    ngx_cacheline_size = NGX_CPU_CACHE_LINE;

    ngx_pagesize_shift = 0;

    for (n = ngx_pagesize; n >>= 1; ngx_pagesize_shift++) { /* void */ }

    ngx_ncpu = sysconf(_SC_NPROCESSORS_ONLN);
    ngx_pid = ngx_getpid();
    ngx_slab_sizes_init();
    ngx_event_timer_init(&lab_log);
    srandom(1);

    lab_log.writer = lab_write_log;
    lab_log.log_level = NGX_LOG_WARN;

    /* once the writer has it, nothing is to be said to a terminal */

    ngx_use_stderr = 0;

    lab_cycle.log = &lab_log;
    lab_cycle.pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, &lab_log);

    if (lab_cycle.pool == NULL
        || ngx_list_init(&lab_cycle.shared_memory, lab_cycle.pool, 8,
                         sizeof(ngx_shm_zone_t))
           != NGX_OK)
    {
        lab_die("pool");
    }

    ngx_cycle = &lab_cycle;

    lab_conf.cycle = &lab_cycle;
    lab_conf.pool = lab_cycle.pool;
    lab_conf.log = &lab_log;
}


/* as ngx_init_cycle() and ngx_init_zone_pool() */

ngx_shm_zone_t *
lab_zone(size_t size, time_t inactive, const char *file, const char *memory)
{
    int                fd;
    char               text[32];
    ngx_str_t          name, state;
    struct stat        st;
    ngx_shm_zone_t    *zone;
    ngx_slab_pool_t   *sp;
    static ngx_uint_t  n;

    name.len = snprintf(text, sizeof(text), "lab%u", (unsigned) n++);
    name.data = (u_char *) strdup(text);

    state.len = file ? strlen(file) : 0;
    state.data = (u_char *) file;

    zone = ngx_http_urlmeta_cache_zone(&lab_conf, &name, size,
                                       inactive ? inactive : 86400,
                                       NGX_HTTP_URLMETA_CACHE_MAX_ENTRY,
                                       &state, 300, &lab_conf);
    if (zone == NULL) {
        lab_die("no zone");
    }

    zone->shm.log = &lab_log;

    if (memory == NULL) {

        if (ngx_shm_alloc(&zone->shm) != NGX_OK) {
            lab_die("no shared memory");
        }

    } else {
        fd = open(memory, O_RDWR|O_CREAT, 0600);

        if (fd == -1 || fstat(fd, &st) == -1
            || ftruncate(fd, size) == -1)
        {
            lab_die(memory);
        }

        /* the pool has addresses in it */

        zone->shm.exists = st.st_size != 0;
        zone->shm.addr = mmap((void *) 0x60000000000, size,
                              PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, fd,
                              0);

        if (zone->shm.addr == MAP_FAILED) {
            lab_die("mmap()");
        }

        close(fd);
    }

    sp = (ngx_slab_pool_t *) zone->shm.addr;

    if (!zone->shm.exists) {
        sp->end = zone->shm.addr + zone->shm.size;
        sp->min_shift = 3;
        sp->addr = zone->shm.addr;

        if (ngx_shmtx_create(&sp->mutex, &sp->lock, NULL) != NGX_OK) {
            lab_die("ngx_shmtx_create()");
        }

        ngx_slab_init(sp);
    }

    if (zone->init(zone, NULL) != NGX_OK) {
        lab_die("zone->init()");
    }

    return zone;
}


void
lab_zone_free(ngx_shm_zone_t *zone)
{
    ngx_slab_pool_t  *sp;

    sp = (ngx_slab_pool_t *) zone->shm.addr;

    ngx_shmtx_destroy(&sp->mutex);
    ngx_shm_free(&zone->shm);
}


ngx_http_urlmeta_cache_t *
lab_cache(ngx_shm_zone_t *zone)
{
    return zone->data;
}


uint64_t
lab_mix(uint64_t n)
{
    n += 0x9e3779b97f4a7c15ULL;
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9ULL;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebULL;

    return n ^ (n >> 31);
}


void
lab_seed(uint64_t seed)
{
    lab_state = lab_mix(seed);
}


uint64_t
lab_random(void)
{
    return lab_mix(lab_state++);
}


size_t
lab_between(size_t low, size_t high)
{
    return low + lab_random() % (high - low + 1);
}


/* each doubling as likely as the next */

size_t
lab_between_log(size_t low, size_t high)
{
    size_t      n;
    ngx_uint_t  doublings;

    for (doublings = 0; (low << (doublings + 1)) <= high; doublings++) {
        /* void */
    }

    n = low << (lab_random() % doublings);

    return lab_between(n, ngx_min(n * 2, high));
}


uint64_t
lab_ns(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


void
lab_key(u_char *key, uint32_t id, ngx_uint_t variant)
{
    uint64_t    word;
    ngx_uint_t  i;

    for (i = 0; i < 4; i++) {
        word = lab_mix(((uint64_t) id << 8) + i);
        ngx_memcpy(key + i * 8, &word, 8);
    }

    key[NGX_HTTP_URLMETA_CACHE_VARIANT] = (u_char) variant;
}


/* every other word is what marks a record as live: a page may have that */

static void
lab_fill(u_char *p, size_t len, uint64_t seed)
{
    size_t    i, part;
    uint64_t  word;

    for (i = 0; i < len; i += 8) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        word = (seed & 0xffffffff00000000ULL) | NGX_HTTP_URLMETA_CACHE_LIVE;
        part = ngx_min(len - i, 8);
        ngx_memcpy(p + i, &word, part);
    }
}


static uint64_t
lab_seed_of(uint32_t id, uint32_t version, ngx_uint_t variant)
{
    return lab_mix(((uint64_t) id << 32) + ((uint64_t) variant << 28)
                   + version);
}


void
lab_make(lab_card_t *card)
{
    uint64_t                         now;
    ngx_http_urlmeta_cache_meta_t   *meta;
    ngx_http_urlmeta_cache_entry_t  *entry;

    entry = &card->entry;
    meta = &entry->meta;
    now = ngx_http_urlmeta_cache_now();

    ngx_memzero(entry, sizeof(ngx_http_urlmeta_cache_entry_t));

    entry->url.data = lab_url;
    entry->url.len = snprintf((char *) lab_url, sizeof(lab_url),
                              "https://site%u.example/%u",
                              (unsigned) card->group, card->id);

    entry->name = entry->url;

    if (card->id % 2) {
        entry->name.data = lab_name;
        entry->name.len = snprintf((char *) lab_name, sizeof(lab_name),
                                   "https://site%u.example/%u?key",
                                   (unsigned) card->group, card->id);
    }

    if (card->variant == 0 && card->id % 3 == 0) {
        entry->fields.data = lab_fields;
        entry->fields.len = snprintf((char *) lab_fields, sizeof(lab_fields),
                                     "If-None-Match: \"%u\"", card->version);
    }

    entry->body.data = lab_body;
    entry->body.len = card->len;

    lab_fill(lab_body, card->len,
             lab_seed_of(card->id, card->version, card->variant));

    meta->created = now;
    meta->expires = now + 1000;
    meta->updating = now + 2000;
    meta->failing = now + 3000;
    meta->etag = lab_seed_of(card->id, card->version, card->variant);
    meta->flags = card->version;
    meta->error = (uint16_t) card->error;
}


ngx_int_t
lab_put(ngx_shm_zone_t *zone, lab_card_t *card)
{
    u_char  key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];

    lab_key(key, card->id, card->variant);

    return ngx_http_urlmeta_cache_put(zone, key, &card->entry,
                                      card->variant == 0);
}


ngx_int_t
lab_get(ngx_shm_zone_t *zone, ngx_pool_t *pool, uint32_t id,
    ngx_uint_t variant, lab_card_t *card)
{
    u_char     key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    ngx_int_t  rc;

    lab_key(key, id, variant);

    rc = ngx_http_urlmeta_cache_get(zone, key, pool, &card->entry);

    if (rc == NGX_OK) {
        card->id = id;
        card->version = card->entry.meta.flags;
        card->variant = variant;
        card->len = card->entry.body.len;
    }

    return rc;
}


static void
lab_wrong(uint32_t id, lab_card_t *card, const char *what)
{
    snprintf(lab_complaint, sizeof(lab_complaint),
             "key %u variant %u version %u, %u bytes: %s", id,
             (unsigned) card->variant, card->version, (unsigned) card->len,
             what);
}


ngx_uint_t
lab_right(uint32_t id, ngx_uint_t variant, lab_card_t *card)
{
    char                             text[256];
    size_t                           i, part;
    uint64_t                         seed, word;
    unsigned                         group;
    ngx_http_urlmeta_cache_entry_t  *entry;

    entry = &card->entry;
    card->version = entry->meta.flags;
    card->variant = variant;
    card->len = entry->body.len;

    seed = lab_seed_of(id, card->version, variant);

    if (entry->meta.etag != seed) {
        lab_wrong(id, card, "another etag");
        return 0;
    }

    for (i = 0; i < card->len; i += 8) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        word = (seed & 0xffffffff00000000ULL) | NGX_HTTP_URLMETA_CACHE_LIVE;
        part = ngx_min(card->len - i, 8);

        if (ngx_memcmp(entry->body.data + i, &word, part) != 0) {
            lab_wrong(id, card, "another body");
            return 0;
        }
    }

    if (sscanf((char *) entry->url.data, "https://site%u", &group) != 1) {
        lab_wrong(id, card, "another url");
        return 0;
    }

    part = snprintf(text, sizeof(text), "https://site%u.example/%u",
                    group, id);

    if (entry->url.len != part
        || ngx_memcmp(entry->url.data, text, part) != 0)
    {
        lab_wrong(id, card, "another url");
        return 0;
    }

    part = snprintf(text, sizeof(text), "https://site%u.example/%u%s",
                    group, id, id % 2 ? "?key" : "");

    if (entry->name.len != part
        || ngx_memcmp(entry->name.data, text, part) != 0)
    {
        lab_wrong(id, card, "another name");
        return 0;
    }

    part = 0;

    if (variant == 0 && id % 3 == 0) {
        part = snprintf(text, sizeof(text), "If-None-Match: \"%u\"",
                        card->version);
    }

    if (entry->fields.len != part
        || ngx_memcmp(entry->fields.data, text, part) != 0)
    {
        lab_wrong(id, card, "other fields");
        return 0;
    }

    return 1;
}
