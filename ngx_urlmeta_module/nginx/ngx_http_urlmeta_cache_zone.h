
/*
 * The zone's layout, for ngx_http_urlmeta_cache*.c alone.
 *
 *   header | buckets | hosts | chunks
 */


#ifndef _NGX_HTTP_URLMETA_CACHE_ZONE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_CACHE_ZONE_H_INCLUDED_


#include "ngx_http_urlmeta_cache.h"


#define NGX_HTTP_URLMETA_CACHE_CHUNK    256
#define NGX_HTTP_URLMETA_CACHE_NONE     ((uint32_t) -1)



typedef struct {
    uint32_t                         next;       /* of the record, or free */
    u_char                           data[NGX_HTTP_URLMETA_CACHE_CHUNK - 4];
} ngx_http_urlmeta_cache_chunk_t;


/* the first bytes of the first chunk's data; read and written in place */

typedef struct {
    uint32_t                         hash_next;
    uint32_t                         lru_prev;   /* more recently used */
    uint32_t                         lru_next;
    uint32_t                         nchunks;
    u_char                           key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    uint64_t                         accessed;
    ngx_http_urlmeta_cache_meta_t    meta;
} ngx_http_urlmeta_cache_record_t;


typedef struct {
    uint32_t                         magic;
    uint32_t                         layout;
    uint32_t                         dirty;
    uint32_t                         nbuckets;   /* a power of two */
    uint32_t                         nhosts;     /* a power of two */
    uint32_t                         nchunks;
    uint32_t                         fresh;      /* chunks from here on were
                                                    never used */
    uint32_t                         free;
    uint32_t                         nfree;      /* fresh ones too */
    uint32_t                         lru_head;
    uint32_t                         lru_tail;
    uint64_t                         seed[2];
    uint64_t                         entries;
    uint64_t                         evictions;
    uint64_t                         resets;
} ngx_http_urlmeta_cache_sh_t;


/*
 * How often a host was asked, as in ngx_http_limit_req_module.  Each slot is
 * whole by itself: half of a change costs one host a little politeness.
 */

typedef struct {
    uint64_t                         id;         /* of the host; 0: free */
    uint64_t                         last;       /* ms */
    uint64_t                         excess;     /* thousandths of a request */
    uint64_t                         rest;       /* ms: not asked before it */
} ngx_http_urlmeta_cache_host_t;


typedef struct {
    ngx_http_urlmeta_cache_sh_t     *sh;
    ngx_slab_pool_t                 *shpool;
    uint32_t                        *buckets;
    ngx_http_urlmeta_cache_host_t   *hosts;
    ngx_http_urlmeta_cache_chunk_t  *chunks;
    int64_t                          inactive;   /* ms */
    size_t                           max_entry;
} ngx_http_urlmeta_cache_t;


/* takes the zone's lock; an unlock is ngx_shmtx_unlock() of the pool's mutex */
void ngx_http_urlmeta_cache_lock(ngx_http_urlmeta_cache_t *cache);


#endif /* _NGX_HTTP_URLMETA_CACHE_ZONE_H_INCLUDED_ */
