
/*
 * The zone's layout, for ngx_http_urlmeta_cache*.c alone.
 *
 *   header | buckets | hosts | leases | uses | touched | map | chunks
 *
 * Lock rules.  The lock is the slab pool's own mutex, the only one that the
 * master unlocks for a worker that died with it.  Under it there is no
 * allocation, no logging and no second lock.
 *
 * Whoever changes links does so between _change() and _changed(), which make
 * "sequence" odd and even again: a reader takes no lock, and reads anew if the
 * number was odd or another one in the end.  Between _dirty() and _clean()
 * memory may be in nobody's list; a worker that dies there leaves the mark,
 * and the next one to lock rebuilds all lists from the records themselves
 * (ngx_http_urlmeta_cache_repair.c).  For this a record is written wholly,
 * with a checksum that needs the zone's secret seed, before it is marked as
 * live; and it is marked as dead before anything else is done to it.
 *
 * Every store to the zone under the lock is written by one of the macros
 * below, so that a build for tests can be made to die before each of them.
 */


#ifndef _NGX_HTTP_URLMETA_CACHE_ZONE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_CACHE_ZONE_H_INCLUDED_


#include "ngx_http_urlmeta_cache.h"


#define NGX_HTTP_URLMETA_CACHE_CHUNK    256
#define NGX_HTTP_URLMETA_CACHE_NONE     ((uint32_t) -1)
#define NGX_HTTP_URLMETA_CACHE_LIVE     0x6c697665

#define NGX_HTTP_URLMETA_CACHE_WAYS     8


#if (NGX_HTTP_URLMETA_FAULT)

/* a file that stores under the lock defines a base of its own for numbers */

void ngx_http_urlmeta_cache_fault(unsigned n);
void ngx_http_urlmeta_cache_fault_copy(unsigned n, void *to, const void *from,
    size_t len);

#define ngx_http_urlmeta_cache_point()                                        \
    ngx_http_urlmeta_cache_fault(NGX_HTTP_URLMETA_FAULT_BASE + __COUNTER__)

#define ngx_http_urlmeta_cache_copy(to, from, len)                            \
    ngx_http_urlmeta_cache_fault_copy(NGX_HTTP_URLMETA_FAULT_BASE             \
                                      + __COUNTER__, to, from, len)

#else

#define ngx_http_urlmeta_cache_point()

#define ngx_http_urlmeta_cache_copy(to, from, len)                            \
    ngx_memcpy(to, from, len)

#endif

#define ngx_http_urlmeta_cache_set(to, value)                                 \
    do {                                                                      \
        ngx_http_urlmeta_cache_point();                                       \
        __atomic_store_n(&(to), value, __ATOMIC_RELAXED);                     \
    } while (0)


typedef struct {
    uint32_t                         next;       /* of the record, or free */
    u_char                           data[NGX_HTTP_URLMETA_CACHE_CHUNK - 4];
} ngx_http_urlmeta_cache_chunk_t;


/*
 * Eight bytes into its first chunk, for the alignment of its times.  From
 * "check" on everything is covered by it.
 */

typedef struct {
    uint32_t                         live;
    uint32_t                         hash_next;
    uint32_t                         prev;       /* more recently used */
    uint32_t                         next;
    uint64_t                         accessed;
    uint64_t                         check;
    uint64_t                         generation; /* a later one wins */
    uint32_t                         nchunks;
    uint32_t                         last;       /* chunk */
    uint64_t                         list;
    u_char                           key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
    ngx_http_urlmeta_cache_meta_t    meta;
} ngx_http_urlmeta_cache_record_t;


/* cards and errors are kept apart, so that these never push out those */

#define NGX_HTTP_URLMETA_CACHE_CARDS     0
#define NGX_HTTP_URLMETA_CACHE_ERRORS    1
#define NGX_HTTP_URLMETA_CACHE_LISTS     2


typedef struct {
    uint32_t                         head;
    uint32_t                         tail;
    uint32_t                         nchunks;
    uint32_t                         nrecords;
    uint64_t                         bytes;
} ngx_http_urlmeta_cache_list_t;


