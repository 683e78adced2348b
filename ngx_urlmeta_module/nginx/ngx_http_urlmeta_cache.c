
/*
 * The shared zone: one arena, taken from the slab pool once, of fixed chunks.
 *
 *   header | buckets | hosts | chunks
 *
 * A record is a chain of chunks; links are chunk numbers, so that a free list,
 * a hash chain and the LRU queue need 4 bytes each.  Fixed chunks cannot
 * fragment: what is free can be used, whatever sizes came before.
 *
 * The lock is the slab pool's own mutex, the only one that the master unlocks
 * for a worker that died with it.  Under it there is no allocation, no logging
 * and no second lock.  A worker that dies between the calls of _dirty() and
 * _clean() leaves a mark; who finds it empties the zone, since links may be
 * half made.
 */


#include "ngx_http_urlmeta_cache_zone.h"

#include <openssl/evp.h>


#define NGX_HTTP_URLMETA_CACHE_MAGIC    0x75726c6d
#define NGX_HTTP_URLMETA_CACHE_LAYOUT   1

/* an LRU place is renewed once a second at most: hits mostly do not write */
#define NGX_HTTP_URLMETA_CACHE_TOUCH    1000

/* records evicted for one that is stored, beside one for each of its chunks */
#define NGX_HTTP_URLMETA_CACHE_EVICT    64

/* chunks of the average record, from which the buckets are counted */
#define NGX_HTTP_URLMETA_CACHE_AVERAGE  8


static ngx_int_t ngx_http_urlmeta_cache_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_urlmeta_cache_map(ngx_http_urlmeta_cache_t *cache);
static void ngx_http_urlmeta_cache_reset(ngx_http_urlmeta_cache_t *cache);
static void ngx_http_urlmeta_cache_dirty(ngx_http_urlmeta_cache_t *cache);
static void ngx_http_urlmeta_cache_clean(ngx_http_urlmeta_cache_t *cache);
static uint32_t *ngx_http_urlmeta_cache_bucket(ngx_http_urlmeta_cache_t *cache,
    const u_char *key);
static uint32_t ngx_http_urlmeta_cache_lookup(ngx_http_urlmeta_cache_t *cache,
    const u_char *key);
static void ngx_http_urlmeta_cache_copy_out(ngx_http_urlmeta_cache_t *cache,
    uint32_t n, u_char *to, size_t len);
static uint32_t ngx_http_urlmeta_cache_alloc(ngx_http_urlmeta_cache_t *cache);
static void ngx_http_urlmeta_cache_remove(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);
static void ngx_http_urlmeta_cache_lru_insert(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);
static void ngx_http_urlmeta_cache_lru_remove(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);


#define ngx_http_urlmeta_cache_record(cache, n)                               \
    ((ngx_http_urlmeta_cache_record_t *) ((u_char *) &(cache)->chunks[n]      \
                                          + 8))

/* the record begins 8 bytes into its chunk, for the alignment of its times */

#define NGX_HTTP_URLMETA_CACHE_FIRST                                          \
    (NGX_HTTP_URLMETA_CACHE_CHUNK - 8                                         \
     - sizeof(ngx_http_urlmeta_cache_record_t))

#define NGX_HTTP_URLMETA_CACHE_MORE  (NGX_HTTP_URLMETA_CACHE_CHUNK - 4)


/* a worker's own: what a hit is copied to before its length is known */

static u_char      ngx_http_urlmeta_cache_scratch[
                                    NGX_HTTP_URLMETA_CACHE_MAX_ENTRY + 2048];

static EVP_MD     *ngx_http_urlmeta_cache_md;
static EVP_MD_CTX *ngx_http_urlmeta_cache_md_ctx;


ngx_shm_zone_t *
ngx_http_urlmeta_cache_zone(ngx_conf_t *cf, ngx_str_t *name, size_t size,
    time_t inactive, size_t max_entry, void *tag)
{
    ngx_shm_zone_t            *zone;
    ngx_http_urlmeta_cache_t  *cache;

    zone = ngx_shared_memory_add(cf, name, size, tag);
    if (zone == NULL) {
        return NULL;
    }

    if (zone->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "urlmeta_cache_zone \"%V\" is already defined",
                           name);
        return NULL;
    }

    cache = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_cache_t));
    if (cache == NULL) {
        return NULL;
    }

    cache->inactive = (int64_t) inactive * 1000;
    cache->max_entry = max_entry;

    zone->init = ngx_http_urlmeta_cache_init_zone;
    zone->data = cache;

    return zone;
}


