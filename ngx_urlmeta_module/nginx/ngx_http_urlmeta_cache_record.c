
/*
 * Records: chains of fixed chunks, their hash index, their order of use.
 *
 * Fixed chunks cannot fragment: what is free can be used, whatever sizes came
 * before.  Links are chunk numbers and need 4 bytes each.
 */


#include "ngx_http_urlmeta_cache_zone.h"


#if (NGX_HTTP_URLMETA_FAULT)
#define NGX_HTTP_URLMETA_FAULT_BASE  100
#endif

/* records that get a second chance for one that is evicted */
#define NGX_HTTP_URLMETA_CACHE_CHANCES  16


static void ngx_http_urlmeta_cache_drop(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);
static uint32_t ngx_http_urlmeta_cache_alloc(ngx_http_urlmeta_cache_t *cache);
static uint32_t ngx_http_urlmeta_cache_victim(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list, uint64_t now);
static void ngx_http_urlmeta_cache_link(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list, uint32_t n);
static void ngx_http_urlmeta_cache_unlink(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list, uint32_t n);
static ngx_int_t ngx_http_urlmeta_cache_copy_out(
    ngx_http_urlmeta_cache_t *cache, uint32_t n, u_char *to, size_t len);


/* the compiler must move no store of the change out of the pair */

void
ngx_http_urlmeta_cache_dirty(ngx_http_urlmeta_cache_t *cache)
{
    ngx_http_urlmeta_cache_set(cache->sh->dirty, 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}


void
ngx_http_urlmeta_cache_clean(ngx_http_urlmeta_cache_t *cache)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    ngx_http_urlmeta_cache_set(cache->sh->dirty, 0);
}


/* a sequence lock: readers see an odd number, or another one than before */

void
ngx_http_urlmeta_cache_change(ngx_http_urlmeta_cache_t *cache)
{
    ngx_http_urlmeta_cache_set(cache->sh->sequence, cache->sh->sequence + 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}


void
ngx_http_urlmeta_cache_changed(ngx_http_urlmeta_cache_t *cache)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    ngx_http_urlmeta_cache_set(cache->sh->sequence, cache->sh->sequence + 1);
}


uint32_t *
ngx_http_urlmeta_cache_bucket(ngx_http_urlmeta_cache_t *cache,
    const u_char *key)
{
    uint64_t  a, b;

    ngx_memcpy(&a, key, sizeof(uint64_t));
    ngx_memcpy(&b, key + sizeof(uint64_t), sizeof(uint64_t));

    a = a * cache->sh->seed[0] + b * cache->sh->seed[1];

    return &cache->buckets[(a >> 32) & (cache->sh->nbuckets - 1)];
}


uint32_t
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


/* what a site sends cannot look like a record, since it does not know seed */

uint64_t
ngx_http_urlmeta_cache_check(ngx_http_urlmeta_cache_t *cache,
    ngx_http_urlmeta_cache_record_t *rec)
{
    u_char    *p, *last;
    uint64_t   h, word;

    p = (u_char *) &rec->generation;
    last = (u_char *) rec + sizeof(ngx_http_urlmeta_cache_record_t);

    h = cache->sh->seed[1];

    for ( /* void */ ; p < last; p += sizeof(uint64_t)) {
        ngx_memcpy(&word, p, sizeof(uint64_t));

        h = (h ^ word) * cache->sh->seed[0];
        h ^= h >> 29;
    }

    return h;
}


size_t
ngx_http_urlmeta_cache_len(ngx_http_urlmeta_cache_meta_t *meta)
{
    return (size_t) meta->len + meta->url_len + meta->name_len
           + meta->fields_len;
}


ngx_uint_t
ngx_http_urlmeta_cache_nchunks(size_t len)
{
    if (len <= NGX_HTTP_URLMETA_CACHE_FIRST) {
        return 1;
    }

    return 1 + (len - NGX_HTTP_URLMETA_CACHE_FIRST
                + NGX_HTTP_URLMETA_CACHE_MORE - 1)
               / NGX_HTTP_URLMETA_CACHE_MORE;
}


/* from ngx_http_urlmeta_cache_buffer */