typedef struct {
    uint32_t                         magic;
    uint32_t                         layout;
    uint32_t                         dirty;
    uint32_t                         nbuckets;   /* a power of two */
    uint32_t                         nhosts;     /* a power of two */
    uint32_t                         nleases;    /* a multiple of _WAYS */
    uint32_t                         nuses;      /* a power of two */
    uint32_t                         nchunks;
    uint32_t                         fresh;      /* chunks from here on were
                                                    never used */
    uint32_t                         free;
    uint32_t                         nfree;      /* fresh ones too */
    uint32_t                         errors_min; /* chunks kept for errors */
    uint32_t                         errors_max; /* they may have */
    uint32_t                         lease;      /* generation of the last */
    uint64_t                         sequence;   /* odd: links change */
    uint64_t                         generation; /* of the last record */
    uint64_t                         seed[2];
    ngx_http_urlmeta_cache_list_t    lists[NGX_HTTP_URLMETA_CACHE_LISTS];

    uint64_t                         evictions;
    uint64_t                         expirations;
    uint64_t                         repairs;
    uint64_t                         repair_drops;
    uint64_t                         loaded;
    uint64_t                         saved;
    uint64_t                         saved_at;
} ngx_http_urlmeta_cache_sh_t;


/*
 * How often a host was asked, as in ngx_http_limit_req_module.  Each slot is
 * whole by itself: half of a change costs one host a little politeness.
 */

typedef struct {
    uint64_t                         id;         /* of the host; 0: free */
    uint64_t                         last;       /* ms */
    uint64_t                         excess;     /* thousandths of a request */
    uint64_t                         blocked;    /* ms: left alone until then */
    uint64_t                         failures;   /* one after another */
    uint32_t                         places[NGX_HTTP_URLMETA_CACHE_PLACES];
                                                 /* s: taken until then */
} ngx_http_urlmeta_cache_host_t;


#define NGX_HTTP_URLMETA_CACHE_FREE      0
#define NGX_HTTP_URLMETA_CACHE_HELD      1
#define NGX_HTTP_URLMETA_CACHE_ENDED     2
#define NGX_HTTP_URLMETA_CACHE_LEFT      3

/*
 * Each slot is whole by itself, and a deadline in the past makes it free: half
 * of a change cannot outlive it.
 */

typedef struct {
    uint64_t                         deadline;   /* ms; 0 while the rest is
                                                    written */
    uint64_t                         waiters[2]; /* a bit a process slot */
    uint32_t                         generation;
    uint32_t                         state;
    uint32_t                         owner;      /* process slot */
    uint32_t                         pid;
    uint16_t                         error;
    uint16_t                         upstream_status;
    uint32_t                         retry_after;
    u_char                           key[NGX_HTTP_URLMETA_CACHE_KEY_LEN];
} ngx_http_urlmeta_cache_slot_t;


typedef struct ngx_http_urlmeta_cache_state_s
                                              ngx_http_urlmeta_cache_state_t;


typedef struct {
    ngx_http_urlmeta_cache_sh_t     *sh;
    ngx_slab_pool_t                 *shpool;
    uint32_t                        *buckets;
    ngx_http_urlmeta_cache_host_t   *hosts;
    ngx_http_urlmeta_cache_slot_t   *leases;
    uint64_t                        *uses;
    u_char                          *touched;    /* a byte a chunk: a reader's
                                                    only store */
    u_char                          *map;        /* a bit a chunk, for repair */
    ngx_http_urlmeta_cache_chunk_t  *chunks;

    uint64_t                         inactive;   /* ms */
    size_t                           max_entry;
    size_t                           size;
    ngx_str_t                        file;       /* state file, or empty */
    time_t                           interval;
    ngx_http_urlmeta_cache_state_t  *state;      /* of one that saves */
} ngx_http_urlmeta_cache_t;


#define ngx_http_urlmeta_cache_record(cache, n)                               \
    ((ngx_http_urlmeta_cache_record_t *) ((u_char *) &(cache)->chunks[n] + 8))

#define NGX_HTTP_URLMETA_CACHE_FIRST                                          \
    (NGX_HTTP_URLMETA_CACHE_CHUNK - 8                                         \
     - sizeof(ngx_http_urlmeta_cache_record_t))

