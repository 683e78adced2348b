
/*
 * The shared zone: one arena, taken from the slab pool once, and what others
 * ask of it.  The rules of its lock are in ngx_http_urlmeta_cache_zone.h.
 */


#include "ngx_http_urlmeta_cache_zone.h"

#include <openssl/evp.h>


#if (NGX_HTTP_URLMETA_FAULT)
#define NGX_HTTP_URLMETA_FAULT_BASE  0
#endif

#define NGX_HTTP_URLMETA_CACHE_MAGIC    0x75726c6d
#define NGX_HTTP_URLMETA_CACHE_LAYOUT   3

/* chunks of the average record, from which the buckets are counted */
#define NGX_HTTP_URLMETA_CACHE_AVERAGE  8

/* of a reader who finds the zone changed meanwhile, before he locks */
#define NGX_HTTP_URLMETA_CACHE_TRIES    4

/* a key's text that is put together before it is hashed */
#define NGX_HTTP_URLMETA_CACHE_SHORT    512

/* chunks that are looked at under one lock, and bytes that are copied */
#define NGX_HTTP_URLMETA_CACHE_STEP     256
#define NGX_HTTP_URLMETA_CACHE_BYTES    65536


static ngx_int_t ngx_http_urlmeta_cache_init_zone(ngx_shm_zone_t *zone,
    void *data);
static void ngx_http_urlmeta_cache_sizes(ngx_http_urlmeta_cache_sh_t *sh,
    size_t size);
static size_t ngx_http_urlmeta_cache_map(ngx_http_urlmeta_cache_t *cache);
static ngx_uint_t ngx_http_urlmeta_cache_made_of(
    ngx_http_urlmeta_cache_t *cache, const u_char *key,
    ngx_http_urlmeta_cache_meta_t *meta);
static void ngx_http_urlmeta_cache_remove_variants(
    ngx_http_urlmeta_cache_t *cache, const u_char *key, ngx_uint_t *found);


u_char             ngx_http_urlmeta_cache_buffer[
                                               NGX_HTTP_URLMETA_CACHE_BUFFER];

static EVP_MD     *ngx_http_urlmeta_cache_md;
static EVP_MD_CTX *ngx_http_urlmeta_cache_md_ctx;


ngx_shm_zone_t *
ngx_http_urlmeta_cache_zone(ngx_conf_t *cf, ngx_str_t *name, size_t size,
    time_t inactive, size_t max_entry, ngx_str_t *state, time_t interval,
    void *tag)
{
    ngx_uint_t                 i;
    ngx_list_part_t           *part;
    ngx_shm_zone_t            *zone, *other;
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

    /* each of two would overwrite what the other saved */

    part = &cf->cycle->shared_memory.part;
    other = part->elts;

    for (i = 0; state->len; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            other = part->elts;
            i = 0;
        }

        if (other[i].tag != tag || other[i].data == NULL) {
            continue;
        }

        cache = other[i].data;

        if (cache->file.len == state->len
            && ngx_memcmp(cache->file.data, state->data, state->len) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "urlmeta_cache_zone: state file \"%V\" of zone "
                               "\"%V\" is that of zone \"%V\" already",
                               state, name, &other[i].shm.name);
            return NULL;
        }
    }

    cache = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_cache_t));
    if (cache == NULL) {
        return NULL;
    }

    cache->inactive = (uint64_t) inactive * 1000;
    cache->max_entry = max_entry;
    cache->file = *state;
    cache->interval = interval;

    zone->init = ngx_http_urlmeta_cache_init_zone;
    zone->data = cache;

    return zone;
}


