
/*
 * Every byte of the shared zone.  Only ngx_http_urlmeta_cache*.c lock it.
 */


#ifndef _NGX_HTTP_URLMETA_CACHE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_CACHE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_URLMETA_CACHE_KEY_LEN    32

/*
 * The key's last byte is the variant (the output format): variants of one key
 * share a bucket, and one purge finds them all.
 */
#define NGX_HTTP_URLMETA_CACHE_VARIANT    31

#define NGX_HTTP_URLMETA_CACHE_MAX_ENTRY  (1024 * 1024)

/* beside the body: addresses and what a refresh needs */
#define NGX_HTTP_URLMETA_CACHE_MAX_MORE   8192


/*
 * Times are milliseconds of ngx_http_urlmeta_cache_now()'s clock, which never
 * steps.
 */

typedef struct {
    uint64_t                   created;      /* at the origin: now - its age */
    uint64_t                   expires;      /* fresh until then; */
    uint64_t                   updating;     /* may be served until then while
                                                it is refreshed, */
    uint64_t                   failing;      /* until then if that fails */
    uint64_t                   retry;        /* no refresh before: the last
                                                one failed */
    uint64_t                   etag;         /* of the body's bytes */
    uint32_t                   len;          /* of the body */
    uint16_t                   url_len;      /* effective URL */
    uint16_t                   name_len;     /* the key's text; 0: as the URL */
    uint16_t                   fields_len;   /* for a conditional request */
    uint16_t                   error;        /* urlmeta_error_e */
    uint16_t                   upstream_status;
    uint16_t                   failures;     /* one after another */
    uint16_t                   retry_error;  /* of the last of them */
    uint16_t                   retry_status;
    uint32_t                   flags;        /* the caller's */
} ngx_http_urlmeta_cache_meta_t;


/* what is stored: url, name, body, fields, one after another */

typedef struct {
    ngx_http_urlmeta_cache_meta_t  meta;
    ngx_str_t                      url;
    ngx_str_t                      name;     /* the same as url if it is so */
    ngx_str_t                      body;
    ngx_str_t                      fields;
} ngx_http_urlmeta_cache_entry_t;


/*
 * The right to fetch a key, in this worker alone.  Ends with its deadline if
 * not before, so that nothing depends on a worker that may die.
 */

typedef struct {
    uint32_t                   slot;
    uint32_t                   generation;
} ngx_http_urlmeta_cache_lease_t;


/* what a lease ended with, for those who waited */

typedef struct {
    ngx_uint_t                 error;        /* urlmeta_error_e; 0: the card
                                                is in the zone */
    ngx_uint_t                 upstream_status;
    ngx_uint_t                 retry_after;  /* s */
} ngx_http_urlmeta_cache_result_t;


/* how many ask one host at a time, if so few may */
#define NGX_HTTP_URLMETA_CACHE_PLACES     16


typedef struct {
    ngx_uint_t                 rate;         /* thousandths of a request a
                                                second, as limit_req has it */
    ngx_uint_t                 burst;        /* requests */
    ngx_uint_t                 conn;         /* at a time; over _PLACES they
                                                are not counted here */
    ngx_uint_t                 obey;         /* that it is left alone */
} ngx_http_urlmeta_cache_limit_t;


typedef struct {
    uint64_t                   id;           /* of the host; 0: none */
    uint32_t                   slot;
    uint32_t                   n;
    uint32_t                   until;
} ngx_http_urlmeta_cache_place_t;


typedef struct {
    uint64_t                   size;         /* bytes of the zone */
    uint64_t                   bytes;        /* of cards and errors in it */
    uint64_t                   chunks;
    uint64_t                   chunks_used;
    uint64_t                   entries;      /* cards, of all formats */
    uint64_t                   negative;     /* errors */
    uint64_t                   evictions;    /* for want of room */
    uint64_t                   expirations;  /* of what was inactive */
    uint64_t                   leases;       /* held now */
    uint64_t                   repairs;      /* after a worker's death */
    uint64_t                   repair_drops; /* records that were half made */
    uint64_t                   loaded;       /* from the state file */
    uint64_t                   saved;        /* to it, the last time */
    uint64_t                   saved_at;     /* seconds since the epoch */
} ngx_http_urlmeta_cache_stat_t;


/*
 * Declares a zone; configuration only.  NULL after an error was logged.
 * "inactive" and "interval" in seconds, "max_entry" in bytes; "state" may be
 * empty.
 */
ngx_shm_zone_t *ngx_http_urlmeta_cache_zone(ngx_conf_t *cf, ngx_str_t *name,
    size_t size, time_t inactive, size_t max_entry, ngx_str_t *state,
    time_t interval, void *tag);

/* the key of a text; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_cache_key(u_char *key, ngx_str_t *text,
    ngx_uint_t n);

/* an entity tag of the bytes */
uint64_t ngx_http_urlmeta_cache_etag(ngx_str_t *body);

/* milliseconds on the clock of the meta's times */
uint64_t ngx_http_urlmeta_cache_now(void);