#define NGX_HTTP_URLMETA_CACHE_MORE  (NGX_HTTP_URLMETA_CACHE_CHUNK - 4)

#define NGX_HTTP_URLMETA_CACHE_BUFFER                                         \
    (NGX_HTTP_URLMETA_CACHE_MAX_ENTRY + NGX_HTTP_URLMETA_CACHE_MAX_MORE)


/* a worker's own: what is copied to before its length is known */
extern u_char  ngx_http_urlmeta_cache_buffer[NGX_HTTP_URLMETA_CACHE_BUFFER];


/* takes the zone's lock and repairs what it finds half changed */
void ngx_http_urlmeta_cache_lock(ngx_http_urlmeta_cache_t *cache);
void ngx_http_urlmeta_cache_unlock(ngx_http_urlmeta_cache_t *cache);

/*
 * Records, all under the lock; changing ones between _dirty() and _clean(),
 * and but for _write() between _change() and _changed().
 */

void ngx_http_urlmeta_cache_dirty(ngx_http_urlmeta_cache_t *cache);
void ngx_http_urlmeta_cache_clean(ngx_http_urlmeta_cache_t *cache);
void ngx_http_urlmeta_cache_change(ngx_http_urlmeta_cache_t *cache);
void ngx_http_urlmeta_cache_changed(ngx_http_urlmeta_cache_t *cache);

uint32_t *ngx_http_urlmeta_cache_bucket(ngx_http_urlmeta_cache_t *cache,
    const u_char *key);
uint32_t ngx_http_urlmeta_cache_lookup(ngx_http_urlmeta_cache_t *cache,
    const u_char *key);
uint64_t ngx_http_urlmeta_cache_check(ngx_http_urlmeta_cache_t *cache,
    ngx_http_urlmeta_cache_record_t *rec);
size_t ngx_http_urlmeta_cache_len(ngx_http_urlmeta_cache_meta_t *meta);
ngx_uint_t ngx_http_urlmeta_cache_nchunks(size_t len);

/* chunks are free beforehand; the record is in no list yet */
uint32_t ngx_http_urlmeta_cache_write(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta,
    ngx_uint_t nchunks, uint64_t accessed);
void ngx_http_urlmeta_cache_insert(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);
void ngx_http_urlmeta_cache_remove(ngx_http_urlmeta_cache_t *cache,
    uint32_t n);

/* room for "nchunks" of that list; NGX_OK or NGX_DECLINED */
ngx_int_t ngx_http_urlmeta_cache_room(ngx_http_urlmeta_cache_t *cache,
    ngx_uint_t list, ngx_uint_t nchunks, uint64_t now);

/* empties the lists of a zone that is new, or of which nothing is known */
void ngx_http_urlmeta_cache_reset(ngx_http_urlmeta_cache_t *cache);

/* all lists anew from the records */
void ngx_http_urlmeta_cache_repair(ngx_http_urlmeta_cache_t *cache);

/*
 * What the key has, to ngx_http_urlmeta_cache_buffer.  Under the lock NGX_OK
 * or NGX_DECLINED; without it NGX_AGAIN too, and all is to be thrown away if
 * the sequence is another one after it.
 */
ngx_int_t ngx_http_urlmeta_cache_read(ngx_http_urlmeta_cache_t *cache,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta, uint32_t *found);

/* the parts of ngx_http_urlmeta_cache_buffer, or of a copy */
void ngx_http_urlmeta_cache_parts(ngx_http_urlmeta_cache_entry_t *entry,
    u_char *p);

/*
 * The next live record at or after "position", to the buffer and with its key;
 * looks at so many chunks at most.  NGX_OK; NGX_AGAIN: none among these;
 * NGX_DONE.
 */
ngx_int_t ngx_http_urlmeta_cache_next(ngx_http_urlmeta_cache_t *cache,
    uint32_t *position, ngx_uint_t chunks, u_char *key,
    ngx_http_urlmeta_cache_meta_t *meta);

/* of a zone that was made anew */
void ngx_http_urlmeta_cache_state_load(ngx_http_urlmeta_cache_t *cache,
    ngx_log_t *log);


#endif /* _NGX_HTTP_URLMETA_CACHE_ZONE_H_INCLUDED_ */