static ngx_int_t
ngx_http_urlmeta_cache_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_urlmeta_cache_t  *was = data;

    size_t                     size, bucket, hosts, chunks;
    ngx_http_urlmeta_cache_t  *cache;

    cache = zone->data;
    cache->shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (was || zone->shm.exists) {

        /*
         * A reload: old workers use the zone at this moment, so nothing is
         * written.  nginx compares name, size and tag; a module of another
         * layout would come with another tag or after a restart.
         */

        cache->sh = was ? was->sh : cache->shpool->data;

        if (cache->sh == NULL
            || cache->sh->magic != NGX_HTTP_URLMETA_CACHE_MAGIC
            || cache->sh->layout != NGX_HTTP_URLMETA_CACHE_LAYOUT)
        {
            ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                          "urlmeta_cache_zone \"%V\" was made by another "
                          "version of the module, restart nginx",
                          &zone->shm.name);
            return NGX_ERROR;
        }

        ngx_http_urlmeta_cache_map(cache);

        return NGX_OK;
    }

    /* the whole pool as one block, which a fresh pool can always give */

    size = (size_t) cache->shpool->pfree * ngx_pagesize;

    cache->sh = ngx_slab_alloc(cache->shpool, size);
    if (cache->sh == NULL) {
        return NGX_ERROR;
    }

    cache->shpool->log_nomem = 0;
    cache->shpool->data = cache->sh;

    ngx_memzero(cache->sh, sizeof(ngx_http_urlmeta_cache_sh_t));

    chunks = size / NGX_HTTP_URLMETA_CACHE_CHUNK;

    for (bucket = 16;
         bucket < (1U << 30)
         && bucket * NGX_HTTP_URLMETA_CACHE_AVERAGE < chunks;
         bucket *= 2)
    {
        /* void */
    }

    cache->sh->nbuckets = (uint32_t) bucket;

    for (hosts = 16; hosts * 64 < chunks && hosts < 65536; hosts *= 2) {
        /* void */
    }

    cache->sh->nhosts = (uint32_t) hosts;

    chunks = (size - sizeof(ngx_http_urlmeta_cache_sh_t)
              - bucket * sizeof(uint32_t)
              - hosts * sizeof(ngx_http_urlmeta_cache_host_t))
             / NGX_HTTP_URLMETA_CACHE_CHUNK;

    /* one less, since the first chunk is aligned to its size */

    cache->sh->nchunks = (uint32_t) ngx_min(chunks - 1,
                                      NGX_HTTP_URLMETA_CACHE_NONE - (size_t) 1);

    /*
     * Keys are digests of what clients ask for; the seed keeps them from
     * choosing keys that meet in one bucket.
     */

    cache->sh->seed[0] = ((uint64_t) ngx_random() << 32)
                         ^ ((uint64_t) ngx_random() << 13) ^ ngx_pid;
    cache->sh->seed[1] = ((uint64_t) ngx_random() << 31)
                         ^ (uint64_t) ngx_random() ^ (uintptr_t) cache->sh;
    cache->sh->seed[0] |= 1;
    cache->sh->seed[1] |= 1;

    ngx_http_urlmeta_cache_map(cache);
    ngx_http_urlmeta_cache_reset(cache);

    cache->sh->layout = NGX_HTTP_URLMETA_CACHE_LAYOUT;
    cache->sh->magic = NGX_HTTP_URLMETA_CACHE_MAGIC;

    return NGX_OK;
}


static void
ngx_http_urlmeta_cache_map(ngx_http_urlmeta_cache_t *cache)
{
    u_char  *p;

    p = (u_char *) cache->sh + sizeof(ngx_http_urlmeta_cache_sh_t);

    cache->buckets = (uint32_t *) p;

    p += cache->sh->nbuckets * sizeof(uint32_t);

    cache->hosts = (ngx_http_urlmeta_cache_host_t *) p;

    p += cache->sh->nhosts * sizeof(ngx_http_urlmeta_cache_host_t);

    cache->chunks = (ngx_http_urlmeta_cache_chunk_t *)
                     ngx_align_ptr(p, NGX_HTTP_URLMETA_CACHE_CHUNK);
}