static ngx_int_t
ngx_http_urlmeta_cache_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_urlmeta_cache_t  *was = data;

    size_t                        size;
    ngx_http_urlmeta_cache_t     *cache;
    ngx_http_urlmeta_cache_sh_t  *sh;

    cache = zone->data;
    cache->shpool = (ngx_slab_pool_t *) zone->shm.addr;
    cache->size = zone->shm.size;

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

        (void) ngx_http_urlmeta_cache_map(cache);

        return NGX_OK;
    }

    /* the whole pool as one block, which a fresh pool can always give */

    size = (size_t) cache->shpool->pfree * ngx_pagesize;

    sh = ngx_slab_alloc(cache->shpool, size);
    if (sh == NULL) {
        return NGX_ERROR;
    }

    cache->shpool->log_nomem = 0;
    cache->shpool->data = sh;
    cache->sh = sh;

    ngx_memzero(sh, sizeof(ngx_http_urlmeta_cache_sh_t));

    ngx_http_urlmeta_cache_sizes(sh, size);

    /*
     * Keys are digests of what clients ask for; the seed keeps them from
     * choosing keys that meet in one bucket, and sites from sending what
     * looks like a record.
     */

    sh->seed[0] = ((uint64_t) ngx_random() << 32)
                  ^ ((uint64_t) ngx_random() << 13) ^ ngx_pid;
    sh->seed[1] = ((uint64_t) ngx_random() << 31)
                  ^ (uint64_t) ngx_random() ^ (uintptr_t) sh;
    sh->seed[0] |= 1;
    sh->seed[1] |= 1;

    size = ngx_http_urlmeta_cache_map(cache);

    ngx_memzero(cache->hosts, size);
    ngx_http_urlmeta_cache_reset(cache);

    sh->layout = NGX_HTTP_URLMETA_CACHE_LAYOUT;
    sh->magic = NGX_HTTP_URLMETA_CACHE_MAGIC;

    if (cache->file.len) {
        ngx_http_urlmeta_cache_state_load(cache, zone->shm.log);
    }

    return NGX_OK;
}


static void
ngx_http_urlmeta_cache_sizes(ngx_http_urlmeta_cache_sh_t *sh, size_t size)
{
    size_t  n, chunks, left;

    chunks = size / NGX_HTTP_URLMETA_CACHE_CHUNK;

    for (n = 16;
         n < (1U << 30) && n * NGX_HTTP_URLMETA_CACHE_AVERAGE < chunks;
         n *= 2)
    {
        /* void */
    }

    sh->nbuckets = (uint32_t) n;

    for (n = 16; n * 64 < chunks && n < 65536; n *= 2) { /* void */ }

    sh->nhosts = (uint32_t) n;

    for (n = 16; n * 16 < chunks && n < 1048576; n *= 2) { /* void */ }

    sh->nuses = (uint32_t) n;

    n = ngx_min(ngx_max(chunks / 64, 16), 65536);

    sh->nleases = (uint32_t) (n & ~(size_t)
                                  (NGX_HTTP_URLMETA_CACHE_WAYS - 1));

    left = size - sizeof(ngx_http_urlmeta_cache_sh_t)
           - sh->nbuckets * sizeof(uint32_t)
           - sh->nhosts * sizeof(ngx_http_urlmeta_cache_host_t)
           - sh->nleases * sizeof(ngx_http_urlmeta_cache_slot_t)
           - sh->nuses * sizeof(uint64_t);

    /* with each chunk a byte and a bit; one less for the alignment */

    chunks = left / (8 * NGX_HTTP_URLMETA_CACHE_CHUNK + 9) * 8 - 8;

    sh->nchunks = (uint32_t) ngx_min(chunks,
                                     NGX_HTTP_URLMETA_CACHE_NONE - (size_t) 8);

    sh->errors_min = ngx_max(sh->nchunks / 64, 1);
    sh->errors_max = ngx_max(sh->nchunks / 10, 1);
}


/* the size of all that is zero at first, from cache->hosts on */