uint32_t
ngx_http_urlmeta_cache_write(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta,
    ngx_uint_t nchunks, uint64_t accessed)
{
    size_t                            left, part, room;
    u_char                           *from, *to;
    uint32_t                          n, first, last;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;

    from = ngx_http_urlmeta_cache_buffer;
    left = ngx_http_urlmeta_cache_len(meta);

    first = ngx_http_urlmeta_cache_alloc(cache);
    last = first;

    rec = ngx_http_urlmeta_cache_record(cache, first);
    to = (u_char *) rec + sizeof(ngx_http_urlmeta_cache_record_t);
    room = NGX_HTTP_URLMETA_CACHE_FIRST;

    /* what was stored here before may look like the mark */

    ngx_http_urlmeta_cache_set(rec->live, 0);

    for ( ;; ) {
        part = ngx_min(left, room);
        ngx_http_urlmeta_cache_copy(to, from, part);

        from += part;
        left -= part;

        if (left == 0) {
            break;
        }

        n = ngx_http_urlmeta_cache_alloc(cache);
        ngx_http_urlmeta_cache_set(cache->chunks[last].next, n);
        last = n;

        to = cache->chunks[n].data;
        room = NGX_HTTP_URLMETA_CACHE_MORE;
    }

    ngx_http_urlmeta_cache_set(cache->chunks[last].next,
                               NGX_HTTP_URLMETA_CACHE_NONE);
    ngx_http_urlmeta_cache_set(cache->touched[first], 0);
    ngx_http_urlmeta_cache_set(sh->generation, sh->generation + 1);

    ngx_http_urlmeta_cache_set(rec->accessed, accessed);
    ngx_http_urlmeta_cache_set(rec->generation, sh->generation);
    ngx_http_urlmeta_cache_set(rec->nchunks, (uint32_t) nchunks);
    ngx_http_urlmeta_cache_set(rec->last, last);
    ngx_http_urlmeta_cache_set(rec->list,
                               meta->error ? NGX_HTTP_URLMETA_CACHE_ERRORS
                                           : NGX_HTTP_URLMETA_CACHE_CARDS);
    ngx_http_urlmeta_cache_copy(rec->key, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN);
    ngx_http_urlmeta_cache_copy(&rec->meta, meta,
                                sizeof(ngx_http_urlmeta_cache_meta_t));
    ngx_http_urlmeta_cache_set(rec->check,
                               ngx_http_urlmeta_cache_check(cache, rec));

    __atomic_thread_fence(__ATOMIC_RELEASE);

    ngx_http_urlmeta_cache_set(rec->live, NGX_HTTP_URLMETA_CACHE_LIVE);

    return first;
}


void
ngx_http_urlmeta_cache_insert(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    uint32_t                         *bucket;
    ngx_http_urlmeta_cache_list_t    *list;
    ngx_http_urlmeta_cache_record_t  *rec;

    rec = ngx_http_urlmeta_cache_record(cache, n);
    bucket = ngx_http_urlmeta_cache_bucket(cache, rec->key);

    ngx_http_urlmeta_cache_set(rec->hash_next, *bucket);
    ngx_http_urlmeta_cache_set(*bucket, n);

    ngx_http_urlmeta_cache_link(cache, rec->list, n);

    list = &cache->sh->lists[rec->list];

    ngx_http_urlmeta_cache_set(list->nrecords, list->nrecords + 1);
    ngx_http_urlmeta_cache_set(list->nchunks, list->nchunks + rec->nchunks);
    ngx_http_urlmeta_cache_set(list->bytes, list->bytes + rec->meta.len);
}


void
ngx_http_urlmeta_cache_remove(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    uint32_t                         *link;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_list_t    *list;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    rec = ngx_http_urlmeta_cache_record(cache, n);
    list = &sh->lists[rec->list];

    /*
     * The checksum, too: a page that is stored here later may have the mark
     * where that was, and leave the rest as it is.
     */

    ngx_http_urlmeta_cache_set(rec->live, 0);
    ngx_http_urlmeta_cache_set(rec->check, 0);

    __atomic_thread_fence(__ATOMIC_RELEASE);

    ngx_http_urlmeta_cache_unlink(cache, rec->list, n);

    link = ngx_http_urlmeta_cache_bucket(cache, rec->key);

    while (*link != n) {
        link = &ngx_http_urlmeta_cache_record(cache, *link)->hash_next;
    }

    ngx_http_urlmeta_cache_set(*link, rec->hash_next);

    ngx_http_urlmeta_cache_set(list->nrecords, list->nrecords - 1);
    ngx_http_urlmeta_cache_set(list->nchunks, list->nchunks - rec->nchunks);
    ngx_http_urlmeta_cache_set(list->bytes, list->bytes - rec->meta.len);

    ngx_http_urlmeta_cache_set(cache->chunks[rec->last].next, sh->free);
    ngx_http_urlmeta_cache_set(sh->free, n);
    ngx_http_urlmeta_cache_set(sh->nfree, sh->nfree + rec->nchunks);
}


static void
ngx_http_urlmeta_cache_drop(ngx_http_urlmeta_cache_t *cache, uint32_t n)
{
    ngx_http_urlmeta_cache_change(cache);
    ngx_http_urlmeta_cache_remove(cache, n);
    ngx_http_urlmeta_cache_changed(cache);
}


