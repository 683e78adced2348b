
/*
 * One fetch: a URL in, a card or an error out.  It belongs to the worker and
 * not to a request: it has a pool of its own and a list of waiters, and it
 * lives on when they leave.
 */


#ifndef _NGX_HTTP_URLMETA_FETCH_H_INCLUDED_
#define _NGX_HTTP_URLMETA_FETCH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_http_urlmeta_cache.h"
#include "ngx_http_urlmeta_fetch_transfer.h"
#include "../core/robots.h"


#define NGX_HTTP_URLMETA_KEY_LEN       NGX_HTTP_URLMETA_CACHE_KEY_LEN

#define NGX_HTTP_URLMETA_MAX_QUEUE     1024
#define NGX_HTTP_URLMETA_QUEUE_TIME    2000      /* ms */

#define NGX_HTTP_URLMETA_LEASE_MORE    1000      /* ms over the timeout */

#define NGX_HTTP_URLMETA_MAX_CONNECTS  4         /* addresses tried a hop */


typedef struct ngx_http_urlmeta_fetch_s  ngx_http_urlmeta_fetch_t;

typedef void (*ngx_http_urlmeta_fetch_pt)(ngx_http_urlmeta_fetch_t *fetch);


/* lives with the one who waits */

typedef struct {
    ngx_queue_t                        queue;
    ngx_event_t                        event;    /* posted when it is done; set
                                                    handler, data and log */
    ngx_http_urlmeta_fetch_t          *fetch;    /* NULL: waits for nothing */
    ngx_uint_t                         lead;     /* unsigned  lead:1;
                                                    reads the page */
} ngx_http_urlmeta_waiter_t;


/* how robots.txt is asked for */

typedef struct ngx_http_urlmeta_robots_conf_s {
    ngx_http_urlmeta_fetch_conf_t      fetch;    /* its own limits */
    ngx_str_t                          fingerprint;  /* of the location */
    ngx_http_urlmeta_fetch_pt          done;
    ngx_uint_t                         lock;     /* one fetch of all workers */
} ngx_http_urlmeta_robots_conf_t;


/* what it says to a fetch */

typedef struct {
    ngx_http_urlmeta_waiter_t          waiter;
    u_char                             key[NGX_HTTP_URLMETA_KEY_LEN];
    ngx_str_t                          rules;    /* of that key, if known */
    uint64_t                           until;    /* they hold; cache_now() */
    ngx_uint_t                         failures; /* of asking for it */
    ngx_uint_t                         known;    /* unsigned  known:1; */
} ngx_http_urlmeta_permit_t;


struct ngx_http_urlmeta_fetch_s {
    ngx_queue_t                        queue;    /* two pointers */
    ngx_http_urlmeta_fetch_conf_t     *conf;

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                          ident;

    /* set by the one who creates it */
    u_char                             key[NGX_HTTP_URLMETA_KEY_LEN];
    ngx_uint_t                         details;
    ngx_http_urlmeta_fetch_headers_t   headers;
    ngx_http_urlmeta_fetch_pt          done;     /* once, before the waiters;
                                                    no request may be alive */
    void                              *data;

    ngx_pool_t                        *pool;
    ngx_log_t                         *log;
    ngx_queue_t                        flight;   /* in the table of all */
    ngx_queue_t                        waiters;
    ngx_event_t                        timer;
    ngx_msec_t                         started;
    ngx_msec_t                         left;     /* ms of it to come */
    ngx_msec_t                         deadline; /* of all hops together */

    urlmeta_url_t                     *requested;
    urlmeta_url_t                     *url;      /* of this hop */
    ngx_http_urlmeta_resolve_t         resolve;
    ngx_http_urlmeta_transfer_t       *transfer;
    uint64_t                           number;   /* of all of this worker */
    ngx_uint_t                         naddr;    /* the address in use */
    ngx_array_t                       *redirects;  /* urlmeta_redirect_t */
    urlmeta_reader_t                  *reader;
    urlmeta_robots_t                  *robots;   /* of a robots.txt */
    ngx_http_urlmeta_permit_t         *permit;   /* with conf->robots */

    /*
     * What a refresh may find unchanged, in the pool: "stored" as it is in the
     * zone, its fields unpacked.  No body: nothing is stored.
     */
    ngx_http_urlmeta_cache_entry_t     stored;
    urlmeta_freshness_fields_t         stored_fields;