static size_t
ngx_http_urlmeta_cache_map(ngx_http_urlmeta_cache_t *cache)
{
    u_char                       *p;
    ngx_http_urlmeta_cache_sh_t  *sh;

    sh = cache->sh;
    p = (u_char *) sh + sizeof(ngx_http_urlmeta_cache_sh_t);

    cache->buckets = (uint32_t *) p;
    p += sh->nbuckets * sizeof(uint32_t);

    cache->hosts = (ngx_http_urlmeta_cache_host_t *) p;
    p += sh->nhosts * sizeof(ngx_http_urlmeta_cache_host_t);

    cache->leases = (ngx_http_urlmeta_cache_slot_t *) p;
    p += sh->nleases * sizeof(ngx_http_urlmeta_cache_slot_t);

    cache->uses = (uint64_t *) p;
    p += sh->nuses * sizeof(uint64_t);

    cache->touched = p;
    p += sh->nchunks;

    cache->map = p;
    p += sh->nchunks / 8 + 1;

    cache->chunks = (ngx_http_urlmeta_cache_chunk_t *)
                     ngx_align_ptr(p, NGX_HTTP_URLMETA_CACHE_CHUNK);

    return p - (u_char *) cache->hosts;
}


void
ngx_http_urlmeta_cache_lock(ngx_http_urlmeta_cache_t *cache)
{
    ngx_shmtx_lock(&cache->shpool->mutex);

    if (cache->sh->dirty || (cache->sh->sequence & 1)) {

        /* a worker died while it changed the zone */

        ngx_http_urlmeta_cache_repair(cache);
    }
}


