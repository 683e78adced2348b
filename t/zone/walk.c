
/*
 * What must hold of a zone between two changes.
 */


#include "lab.h"


static const char *lab_complain(const char *fmt, ...);
static const char *lab_walk_list(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list);
static const char *lab_walk_free(ngx_http_urlmeta_cache_t *cache);
static const char *lab_walk_hash(ngx_http_urlmeta_cache_t *cache);


/* of each chunk */

#define LAB_FREE    1
#define LAB_RECORD  2
#define LAB_MORE    3
#define LAB_HASHED  4


static char       lab_said[256];
static u_char    *lab_use;
static uint32_t   lab_use_size;
static uint32_t   lab_records;


static const char *
lab_complain(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    vsnprintf(lab_said, sizeof(lab_said), fmt, args);
    va_end(args);

    return lab_said;
}


const char *
lab_walk(ngx_http_urlmeta_cache_t *cache)
{
    uint32_t                          n;
    const char                       *said;
    ngx_uint_t                        i;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;

    if (lab_use_size < sh->nchunks) {
        free(lab_use);
        lab_use = malloc(sh->nchunks);
        lab_use_size = sh->nchunks;

        if (lab_use == NULL) {
            lab_die("malloc()");
        }
    }

    if (sh->fresh > sh->nchunks) {
        return lab_complain("%u chunks are not fresh, of %u", sh->fresh,
                            sh->nchunks);
    }

    if (sh->dirty || (sh->sequence & 1)) {
        return lab_complain("dirty %u, sequence %llu", sh->dirty,
                            (unsigned long long) sh->sequence);
    }

    ngx_memzero(lab_use, sh->fresh);

    said = lab_walk_free(cache);
    if (said) {
        return said;
    }

    lab_records = 0;

    for (i = 0; i < NGX_HTTP_URLMETA_CACHE_LISTS; i++) {
        said = lab_walk_list(cache, i);
        if (said) {
            return said;
        }
    }

    said = lab_walk_hash(cache);
    if (said) {
        return said;
    }

    for (n = 0; n < sh->fresh; n++) {

        if (lab_use[n] == 0) {
            return lab_complain("chunk %u is nobody's", n);
        }

        if (lab_use[n] == LAB_RECORD) {
            return lab_complain("record %u is not in the hash", n);
        }

        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (lab_use[n] != LAB_HASHED
            && rec->live == NGX_HTTP_URLMETA_CACHE_LIVE
            && rec->check == ngx_http_urlmeta_cache_check(cache, rec))
        {
            return lab_complain("chunk %u is no record and looks like one", n);
        }
    }

    if (sh->lists[NGX_HTTP_URLMETA_CACHE_ERRORS].nchunks > sh->errors_max) {
        return lab_complain("errors have %u chunks, more than %u",
                            sh->lists[NGX_HTTP_URLMETA_CACHE_ERRORS].nchunks,
                            sh->errors_max);
    }

    return NULL;
}


static const char *
lab_walk_free(ngx_http_urlmeta_cache_t *cache)
{
    uint32_t                      n, count;
    ngx_http_urlmeta_cache_sh_t  *sh;

    sh = cache->sh;
    count = sh->nchunks - sh->fresh;

    for (n = sh->free;
         n != NGX_HTTP_URLMETA_CACHE_NONE;
         n = cache->chunks[n].next)
    {
        if (n >= sh->fresh) {
            return lab_complain("chunk %u is free and fresh", n);
        }

        if (lab_use[n]) {
            return lab_complain("chunk %u is free twice", n);
        }

        lab_use[n] = LAB_FREE;
        count++;
    }

    if (count != sh->nfree) {
        return lab_complain("%u chunks are free, counted %u", sh->nfree,
                            count);
    }

    return NULL;
}