static void
ngx_http_urlmeta_cache_reset(ngx_http_urlmeta_cache_t *cache)
{
    ngx_http_urlmeta_cache_sh_t  *sh;

    sh = cache->sh;

    /* all bits set is NGX_HTTP_URLMETA_CACHE_NONE */

    ngx_memset(cache->buckets, 0xff, sh->nbuckets * sizeof(uint32_t));
    ngx_memzero(cache->hosts,
                sh->nhosts * sizeof(ngx_http_urlmeta_cache_host_t));

    sh->fresh = 0;
    sh->free = NGX_HTTP_URLMETA_CACHE_NONE;
    sh->nfree = sh->nchunks;
    sh->lru_head = NGX_HTTP_URLMETA_CACHE_NONE;
    sh->lru_tail = NGX_HTTP_URLMETA_CACHE_NONE;
    sh->entries = 0;

    ngx_http_urlmeta_cache_clean(cache);
}


/*
 * SHA-256.  OpenSSL 3 looks EVP_sha256() up anew at each EVP_DigestInit_ex(),
 * which costs more than the digest: it is fetched once.
 */

#if (OPENSSL_VERSION_NUMBER < 0x30000000L)

#define EVP_MD_fetch(ctx, name, properties)   ((EVP_MD *) EVP_sha256())
#define EVP_DigestInit_ex2(ctx, md, params)                                   \
    EVP_DigestInit_ex(ctx, ngx_http_urlmeta_cache_md, NULL)

#endif


ngx_int_t
ngx_http_urlmeta_cache_key(u_char *key, ngx_str_t *text, ngx_uint_t n)
{
    ngx_uint_t  i;

    if (ngx_http_urlmeta_cache_md_ctx == NULL) {
        ngx_http_urlmeta_cache_md = EVP_MD_fetch(NULL, "SHA256", NULL);
        ngx_http_urlmeta_cache_md_ctx = EVP_MD_CTX_new();

        if (ngx_http_urlmeta_cache_md == NULL
            || ngx_http_urlmeta_cache_md_ctx == NULL
            || !EVP_DigestInit_ex2(ngx_http_urlmeta_cache_md_ctx,
                                   ngx_http_urlmeta_cache_md, NULL))
        {
            return NGX_ERROR;
        }

    } else if (!EVP_DigestInit_ex2(ngx_http_urlmeta_cache_md_ctx, NULL, NULL))
    {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (!EVP_DigestUpdate(ngx_http_urlmeta_cache_md_ctx, text[i].data,
                              text[i].len)
            || !EVP_DigestUpdate(ngx_http_urlmeta_cache_md_ctx, "", 1))
        {
            return NGX_ERROR;
        }
    }

    if (!EVP_DigestFinal_ex(ngx_http_urlmeta_cache_md_ctx, key, NULL)) {
        return NGX_ERROR;
    }

    key[NGX_HTTP_URLMETA_CACHE_VARIANT] = 0;

    return NGX_OK;
}