    /* where another worker may fetch the same key: the zone, or NULL */
    ngx_shm_zone_t                    *zone;
    ngx_http_urlmeta_cache_lease_t     lease;
    ngx_http_urlmeta_cache_place_t     place;    /* at the host */

    /* the result */
    urlmeta_error_e                    error;
    ngx_uint_t                         upstream_status;
    urlmeta_buf_t                      card;     /* native JSON */
    ngx_str_t                          body;     /* of it, or of "stored" */
    ngx_str_t                          effective_url;
    urlmeta_freshness_fields_t         fields;   /* of the answer */
    urlmeta_freshness_t                freshness;    /* of all hops */
    unsigned                           hop_status;   /* of the last one */
    time_t                             retry_after;  /* s; of a busy host, or
                                                        what the origin said */
    uint64_t                           denied_until; /* of ROBOTS_DENIED;
                                                        cache_now(); 0: open */
    time_t                             unavailable;  /* after; 0: never */
    ngx_msec_t                         time;     /* ms it took */
    uint64_t                           parse;    /* ns of it, at work */
    ngx_http_urlmeta_cache_meta_t      meta;     /* set by done: the times */

    unsigned                           newer:1;  /* set by the creator: than
                                                    what may be stored */
    unsigned                           passive:1;    /* set by the creator: one
                                                        of its waiters reads
                                                        the page */
    unsigned                           unshared:1;   /* the result is for the
                                                        one who read it */
    unsigned                           polite:1; /* counted at the host */
    unsigned                           leased:1;
    unsigned                           following:1;  /* another worker's */
    unsigned                           shared:1; /* its result was taken */
    unsigned                           not_modified:1;
    unsigned                           unconditional:1;
    unsigned                           queued:1;
    unsigned                           active:1;
    unsigned                           resolving:1;
    unsigned                           finished:1;
    unsigned                           broken:1; /* the page's beginning */
    unsigned                           fallback:1;   /* the card says no more
                                                        than its URL does, or
                                                        the page was too long */
};


/* per worker */
ngx_int_t ngx_http_urlmeta_fetch_init(ngx_cycle_t *cycle,
    ngx_uint_t max_fetches, const char *ca_file);
void ngx_http_urlmeta_fetch_exit(ngx_cycle_t *cycle);

/* the fetch of that key that is under way in this worker, or NULL */
ngx_http_urlmeta_fetch_t *ngx_http_urlmeta_fetch_find(const u_char *key);

/* NULL if memory ran out; to be started, with a waiter or without */
ngx_http_urlmeta_fetch_t *ngx_http_urlmeta_fetch_create(
    ngx_http_urlmeta_fetch_conf_t *conf, const u_char *key,
    const urlmeta_url_t *url);

/* frees one that was not started and has no waiter */
void ngx_http_urlmeta_fetch_discard(ngx_http_urlmeta_fetch_t *fetch);

/* starts it or puts it into the queue; may finish it before it returns */
void ngx_http_urlmeta_fetch_start(ngx_http_urlmeta_fetch_t *fetch);

/*
 * The same, if no other worker fetches the key; else it waits for that one's
 * result, and never asks the origin itself as long as that one lives.
 */
void ngx_http_urlmeta_fetch_start_once(ngx_http_urlmeta_fetch_t *fetch);

/*
 * NGX_OK: this worker is the one to fetch the key, to be started.  NGX_BUSY:
 * another one is, or it is not needed any more.
 */
ngx_int_t ngx_http_urlmeta_fetch_acquire(ngx_http_urlmeta_fetch_t *fetch);

/* looks after those that wait for other workers */
void ngx_http_urlmeta_fetch_followers(void);

void ngx_http_urlmeta_fetch_wait(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_waiter_t *waiter);

/*
 * Ends the waiting, before the result or after it was read: the result is
 * freed with its last waiter.  Where the page is read by a waiter, and that
 * one leaves, another one is told to.  Idempotent.
 */
void ngx_http_urlmeta_fetch_leave(ngx_http_urlmeta_waiter_t *waiter);

/*
 * For the waiter that leads a passive fetch: the end, with its result set, or
 * with an error ("detail", or NULL, is for the log).  Its own event is not
 * posted.
 */
void ngx_http_urlmeta_fetch_end(ngx_http_urlmeta_waiter_t *waiter);
void ngx_http_urlmeta_fetch_end_error(ngx_http_urlmeta_waiter_t *waiter,
    urlmeta_error_e error, const char *detail);


#endif /* _NGX_HTTP_URLMETA_FETCH_H_INCLUDED_ */