ngx_int_t
ngx_http_urlmeta_cache_room(ngx_http_urlmeta_cache_t *cache, ngx_uint_t list,
    ngx_uint_t nchunks, uint64_t now)
{
    uint32_t                          n;
    ngx_uint_t                        i, kept, from;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_list_t    *errors;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    errors = &sh->lists[NGX_HTTP_URLMETA_CACHE_ERRORS];

    /* what can never fit must not empty the zone */

    if (nchunks > (list == NGX_HTTP_URLMETA_CACHE_ERRORS
                   ? sh->errors_max : sh->nchunks - sh->errors_min))
    {
        return NGX_DECLINED;
    }

    /* what nobody asked for, one of each: the next store takes the next */

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_LISTS; i++) {

        if (sh->lists[i].tail == NGX_HTTP_URLMETA_CACHE_NONE) {
            continue;
        }

        n = ngx_http_urlmeta_cache_victim(cache, i, now);
        rec = ngx_http_urlmeta_cache_record(cache, n);

        /* signed: another worker's clock may be a little ahead */

        if ((int64_t) (now - rec->accessed) >= (int64_t) cache->inactive) {
            ngx_http_urlmeta_cache_drop(cache, n);
            ngx_http_urlmeta_cache_set(sh->expirations, sh->expirations + 1);
        }
    }

    for ( ;; ) {

        from = list;

        if (list == NGX_HTTP_URLMETA_CACHE_ERRORS) {

            if (errors->nchunks + nchunks <= sh->errors_max
                && nchunks <= sh->nfree)
            {
                return NGX_OK;
            }

        } else {
            kept = (errors->nchunks < sh->errors_min)
                   ? sh->errors_min - errors->nchunks : 0;

            if (nchunks + kept <= sh->nfree) {
                return NGX_OK;
            }

            if (errors->nchunks > sh->errors_min) {
                from = NGX_HTTP_URLMETA_CACHE_ERRORS;
            }
        }

        if (sh->lists[from].tail == NGX_HTTP_URLMETA_CACHE_NONE) {
            return NGX_DECLINED;
        }

        n = ngx_http_urlmeta_cache_victim(cache, from, now);

        ngx_http_urlmeta_cache_drop(cache, n);
        ngx_http_urlmeta_cache_set(sh->evictions, sh->evictions + 1);
    }
}


/* who was used since he was looked at last goes to the head instead */

static uint32_t
ngx_http_urlmeta_cache_victim(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list, uint64_t now)
{
    uint32_t                          n;
    ngx_uint_t                        i;
    ngx_http_urlmeta_cache_record_t  *rec;

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_CHANCES; i++) {

        n = cache->sh->lists[list].tail;

        if (!cache->touched[n]) {
            break;
        }

        rec = ngx_http_urlmeta_cache_record(cache, n);

        ngx_http_urlmeta_cache_set(cache->touched[n], 0);
        ngx_http_urlmeta_cache_set(rec->accessed, now);

        ngx_http_urlmeta_cache_unlink(cache, list, n);
        ngx_http_urlmeta_cache_link(cache, list, n);
    }

    return cache->sh->lists[list].tail;
}


/* nfree says beforehand that there is one */

static uint32_t
ngx_http_urlmeta_cache_alloc(ngx_http_urlmeta_cache_t *cache)
{
    uint32_t                      n;
    ngx_http_urlmeta_cache_sh_t  *sh;

    sh = cache->sh;

    ngx_http_urlmeta_cache_set(sh->nfree, sh->nfree - 1);

    if (sh->free != NGX_HTTP_URLMETA_CACHE_NONE) {
        n = sh->free;
        ngx_http_urlmeta_cache_set(sh->free, cache->chunks[n].next);

    } else {
        n = sh->fresh;
        ngx_http_urlmeta_cache_set(sh->fresh, n + 1);
    }

    return n;
}


static void
ngx_http_urlmeta_cache_link(ngx_http_urlmeta_cache_t *cache, ngx_uint_t list,
    uint32_t n)
{
    ngx_http_urlmeta_cache_list_t    *l;
    ngx_http_urlmeta_cache_record_t  *rec;

    l = &cache->sh->lists[list];
    rec = ngx_http_urlmeta_cache_record(cache, n);

    ngx_http_urlmeta_cache_set(rec->prev, NGX_HTTP_URLMETA_CACHE_NONE);
    ngx_http_urlmeta_cache_set(rec->next, l->head);

    if (l->head != NGX_HTTP_URLMETA_CACHE_NONE) {
        rec = ngx_http_urlmeta_cache_record(cache, l->head);
        ngx_http_urlmeta_cache_set(rec->prev, n);

    } else {
        ngx_http_urlmeta_cache_set(l->tail, n);
    }

    ngx_http_urlmeta_cache_set(l->head, n);
}