/*
 * NGX_OK: found, and copied into "pool"; it may have expired, which the caller
 * sees.  NGX_DECLINED: not there.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_urlmeta_cache_get(ngx_shm_zone_t *zone, const u_char *key,
    ngx_pool_t *pool, ngx_http_urlmeta_cache_entry_t *entry);

/*
 * Takes the place of what the key had, or, if "all", of all its variants.
 * Evicts what was not used for long; an error evicts errors only.  NGX_OK;
 * NGX_DECLINED if the entry is too large or no room could be made: then what
 * the key had is gone, too.
 */
ngx_int_t ngx_http_urlmeta_cache_put(ngx_shm_zone_t *zone, const u_char *key,
    ngx_http_urlmeta_cache_entry_t *entry, ngx_uint_t all);

/*
 * The times and the count of failures of all variants of the key become
 * those of "meta"; how many there were.
 */
ngx_uint_t ngx_http_urlmeta_cache_renew(ngx_shm_zone_t *zone,
    const u_char *key, ngx_http_urlmeta_cache_meta_t *meta);

/* all variants of the key; how many there were */
ngx_uint_t ngx_http_urlmeta_cache_delete(ngx_shm_zone_t *zone,
    const u_char *key);

/*
 * One step of deleting what has a name that begins with "prefix"; "position"
 * is 0 at first.  Adds to "found".  NGX_AGAIN: there is more; NGX_DONE.
 */
ngx_int_t ngx_http_urlmeta_cache_delete_prefix(ngx_shm_zone_t *zone,
    ngx_str_t *prefix, uint32_t *position, ngx_uint_t *found);

/*
 * NGX_OK: the caller may fetch the key for "time" ms.  NGX_BUSY: another
 * worker does, and wakes this one at its end.  NGX_DONE: the zone has a fresh
 * answer by now, and no "newer" one is wanted.  NGX_DECLINED: there is no room
 * for a lease.
 */
ngx_int_t ngx_http_urlmeta_cache_lease(ngx_shm_zone_t *zone,
    const u_char *key, ngx_msec_t time, ngx_uint_t newer,
    ngx_http_urlmeta_cache_lease_t *lease);

/* "time" ms from now; if the lease is still the caller's */
void ngx_http_urlmeta_cache_lease_extend(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease, ngx_msec_t time);

/*
 * The end of a fetch, or, without a result, its abandonment: another worker
 * may go on.  Wakes those who wait.
 */
void ngx_http_urlmeta_cache_lease_end(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease,
    ngx_http_urlmeta_cache_result_t *result);

/*
 * For one who waits.  NGX_AGAIN: still held; NGX_OK: ended with "result";
 * NGX_ABORT: abandoned, or forgotten; NGX_DECLINED: its time ran out.
 */
ngx_int_t ngx_http_urlmeta_cache_lease_poll(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease,
    ngx_http_urlmeta_cache_result_t *result);

/* leases that a dead process held in the place of this one are abandoned */
void ngx_http_urlmeta_cache_lease_inherit(ngx_shm_zone_t *zone);

/* the same for one lease, whose holder may have died without a successor */
void ngx_http_urlmeta_cache_lease_orphan(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_lease_t *lease);

/* whether somebody has a lease on the key; without a lock, so it may be over */
ngx_uint_t ngx_http_urlmeta_cache_leased(ngx_shm_zone_t *zone,
    const u_char *key);

/* counts a request for the key in; how many there were, up to 255 */
ngx_uint_t ngx_http_urlmeta_cache_use(ngx_shm_zone_t *zone,
    const u_char *key);

/*
 * Counts a request to the host in, for "time" ms at most.  NGX_OK: it may be
 * made, and "place" is to be given back.  NGX_AGAIN: as many as may do ask it
 * now.  NGX_BUSY: it was asked too often, or is to be left alone, for "wait"
 * ms more.
 */
ngx_int_t ngx_http_urlmeta_cache_host_begin(ngx_shm_zone_t *zone,
    ngx_str_t *host, ngx_http_urlmeta_cache_limit_t *limit, ngx_msec_t time,
    ngx_http_urlmeta_cache_place_t *place, ngx_msec_t *wait);

/* gives the place back; idempotent */
void ngx_http_urlmeta_cache_host_end(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_place_t *place);

/*
 * The host could not be asked; or it could, and said by Retry-After when it
 * wants to be asked again (in seconds, 0: it did not).
 */
void ngx_http_urlmeta_cache_host_result(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_uint_t failed, time_t retry_after);

void ngx_http_urlmeta_cache_stat(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_stat_t *stat);


/*
 * The state file.  Loaded when the zone is made; saved in steps by the worker
 * that was told to, and at once when the master exits.
 */

/* begins to save in steps whenever it is time; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_cache_state_start(ngx_shm_zone_t *zone,
    ngx_log_t *log);

void ngx_http_urlmeta_cache_state_stop(ngx_shm_zone_t *zone);

void ngx_http_urlmeta_cache_state_save(ngx_shm_zone_t *zone, ngx_log_t *log);


#endif /* _NGX_HTTP_URLMETA_CACHE_H_INCLUDED_ */