uint64_t
ngx_http_urlmeta_cache_etag(ngx_str_t *body)
{
    u_char    digest[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint64_t  etag;

    if (ngx_http_urlmeta_cache_key(digest, body, 1) != NGX_OK) {
        return 0;
    }

    ngx_memcpy(&etag, digest, sizeof(uint64_t));

    return etag;
}


uint64_t
ngx_http_urlmeta_cache_now(void)
{
#if (NGX_PTR_SIZE == 4 && NGX_HAVE_CLOCK_MONOTONIC)

    /* ngx_current_msec has 32 bits here, and begins anew every 49 days */

    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;

#else

    return (uint64_t) ngx_current_msec;

#endif
}


ngx_int_t
ngx_http_urlmeta_cache_get(ngx_shm_zone_t *zone, const u_char *key,
    ngx_pool_t *pool, ngx_http_urlmeta_cache_entry_t *entry)
{
    size_t                            len;
    u_char                           *p;
    uint32_t                          n;
    uint64_t                          now;
    ngx_http_urlmeta_cache_t         *cache;
    ngx_http_urlmeta_cache_record_t  *rec;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();

    ngx_http_urlmeta_cache_lock(cache);

    n = ngx_http_urlmeta_cache_lookup(cache, key);

    if (n == NGX_HTTP_URLMETA_CACHE_NONE) {
        ngx_shmtx_unlock(&cache->shpool->mutex);
        return NGX_DECLINED;
    }

    rec = ngx_http_urlmeta_cache_record(cache, n);

    entry->meta = rec->meta;
    len = (size_t) rec->meta.url_len + rec->meta.len;

    ngx_http_urlmeta_cache_copy_out(cache, n, ngx_http_urlmeta_cache_scratch,
                                    len);

    /* signed: another worker's clock may be a little ahead */

    if ((int64_t) (now - rec->accessed) >= NGX_HTTP_URLMETA_CACHE_TOUCH) {
        ngx_http_urlmeta_cache_dirty(cache);

        rec->accessed = now;
        ngx_http_urlmeta_cache_lru_remove(cache, n);
        ngx_http_urlmeta_cache_lru_insert(cache, n);

        ngx_http_urlmeta_cache_clean(cache);
    }

    ngx_shmtx_unlock(&cache->shpool->mutex);

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, ngx_http_urlmeta_cache_scratch, len);

    entry->url.data = p;
    entry->url.len = entry->meta.url_len;
    entry->body.data = p + entry->meta.url_len;
    entry->body.len = entry->meta.len;

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_cache_put(ngx_shm_zone_t *zone, const u_char *key,
    ngx_http_urlmeta_cache_entry_t *entry)
{
    size_t                            len, left, part, room;
    u_char                           *from, *to;
    uint32_t                          n, first, last, *bucket;
    uint64_t                          now;
    ngx_uint_t                        nchunks, evicted;
    ngx_http_urlmeta_cache_t         *cache;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec, *tail;

    cache = zone->data;
    sh = cache->sh;
    now = ngx_http_urlmeta_cache_now();

    len = entry->url.len + entry->body.len;

    if (len > cache->max_entry || entry->url.len > 65535) {
        return NGX_DECLINED;
    }

    entry->meta.url_len = (uint16_t) entry->url.len;
    entry->meta.len = (uint32_t) entry->body.len;

    nchunks = 1;

    if (len > NGX_HTTP_URLMETA_CACHE_FIRST) {
        nchunks += (len - NGX_HTTP_URLMETA_CACHE_FIRST
                    + NGX_HTTP_URLMETA_CACHE_MORE - 1)
                   / NGX_HTTP_URLMETA_CACHE_MORE;
    }

    /* what can never fit must not empty the zone */

    if (nchunks > sh->nchunks) {
        return NGX_DECLINED;
    }

    /* one piece to copy from, so that the lock is held for one kind of copy */

    ngx_memcpy(ngx_http_urlmeta_cache_scratch, entry->url.data,
               entry->url.len);
    ngx_memcpy(ngx_http_urlmeta_cache_scratch + entry->url.len,
               entry->body.data, entry->body.len);

    ngx_http_urlmeta_cache_lock(cache);
    ngx_http_urlmeta_cache_dirty(cache);

    n = ngx_http_urlmeta_cache_lookup(cache, key);

    if (n != NGX_HTTP_URLMETA_CACHE_NONE) {
        ngx_http_urlmeta_cache_remove(cache, n);
    }

    /* what nobody asked for, two at most: the next store takes the next two */

    for (evicted = 0; evicted < 2; evicted++) {

        n = sh->lru_tail;

        if (n == NGX_HTTP_URLMETA_CACHE_NONE) {
            break;
        }

        tail = ngx_http_urlmeta_cache_record(cache, n);

        if ((int64_t) (now - tail->accessed) < cache->inactive) {
            break;
        }

        ngx_http_urlmeta_cache_remove(cache, n);
    }

    for (evicted = 0;
         sh->nfree < nchunks
         && evicted < NGX_HTTP_URLMETA_CACHE_EVICT + nchunks
         && sh->lru_tail != NGX_HTTP_URLMETA_CACHE_NONE;
         evicted++)
    {
        ngx_http_urlmeta_cache_remove(cache, sh->lru_tail);
        sh->evictions++;
    }

    if (sh->nfree < nchunks) {
        ngx_http_urlmeta_cache_clean(cache);
        ngx_shmtx_unlock(&cache->shpool->mutex);
        return NGX_DECLINED;
    }

    from = ngx_http_urlmeta_cache_scratch;
    left = len;

    first = ngx_http_urlmeta_cache_alloc(cache);
    last = first;

    rec = ngx_http_urlmeta_cache_record(cache, first);
    to = (u_char *) rec + sizeof(ngx_http_urlmeta_cache_record_t);
    room = NGX_HTTP_URLMETA_CACHE_FIRST;

    for ( ;; ) {
        part = ngx_min(left, room);
        ngx_memcpy(to, from, part);

        from += part;
        left -= part;

        if (left == 0) {
            break;
        }

        n = ngx_http_urlmeta_cache_alloc(cache);
        cache->chunks[last].next = n;
        last = n;

        to = cache->chunks[n].data;
        room = NGX_HTTP_URLMETA_CACHE_MORE;
    }

    cache->chunks[last].next = NGX_HTTP_URLMETA_CACHE_NONE;

    rec->nchunks = (uint32_t) nchunks;
    rec->accessed = now;
    rec->meta = entry->meta;
    ngx_memcpy(rec->key, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN);

    bucket = ngx_http_urlmeta_cache_bucket(cache, key);
    rec->hash_next = *bucket;
    *bucket = first;

    ngx_http_urlmeta_cache_lru_insert(cache, first);

    sh->entries++;

    ngx_http_urlmeta_cache_clean(cache);
    ngx_shmtx_unlock(&cache->shpool->mutex);

    return NGX_OK;
}


ngx_uint_t
ngx_http_urlmeta_cache_delete(ngx_shm_zone_t *zone, const u_char *key)
{
    uint32_t                          n, next;
    ngx_uint_t                        found;
    ngx_http_urlmeta_cache_t         *cache;
    ngx_http_urlmeta_cache_record_t  *rec;

    cache = zone->data;
    found = 0;

    ngx_http_urlmeta_cache_lock(cache);
    ngx_http_urlmeta_cache_dirty(cache);

    for (n = *ngx_http_urlmeta_cache_bucket(cache, key);
         n != NGX_HTTP_URLMETA_CACHE_NONE;
         n = next)
    {
        rec = ngx_http_urlmeta_cache_record(cache, n);
        next = rec->hash_next;

        if (ngx_memcmp(rec->key, key, NGX_HTTP_URLMETA_CACHE_VARIANT) == 0) {
            ngx_http_urlmeta_cache_remove(cache, n);
            found++;
        }
    }

    ngx_http_urlmeta_cache_clean(cache);
    ngx_shmtx_unlock(&cache->shpool->mutex);

    return found;
}


void
ngx_http_urlmeta_cache_stat(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_stat_t *stat)
{
    ngx_http_urlmeta_cache_t  *cache;

    cache = zone->data;

    ngx_http_urlmeta_cache_lock(cache);

    stat->entries = cache->sh->entries;
    stat->chunks = cache->sh->nchunks;
    stat->chunks_used = cache->sh->nchunks - cache->sh->nfree;
    stat->evictions = cache->sh->evictions;
    stat->resets = cache->sh->resets;

    ngx_shmtx_unlock(&cache->shpool->mutex);
}


void
ngx_http_urlmeta_cache_lock(ngx_http_urlmeta_cache_t *cache)
{
    ngx_shmtx_lock(&cache->shpool->mutex);

    if (cache->sh->dirty) {

        /* a worker died while it changed the zone */

        cache->sh->resets++;
        ngx_http_urlmeta_cache_reset(cache);
    }
}


/* the compiler must move no store of the change out of the pair */

static void
ngx_http_urlmeta_cache_dirty(ngx_http_urlmeta_cache_t *cache)
{
    cache->sh->dirty = 1;
    ngx_memory_barrier();
}


static void
ngx_http_urlmeta_cache_clean(ngx_http_urlmeta_cache_t *cache)
{
    ngx_memory_barrier();
    cache->sh->dirty = 0;
}


static uint32_t *
ngx_http_urlmeta_cache_bucket(ngx_http_urlmeta_cache_t *cache,
    const u_char *key)
{
    uint64_t  a, b;

    ngx_memcpy(&a, key, sizeof(uint64_t));
    ngx_memcpy(&b, key + sizeof(uint64_t), sizeof(uint64_t));

    a = a * cache->sh->seed[0] + b * cache->sh->seed[1];

    return &cache->buckets[(a >> 32) & (cache->sh->nbuckets - 1)];
}


static uint32_t
ngx_http_urlmeta_cache_lookup(ngx_http_urlmeta_cache_t *cache,
    const u_char *key)
{
    uint32_t                          n;
    ngx_http_urlmeta_cache_record_t  *rec;

    for (n = *ngx_http_urlmeta_cache_bucket(cache, key);
         n != NGX_HTTP_URLMETA_CACHE_NONE;
         n = rec->hash_next)
    {
        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (ngx_memcmp(rec->key, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN) == 0) {
            break;
        }
    }

    return n;
}


static void
ngx_http_urlmeta_cache_copy_out(ngx_http_urlmeta_cache_t *cache, uint32_t n,
    u_char *to, size_t len)
{
    u_char  *from;
    size_t   part, room;

    from = (u_char *) ngx_http_urlmeta_cache_record(cache, n)
           + sizeof(ngx_http_urlmeta_cache_record_t);
    room = NGX_HTTP_URLMETA_CACHE_FIRST;

    for ( ;; ) {
        part = ngx_min(len, room);
        to = ngx_cpymem(to, from, part);
        len -= part;

        if (len == 0) {
            return;
        }

        n = cache->chunks[n].next;
        from = cache->chunks[n].data;
        room = NGX_HTTP_URLMETA_CACHE_MORE;
    }
}


/* nfree says beforehand that there is one */

static uint32_t
ngx_http_urlmeta_cache_alloc(ngx_http_urlmeta_cache_t *cache)
{
    uint32_t                      n;
    ngx_http_urlmeta_cache_sh_t  *sh;

    sh = cache->sh;

    sh->nfree--;

    if (sh->free != NGX_HTTP_URLMETA_CACHE_NONE) {
        n = sh->free;
        sh->free = cache->chunks[n].next;

    } else {
        n = sh->fresh++;
    }

    return n;
}


static void
ngx_http_urlmeta_cache_remove(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    uint32_t                         *link, last;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    rec = ngx_http_urlmeta_cache_record(cache, n);

    ngx_http_urlmeta_cache_lru_remove(cache, n);

    link = ngx_http_urlmeta_cache_bucket(cache, rec->key);

    while (*link != n) {
        link = &ngx_http_urlmeta_cache_record(cache, *link)->hash_next;
    }

    *link = rec->hash_next;

    sh->entries--;
    sh->nfree += rec->nchunks;

    for (last = n;
         cache->chunks[last].next != NGX_HTTP_URLMETA_CACHE_NONE;
         last = cache->chunks[last].next)
    {
        /* void */
    }

    cache->chunks[last].next = sh->free;
    sh->free = n;
}


static void
ngx_http_urlmeta_cache_lru_insert(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    rec = ngx_http_urlmeta_cache_record(cache, n);

    rec->lru_prev = NGX_HTTP_URLMETA_CACHE_NONE;
    rec->lru_next = sh->lru_head;

    if (sh->lru_head != NGX_HTTP_URLMETA_CACHE_NONE) {
        ngx_http_urlmeta_cache_record(cache, sh->lru_head)->lru_prev = n;

    } else {
        sh->lru_tail = n;
    }

    sh->lru_head = n;
}


static void
ngx_http_urlmeta_cache_lru_remove(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    rec = ngx_http_urlmeta_cache_record(cache, n);

    if (rec->lru_prev != NGX_HTTP_URLMETA_CACHE_NONE) {
        ngx_http_urlmeta_cache_record(cache, rec->lru_prev)->lru_next
                                                           = rec->lru_next;

    } else {
        sh->lru_head = rec->lru_next;
    }

    if (rec->lru_next != NGX_HTTP_URLMETA_CACHE_NONE) {
        ngx_http_urlmeta_cache_record(cache, rec->lru_next)->lru_prev
                                                           = rec->lru_prev;

    } else {
        sh->lru_tail = rec->lru_prev;
    }
}