static const char *
lab_walk_list(ngx_http_urlmeta_cache_t *cache, ngx_uint_t list)
{
    size_t                            len;
    uint32_t                          n, i, prev, chunk, nchunks, nrecords;
    uint64_t                          bytes;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_list_t    *l;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    l = &sh->lists[list];

    prev = NGX_HTTP_URLMETA_CACHE_NONE;
    nchunks = 0;
    nrecords = 0;
    bytes = 0;

    for (n = l->head; n != NGX_HTTP_URLMETA_CACHE_NONE; n = rec->next) {

        if (n >= sh->fresh || lab_use[n]) {
            return lab_complain("record %u of list %u is something else: %u",
                                n, (unsigned) list,
                                n < sh->fresh ? lab_use[n] : 0);
        }

        rec = ngx_http_urlmeta_cache_record(cache, n);

        if (rec->prev != prev) {
            return lab_complain("record %u: prev is %u, not %u", n, rec->prev,
                                prev);
        }

        if (rec->live != NGX_HTTP_URLMETA_CACHE_LIVE
            || rec->check != ngx_http_urlmeta_cache_check(cache, rec))
        {
            return lab_complain("record %u is not live", n);
        }

        if (rec->list != list
            || (rec->meta.error != 0)
               != (list == NGX_HTTP_URLMETA_CACHE_ERRORS))
        {
            return lab_complain("record %u is in list %u", n,
                                (unsigned) list);
        }

        len = ngx_http_urlmeta_cache_len(&rec->meta);

        if (rec->nchunks != ngx_http_urlmeta_cache_nchunks(len)) {
            return lab_complain("record %u: %u chunks for %u bytes", n,
                                rec->nchunks, (unsigned) len);
        }

        lab_use[n] = LAB_RECORD;
        chunk = n;

        for (i = 1; i < rec->nchunks; i++) {
            chunk = cache->chunks[chunk].next;

            if (chunk >= sh->fresh || lab_use[chunk]) {
                return lab_complain("record %u: chunk %u, %u of %u, is "
                                    "somebody else's", n, chunk, i,
                                    rec->nchunks);
            }

            lab_use[chunk] = LAB_MORE;
        }

        if (chunk != rec->last
            || cache->chunks[chunk].next != NGX_HTTP_URLMETA_CACHE_NONE)
        {
            return lab_complain("record %u: the last chunk is %u, not %u", n,
                                rec->last, chunk);
        }

        prev = n;
        nchunks += rec->nchunks;
        nrecords++;
        bytes += rec->meta.len;
    }

    if (l->tail != prev) {
        return lab_complain("list %u: tail is %u, not %u", (unsigned) list,
                            l->tail, prev);
    }

    if (l->nchunks != nchunks || l->nrecords != nrecords || l->bytes != bytes)
    {
        return lab_complain("list %u: %u chunks %u records %llu bytes, not "
                            "%u %u %llu", (unsigned) list, l->nchunks,
                            l->nrecords, (unsigned long long) l->bytes,
                            nchunks, nrecords, (unsigned long long) bytes);
    }

    lab_records += nrecords;

    return NULL;
}


static const char *
lab_walk_hash(ngx_http_urlmeta_cache_t *cache)
{
    uint32_t                          i, n, count;
    ngx_http_urlmeta_cache_sh_t      *sh;
    ngx_http_urlmeta_cache_record_t  *rec;

    sh = cache->sh;
    count = 0;

    for (i = 0; i < sh->nbuckets; i++) {

        for (n = cache->buckets[i];
             n != NGX_HTTP_URLMETA_CACHE_NONE;
             n = rec->hash_next)
        {
            if (n >= sh->fresh || lab_use[n] != LAB_RECORD) {
                return lab_complain("bucket %u has %u, which is no record or "
                                    "was there already", i, n);
            }

            lab_use[n] = LAB_HASHED;
            count++;

            rec = ngx_http_urlmeta_cache_record(cache, n);

            if (ngx_http_urlmeta_cache_bucket(cache, rec->key)
                != &cache->buckets[i])
            {
                return lab_complain("record %u is in bucket %u", n, i);
            }

            if (ngx_http_urlmeta_cache_lookup(cache, rec->key) != n) {
                return lab_complain("record %u has another one's key", n);
            }
        }
    }

    if (count != lab_records) {
        return lab_complain("%u records in the hash, %u in lists", count,
                            lab_records);
    }

    return NULL;
}
