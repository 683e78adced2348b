
/*
 * What a dead worker left: all lists made anew from the records themselves.
 *
 * A record counts if it is marked as live and its checksum, which needs the
 * zone's secret, is right: it was written wholly before it was marked.  What
 * belongs to no such record is free.  A worker that dies here leaves the mark
 * for the next one, who begins again.
 */


#include "ngx_http_urlmeta_cache_zone.h"


#if (NGX_HTTP_URLMETA_FAULT)
#define NGX_HTTP_URLMETA_FAULT_BASE  200
#endif


static ngx_int_t ngx_http_urlmeta_cache_repair_chain(
    ngx_http_urlmeta_cache_t *cache, uint32_t n);
static void ngx_http_urlmeta_cache_repair_unmark(
    ngx_http_urlmeta_cache_t *cache, uint32_t n, ngx_uint_t nchunks);
static ngx_uint_t ngx_http_urlmeta_cache_repair_insert(
    ngx_http_urlmeta_cache_t *cache, uint32_t n);
static void ngx_http_urlmeta_cache_repair_kill(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);
static void ngx_http_urlmeta_cache_repair_variants(
    ngx_http_urlmeta_cache_t *cache);


#define ngx_http_urlmeta_cache_marked(cache, n)                               \
    ((cache)->map[(n) / 8] & (1 << ((n) % 8)))


void
ngx_http_urlmeta_cache_reset(ngx_http_urlmeta_cache_t *cache)
{
    ngx_uint_t                      i;
    ngx_http_urlmeta_cache_sh_t    *sh;
    ngx_http_urlmeta_cache_list_t  *list;

    sh = cache->sh;

    for (i = 0; i < sh->nbuckets; i++) {
        ngx_http_urlmeta_cache_set(cache->buckets[i],
                                   NGX_HTTP_URLMETA_CACHE_NONE);
    }

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_LISTS; i++) {
        list = &sh->lists[i];

        ngx_http_urlmeta_cache_set(list->head, NGX_HTTP_URLMETA_CACHE_NONE);
        ngx_http_urlmeta_cache_set(list->tail, NGX_HTTP_URLMETA_CACHE_NONE);
        ngx_http_urlmeta_cache_set(list->nchunks, 0);
        ngx_http_urlmeta_cache_set(list->nrecords, 0);
        ngx_http_urlmeta_cache_set(list->bytes, 0);
    }

    ngx_http_urlmeta_cache_set(sh->free, NGX_HTTP_URLMETA_CACHE_NONE);
    ngx_http_urlmeta_cache_set(sh->nfree, sh->nchunks - sh->fresh);
}


void
ngx_http_urlmeta_cache_repair(ngx_http_urlmeta_cache_t *cache)
{
    uint32_t                          n;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;

    ngx_http_urlmeta_cache_set(sh->dirty, 1);

    /* readers wait, whatever the dead one had begun */

    ngx_http_urlmeta_cache_set(sh->sequence, sh->sequence | 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);

    if (sh->fresh > sh->nchunks) {
        ngx_http_urlmeta_cache_set(sh->fresh, sh->nchunks);
    }

    ngx_http_urlmeta_cache_reset(cache);

    for (n = 0; n < sh->fresh; n += 8) {
        ngx_http_urlmeta_cache_set(cache->map[n / 8], 0);
    }

    for (n = 0; n < sh->fresh; n++) {

        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (rec->live != NGX_HTTP_URLMETA_CACHE_LIVE
            || rec->check != ngx_http_urlmeta_cache_check(cache, rec))
        {
            continue;
        }

        if (ngx_http_urlmeta_cache_repair_chain(cache, n) == NGX_OK) {

            if (ngx_http_urlmeta_cache_repair_insert(cache, n)) {
                continue;
            }

            ngx_http_urlmeta_cache_repair_unmark(cache, n, rec->nchunks);
        }

        ngx_http_urlmeta_cache_set(rec->live, 0);
        ngx_http_urlmeta_cache_set(sh->repair_drops, sh->repair_drops + 1);
    }

    ngx_http_urlmeta_cache_repair_variants(cache);

    for (n = sh->fresh; n-- > 0; /* void */) {

        if (ngx_http_urlmeta_cache_marked(cache, n)) {
            continue;
        }

        /* of one that was half removed: it must not come to life again */

        rec = ngx_http_urlmeta_cache_record(cache, n);

        ngx_http_urlmeta_cache_set(rec->live, 0);
        ngx_http_urlmeta_cache_set(rec->check, 0);

        ngx_http_urlmeta_cache_set(cache->chunks[n].next, sh->free);
        ngx_http_urlmeta_cache_set(sh->free, n);
        ngx_http_urlmeta_cache_set(sh->nfree, sh->nfree + 1);
    }

    ngx_http_urlmeta_cache_set(sh->repairs, sh->repairs + 1);

    ngx_http_urlmeta_cache_changed(cache);
    ngx_http_urlmeta_cache_clean(cache);
}