static void
ngx_http_urlmeta_cache_unlink(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list, uint32_t n)
{
    ngx_http_urlmeta_cache_list_t    *l;
    ngx_http_urlmeta_cache_record_t  *rec, *other;

    l = &cache->sh->lists[list];
    rec = ngx_http_urlmeta_cache_record(cache, n);

    if (rec->prev != NGX_HTTP_URLMETA_CACHE_NONE) {
        other = ngx_http_urlmeta_cache_record(cache, rec->prev);
        ngx_http_urlmeta_cache_set(other->next, rec->next);

    } else {
        ngx_http_urlmeta_cache_set(l->head, rec->next);
    }

    if (rec->next != NGX_HTTP_URLMETA_CACHE_NONE) {
        other = ngx_http_urlmeta_cache_record(cache, rec->next);
        ngx_http_urlmeta_cache_set(other->prev, rec->prev);

    } else {
        ngx_http_urlmeta_cache_set(l->tail, rec->prev);
    }
}


/*
 * Without the lock anything may be read here: every number is checked before
 * it leads anywhere.
 */

ngx_int_t
ngx_http_urlmeta_cache_read(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta, uint32_t *found)
{
    size_t                            len;
    uint32_t                          n, steps;
    ngx_http_urlmeta_cache_record_t  *rec;

    n = __atomic_load_n(ngx_http_urlmeta_cache_bucket(cache, key),
                        __ATOMIC_RELAXED);

    for (steps = 0; n != NGX_HTTP_URLMETA_CACHE_NONE; steps++) {

        if (n >= cache->sh->nchunks || steps > cache->sh->nchunks) {
            return NGX_AGAIN;
        }

        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (ngx_memcmp(rec->key, key, NGX_HTTP_URLMETA_CACHE_KEY_LEN) == 0) {
            break;
        }

        n = __atomic_load_n(&rec->hash_next, __ATOMIC_RELAXED);
    }

    if (n == NGX_HTTP_URLMETA_CACHE_NONE) {
        return NGX_DECLINED;
    }

    ngx_memcpy(meta, &rec->meta, sizeof(ngx_http_urlmeta_cache_meta_t));

    len = ngx_http_urlmeta_cache_len(meta);

    if (len > NGX_HTTP_URLMETA_CACHE_BUFFER) {
        return NGX_AGAIN;
    }

    *found = n;

    return ngx_http_urlmeta_cache_copy_out(cache, n,
                                           ngx_http_urlmeta_cache_buffer, len);
}


static ngx_int_t
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
            return NGX_OK;
        }

        n = __atomic_load_n(&cache->chunks[n].next, __ATOMIC_RELAXED);

        if (n >= cache->sh->nchunks) {
            return NGX_AGAIN;
        }

        from = cache->chunks[n].data;
        room = NGX_HTTP_URLMETA_CACHE_MORE;
    }
}


void
ngx_http_urlmeta_cache_parts(ngx_http_urlmeta_cache_entry_t *entry, u_char *p)
{
    entry->url.data = p;
    entry->url.len = entry->meta.url_len;
    p += entry->url.len;

    entry->name = entry->url;

    if (entry->meta.name_len) {
        entry->name.data = p;
        entry->name.len = entry->meta.name_len;
        p += entry->name.len;
    }

    entry->body.data = p;
    entry->body.len = entry->meta.len;
    p += entry->body.len;

    entry->fields.data = p;
    entry->fields.len = entry->meta.fields_len;
}


ngx_int_t
ngx_http_urlmeta_cache_next(ngx_http_urlmeta_cache_t *cache,
    uint32_t *position, ngx_uint_t chunks, u_char *key,
    ngx_http_urlmeta_cache_meta_t *meta)
{
    uint32_t                          n, last;
    ngx_http_urlmeta_cache_record_t  *rec;

    last = cache->sh->fresh;

    if (*position >= last) {
        return NGX_DONE;
    }

    if (last - *position > chunks) {
        last = *position + (uint32_t) chunks;
    }

    for (n = *position; n < last; n++) {

        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (rec->live != NGX_HTTP_URLMETA_CACHE_LIVE
            || rec->check != ngx_http_urlmeta_cache_check(cache, rec))
        {
            continue;
        }

        *position = n + 1;

        ngx_memcpy(key, rec->key, NGX_HTTP_URLMETA_CACHE_KEY_LEN);
        ngx_memcpy(meta, &rec->meta, sizeof(ngx_http_urlmeta_cache_meta_t));

        return ngx_http_urlmeta_cache_copy_out(cache, n,
                                               ngx_http_urlmeta_cache_buffer,
                                            ngx_http_urlmeta_cache_len(meta));
    }

    *position = n;

    return NGX_AGAIN;
}