void
ngx_http_urlmeta_cache_unlock(ngx_http_urlmeta_cache_t *cache)
{
    ngx_shmtx_unlock(&cache->shpool->mutex);
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
    u_char     *p;
    size_t      len;
    ngx_uint_t  i;
    u_char      buf[NGX_HTTP_URLMETA_CACHE_SHORT];

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

    len = n;

    for (i = 0; i < n; i++) {
        len += text[i].len;
    }

    if (len <= NGX_HTTP_URLMETA_CACHE_SHORT) {

        /* what a call costs is a part of the price of a hit */

        p = buf;

        for (i = 0; i < n; i++) {
            p = ngx_cpymem(p, text[i].data, text[i].len);
            *p++ = '\0';
        }

        if (!EVP_DigestUpdate(ngx_http_urlmeta_cache_md_ctx, buf, len)) {
            return NGX_ERROR;
        }

        n = 0;
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
    u_char                       *p;
    size_t                        len;
    uint32_t                      n;
    uint64_t                      sequence;
    ngx_int_t                     rc;
    ngx_uint_t                    i;
    ngx_http_urlmeta_cache_t     *cache;
    ngx_http_urlmeta_cache_sh_t  *sh;

    cache = zone->data;
    sh = cache->sh;
    rc = NGX_AGAIN;

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_TRIES; i++) {

        sequence = __atomic_load_n(&sh->sequence, __ATOMIC_ACQUIRE);

        if (sequence & 1) {
            ngx_cpu_pause();
            continue;
        }

        rc = ngx_http_urlmeta_cache_read(cache, key, &entry->meta, &n);

        __atomic_thread_fence(__ATOMIC_ACQUIRE);

        if (__atomic_load_n(&sh->sequence, __ATOMIC_RELAXED) != sequence) {
            rc = NGX_AGAIN;
        }

        if (rc != NGX_AGAIN) {
            break;
        }
    }

    if (rc == NGX_AGAIN) {
        ngx_http_urlmeta_cache_lock(cache);

        rc = ngx_http_urlmeta_cache_read(cache, key, &entry->meta, &n);

        ngx_http_urlmeta_cache_unlock(cache);
    }

    if (rc != NGX_OK) {
        return NGX_DECLINED;
    }

    /*
     * For a record that is another one by now this gives that one a second
     * chance, and no harm is done.
     */

    if (!cache->touched[n]) {
        __atomic_store_n(&cache->touched[n], 1, __ATOMIC_RELAXED);
    }

    len = ngx_http_urlmeta_cache_len(&entry->meta);

    p = ngx_pnalloc(pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, ngx_http_urlmeta_cache_buffer, len);

    ngx_http_urlmeta_cache_parts(entry, p);

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_cache_put(ngx_shm_zone_t *zone, const u_char *key,
    ngx_http_urlmeta_cache_entry_t *entry, ngx_uint_t all)
{
    u_char                         *p;
    size_t                          len;
    uint32_t                        n, was;
    uint64_t                        now;
    ngx_int_t                       rc;
    ngx_uint_t                      nchunks, found;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_meta_t  *meta;

    cache = zone->data;
    now = ngx_http_urlmeta_cache_now();
    meta = &entry->meta;

    if (entry->url.len > NGX_HTTP_URLMETA_CACHE_MAX_MORE / 3
        || entry->name.len > NGX_HTTP_URLMETA_CACHE_MAX_MORE / 3
        || entry->fields.len > NGX_HTTP_URLMETA_CACHE_MAX_MORE / 3)
    {
        (void) ngx_http_urlmeta_cache_delete(zone, key);
        return NGX_DECLINED;
    }

    if (entry->body.len > cache->max_entry) {
        (void) ngx_http_urlmeta_cache_delete(zone, key);
        return NGX_DECLINED;
    }

    meta->url_len = (uint16_t) entry->url.len;
    meta->name_len = (uint16_t) entry->name.len;
    meta->fields_len = (uint16_t) entry->fields.len;
    meta->len = (uint32_t) entry->body.len;

    if (entry->name.len == entry->url.len
        && ngx_memcmp(entry->name.data, entry->url.data, entry->url.len) == 0)
    {
        meta->name_len = 0;
    }

    /* one piece to copy from, so that the lock is held for one kind of copy */

    p = ngx_cpymem(ngx_http_urlmeta_cache_buffer, entry->url.data,
                   entry->url.len);

    if (meta->name_len) {
        p = ngx_cpymem(p, entry->name.data, entry->name.len);
    }

    p = ngx_cpymem(p, entry->body.data, entry->body.len);
    p = ngx_cpymem(p, entry->fields.data, entry->fields.len);

    len = p - ngx_http_urlmeta_cache_buffer;
    nchunks = ngx_http_urlmeta_cache_nchunks(len);

    ngx_http_urlmeta_cache_lock(cache);

    if (!all && key[NGX_HTTP_URLMETA_CACHE_VARIANT]
        && !ngx_http_urlmeta_cache_made_of(cache, key, meta))
    {
        ngx_http_urlmeta_cache_unlock(cache);
        return NGX_DECLINED;
    }

    ngx_http_urlmeta_cache_dirty(cache);

    rc = ngx_http_urlmeta_cache_room(cache,
                                     meta->error
                                     ? NGX_HTTP_URLMETA_CACHE_ERRORS
                                     : NGX_HTTP_URLMETA_CACHE_CARDS,
                                     nchunks, now);
    n = 0;

    /* readers go on until it is complete: nothing leads to it yet */

    if (rc == NGX_OK) {
        n = ngx_http_urlmeta_cache_write(cache, key, meta, nchunks, now);
    }

    ngx_http_urlmeta_cache_change(cache);

    if (all) {
        ngx_http_urlmeta_cache_remove_variants(cache, key, &found);

    } else {
        was = ngx_http_urlmeta_cache_lookup(cache, key);

        if (was != NGX_HTTP_URLMETA_CACHE_NONE) {
            ngx_http_urlmeta_cache_remove(cache, was);
        }
    }

    if (rc == NGX_OK) {
        ngx_http_urlmeta_cache_insert(cache, n);
    }

    ngx_http_urlmeta_cache_changed(cache);
    ngx_http_urlmeta_cache_clean(cache);
    ngx_http_urlmeta_cache_unlock(cache);

    return rc;
}


/* a variant of a card that was replaced meanwhile is not wanted */

static ngx_uint_t
ngx_http_urlmeta_cache_made_of(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta)
{
    u_char                            native[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                          n;
    ngx_http_urlmeta_cache_record_t  *rec;

    ngx_memcpy(native, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN);
    native[NGX_HTTP_URLMETA_CACHE_VARIANT] = 0;

    n = ngx_http_urlmeta_cache_lookup(cache, native);

    if (n == NGX_HTTP_URLMETA_CACHE_NONE) {
        return 0;
    }

    rec = ngx_http_urlmeta_cache_record(cache, n);

    return rec->meta.created == meta->created
           && rec->meta.expires == meta->expires;
}


ngx_uint_t
ngx_http_urlmeta_cache_renew(ngx_shm_zone_t *zone, const u_char *key,
    ngx_http_urlmeta_cache_meta_t *meta)
{
    uint32_t                          n;
    ngx_uint_t                        found;
    ngx_http_urlmeta_cache_t         *cache;
    ngx_http_urlmeta_cache_record_t  *rec;

    cache = zone->data;
    found = 0;

    ngx_http_urlmeta_cache_lock(cache);
    ngx_http_urlmeta_cache_dirty(cache);
    ngx_http_urlmeta_cache_change(cache);

    for (n = *ngx_http_urlmeta_cache_bucket(cache, key);
         n != NGX_HTTP_URLMETA_CACHE_NONE;
         n = rec->hash_next)
    {
        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (ngx_memcmp(rec->key, key, NGX_HTTP_URLMETA_CACHE_VARIANT) != 0) {
            continue;
        }

        /* half of a change has no right checksum, and is as good as none */

        ngx_http_urlmeta_cache_set(rec->meta.created, meta->created);
        ngx_http_urlmeta_cache_set(rec->meta.expires, meta->expires);
        ngx_http_urlmeta_cache_set(rec->meta.updating, meta->updating);
        ngx_http_urlmeta_cache_set(rec->meta.failing, meta->failing);
        ngx_http_urlmeta_cache_set(rec->meta.retry, meta->retry);
        ngx_http_urlmeta_cache_set(rec->meta.failures, meta->failures);
        ngx_http_urlmeta_cache_set(rec->meta.retry_error, meta->retry_error);
        ngx_http_urlmeta_cache_set(rec->meta.retry_status,
                                   meta->retry_status);
        ngx_http_urlmeta_cache_set(rec->check,
                                   ngx_http_urlmeta_cache_check(cache, rec));
        found++;
    }

    ngx_http_urlmeta_cache_changed(cache);
    ngx_http_urlmeta_cache_clean(cache);
    ngx_http_urlmeta_cache_unlock(cache);

    return found;
}


ngx_uint_t
ngx_http_urlmeta_cache_delete(ngx_shm_zone_t *zone, const u_char *key)
{
    ngx_uint_t                 found;
    ngx_http_urlmeta_cache_t  *cache;

    cache = zone->data;

    ngx_http_urlmeta_cache_lock(cache);
    ngx_http_urlmeta_cache_dirty(cache);
    ngx_http_urlmeta_cache_change(cache);

    ngx_http_urlmeta_cache_remove_variants(cache, key, &found);

    ngx_http_urlmeta_cache_changed(cache);
    ngx_http_urlmeta_cache_clean(cache);
    ngx_http_urlmeta_cache_unlock(cache);

    return found;
}


static void
ngx_http_urlmeta_cache_remove_variants(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_uint_t *found)
{
    uint32_t                          n, next;
    ngx_http_urlmeta_cache_record_t  *rec;

    *found = 0;

    for (n = *ngx_http_urlmeta_cache_bucket(cache, key);
         n != NGX_HTTP_URLMETA_CACHE_NONE;
         n = next)
    {
        rec = ngx_http_urlmeta_cache_record(cache, n);
        next = rec->hash_next;

        if (ngx_memcmp(rec->key, key, NGX_HTTP_URLMETA_CACHE_VARIANT) == 0) {
            ngx_http_urlmeta_cache_remove(cache, n);
            (*found)++;
        }
    }
}


ngx_int_t
ngx_http_urlmeta_cache_delete_prefix(ngx_shm_zone_t *zone, ngx_str_t *prefix,
    uint32_t *position, ngx_uint_t *found)
{
    u_char                          key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    size_t                          bytes;
    uint32_t                        last, n;
    ngx_int_t                       rc;
    ngx_http_urlmeta_cache_t       *cache;
    ngx_http_urlmeta_cache_entry_t  entry;

    cache = zone->data;

    ngx_http_urlmeta_cache_lock(cache);

    last = *position + NGX_HTTP_URLMETA_CACHE_STEP;
    rc = NGX_AGAIN;

    bytes = 0;

    while (*position < last && bytes < NGX_HTTP_URLMETA_CACHE_BYTES
           && rc != NGX_DONE)
    {
        rc = ngx_http_urlmeta_cache_next(cache, position, last - *position,
                                         key, &entry.meta);

        if (rc != NGX_OK) {
            continue;
        }

        bytes += ngx_http_urlmeta_cache_len(&entry.meta);

        ngx_http_urlmeta_cache_parts(&entry, ngx_http_urlmeta_cache_buffer);

        if (entry.name.len < prefix->len
            || ngx_memcmp(entry.name.data, prefix->data, prefix->len) != 0)
        {
            continue;
        }

        /* the one whose key leads there, which may be a later one */

        n = ngx_http_urlmeta_cache_lookup(cache, key);

        if (n == NGX_HTTP_URLMETA_CACHE_NONE) {
            continue;
        }

        ngx_http_urlmeta_cache_dirty(cache);
        ngx_http_urlmeta_cache_change(cache);
        ngx_http_urlmeta_cache_remove(cache, n);
        ngx_http_urlmeta_cache_changed(cache);
        ngx_http_urlmeta_cache_clean(cache);

        (*found)++;
    }

    ngx_http_urlmeta_cache_unlock(cache);

    return (rc == NGX_DONE) ? NGX_DONE : NGX_AGAIN;
}


void
ngx_http_urlmeta_cache_stat(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_stat_t *stat)
{
    uint64_t                      now;
    ngx_uint_t                    i;
    ngx_http_urlmeta_cache_t     *cache;
    ngx_http_urlmeta_cache_sh_t  *sh;

    cache = zone->data;
    sh = cache->sh;
    now = ngx_http_urlmeta_cache_now();

    ngx_memzero(stat, sizeof(ngx_http_urlmeta_cache_stat_t));

    ngx_http_urlmeta_cache_lock(cache);

    stat->bytes = sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].bytes
                  + sh->lists[NGX_HTTP_URLMETA_CACHE_ERRORS].bytes;
    stat->chunks = sh->nchunks;
    stat->chunks_used = sh->nchunks - sh->nfree;
    stat->entries = sh->lists[NGX_HTTP_URLMETA_CACHE_CARDS].nrecords;
    stat->negative = sh->lists[NGX_HTTP_URLMETA_CACHE_ERRORS].nrecords;
    stat->evictions = sh->evictions;
    stat->expirations = sh->expirations;
    stat->repairs = sh->repairs;
    stat->repair_drops = sh->repair_drops;
    stat->loaded = sh->loaded;
    stat->saved = sh->saved;
    stat->saved_at = sh->saved_at;

    ngx_http_urlmeta_cache_unlock(cache);

    stat->size = cache->size;

    /* each of them changes by itself, and is only counted */

    for (i = 0; i < sh->nleases; i++) {
        if (cache->leases[i].state == NGX_HTTP_URLMETA_CACHE_HELD
            && (int64_t) (cache->leases[i].deadline - now) > 0)
        {
            stat->leases++;
        }
    }
}