/*
 * Is the chain as the record says, and nobody else's?  Marks it as used, as it
 * goes, so that one that comes back to itself is found, too.
 */

static ngx_int_t
ngx_http_urlmeta_cache_repair_chain(ngx_http_urlmeta_cache_t *cache,
    uint32_t n)
{
    uint32_t                          i, first, next;
    ngx_http_urlmeta_cache_record_t  *rec;

    rec = ngx_http_urlmeta_cache_record(cache, n);
    first = n;
    next = n;

    for (i = 0; i < rec->nchunks; i++) {

        n = next;

        if (n >= cache->sh->fresh || ngx_http_urlmeta_cache_marked(cache, n)) {
            break;
        }

        ngx_http_urlmeta_cache_set(cache->map[n / 8],
                                   cache->map[n / 8] | (1 << (n % 8)));

        next = cache->chunks[n].next;
    }

    if (i == rec->nchunks && n == rec->last
        && next == NGX_HTTP_URLMETA_CACHE_NONE
        && rec->list < NGX_HTTP_URLMETA_CACHE_LISTS)
    {
        return NGX_OK;
    }

    ngx_http_urlmeta_cache_repair_unmark(cache, first, i);

    return NGX_ERROR;
}


static void
ngx_http_urlmeta_cache_repair_unmark(ngx_http_urlmeta_cache_t *cache,
    uint32_t n, ngx_uint_t nchunks)
{
    while (nchunks--) {
        ngx_http_urlmeta_cache_set(cache->map[n / 8],
                                   cache->map[n / 8] & ~(1 << (n % 8)));
        n = cache->chunks[n].next;
    }
}


/* 0: a later record of the same key is there already */

static ngx_uint_t
ngx_http_urlmeta_cache_repair_insert(ngx_http_urlmeta_cache_t *cache,
    uint32_t n)
{
    uint32_t                          was;
    ngx_http_urlmeta_cache_record_t  *rec, *old;

    rec = ngx_http_urlmeta_cache_record(cache, n);
    was = ngx_http_urlmeta_cache_lookup(cache, rec->key);

    if (was != NGX_HTTP_URLMETA_CACHE_NONE) {
        old = ngx_http_urlmeta_cache_record(cache, was);

        if (old->generation > rec->generation) {
            return 0;
        }

        ngx_http_urlmeta_cache_repair_kill(cache, was);
    }

    ngx_http_urlmeta_cache_insert(cache, n);

    return 1;
}


/* its chunks become free with all others that are not marked */

static void
ngx_http_urlmeta_cache_repair_kill(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    uint32_t                          free, nfree;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    rec = ngx_http_urlmeta_cache_record(cache, n);

    ngx_http_urlmeta_cache_repair_unmark(cache, n, rec->nchunks);

    free = sh->free;
    nfree = sh->nfree;

    ngx_http_urlmeta_cache_remove(cache, n);

    ngx_http_urlmeta_cache_set(sh->free, free);
    ngx_http_urlmeta_cache_set(sh->nfree, nfree);
    ngx_http_urlmeta_cache_set(sh->repair_drops, sh->repair_drops + 1);
}


/* other formats were made of the card that came before them */

static void
ngx_http_urlmeta_cache_repair_variants(ngx_http_urlmeta_cache_t *cache)
{
    u_char                            key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint32_t                          n, native;
    ngx_http_urlmeta_cache_record_t  *rec;

    for (n = 0; n < cache->sh->fresh; n++) {

        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (!ngx_http_urlmeta_cache_marked(cache, n)
            || rec->live != NGX_HTTP_URLMETA_CACHE_LIVE
            || rec->key[NGX_HTTP_URLMETA_CACHE_VARIANT] == 0
            || rec->check != ngx_http_urlmeta_cache_check(cache, rec))
        {
            continue;
        }

        ngx_memcpy(key, rec->key, NGX_HTTP_URLMETA_CACHE_KEY_LEN);
        key[NGX_HTTP_URLMETA_CACHE_VARIANT] = 0;

        native = ngx_http_urlmeta_cache_lookup(cache, key);

        if (native == NGX_HTTP_URLMETA_CACHE_NONE
            || ngx_http_urlmeta_cache_record(cache, native)->generation
               > rec->generation)
        {
            ngx_http_urlmeta_cache_repair_kill(cache, n);
        }
    }
}
