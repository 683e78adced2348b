
/*
 * A worker's fetches: those that run, those that wait for their turn.  For
 * ngx_http_urlmeta_fetch*.c alone.
 */


#ifndef _NGX_HTTP_URLMETA_FETCH_QUEUE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_FETCH_QUEUE_H_INCLUDED_


#include "ngx_http_urlmeta_fetch.h"


#define NGX_HTTP_URLMETA_FLIGHTS  256           /* buckets: a byte's range */

#define NGX_HTTP_URLMETA_QUEUE_POLL  50         /* ms */


typedef struct {
    ngx_queue_t          flights[NGX_HTTP_URLMETA_FLIGHTS];
    ngx_queue_t          queue;
    ngx_queue_t          running;
    ngx_queue_t          followers;
    ngx_uint_t           queued;
    ngx_uint_t           active;
    ngx_uint_t           max;
    uint64_t             number;                 /* of the last fetch */
    ngx_event_t          event;                  /* starts what is queued */
    ngx_uint_t           ready;                  /* unsigned  ready:1; */
} ngx_http_urlmeta_fetch_worker_t;


extern ngx_http_urlmeta_fetch_worker_t  ngx_http_urlmeta_fetch_worker;


/* resolves the host of fetch->url, and all that follows */
void ngx_http_urlmeta_fetch_hop(ngx_http_urlmeta_fetch_t *fetch);

/* it starts, or has to wait for its turn */
void ngx_http_urlmeta_fetch_enter(ngx_http_urlmeta_fetch_t *fetch);

/* gives its turn to another one: it has to enter again */
void ngx_http_urlmeta_fetch_yield(ngx_http_urlmeta_fetch_t *fetch);

/*
 * Whether robots.txt lets fetch->url be asked for.  NGX_OK, or NGX_DONE: it is
 * fetched first and the fetch enters later, or the fetch has ended.
 */
ngx_int_t ngx_http_urlmeta_fetch_robots(ngx_http_urlmeta_fetch_t *fetch);

/* that took too long */
void ngx_http_urlmeta_fetch_robots_late(ngx_http_urlmeta_fetch_t *fetch);

/* of a robots.txt: a piece of its body */
int ngx_http_urlmeta_fetch_robots_body(ngx_http_urlmeta_fetch_t *fetch,
    const char *data, size_t len);

/* its answer: NGX_OK if that is its end, or NGX_DECLINED */
ngx_int_t ngx_http_urlmeta_fetch_robots_answer(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);

/* NGX_OK: there is a reader of the page; NGX_ERROR */
ngx_int_t ngx_http_urlmeta_fetch_reader(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);

/* the end of a page, of one that is what it was */
void ngx_http_urlmeta_fetch_card(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);
void ngx_http_urlmeta_fetch_unchanged(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);

/* the next hop, if it may be */
void ngx_http_urlmeta_fetch_redirect(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);

/* the end of a fetch; "detail" (or NULL) is for the log */
void ngx_http_urlmeta_fetch_fail(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e error, const char *detail);

/* wakes the fetch at "deadline", or at its total one */
void ngx_http_urlmeta_fetch_timer(ngx_http_urlmeta_fetch_t *fetch,
    ngx_msec_t deadline);

/* the end of a fetch, whose result is set */
void ngx_http_urlmeta_fetch_finish(ngx_http_urlmeta_fetch_t *fetch);

/* of one that was released, or has ended */
void ngx_http_urlmeta_fetch_destroy(ngx_http_urlmeta_fetch_t *fetch);

/*
 * Of a passive fetch: a waiter is told to read the page; without one the fetch
 * is freed.
 */
void ngx_http_urlmeta_fetch_lead(ngx_http_urlmeta_fetch_t *fetch);

/* ... and its timer's turn */
void ngx_http_urlmeta_fetch_lead_handler(ngx_http_urlmeta_fetch_t *fetch);

/* a timer's turn for one that waits for another worker */
void ngx_http_urlmeta_fetch_follow_handler(ngx_http_urlmeta_fetch_t *fetch);

/* ends the lease; "done": with a result */
void ngx_http_urlmeta_fetch_lease_end(ngx_http_urlmeta_fetch_t *fetch,
    ngx_uint_t done);

/* the hop may be answered by 304 */
void ngx_http_urlmeta_fetch_condition(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);

/*
 * The end of a hop's header: how long its answer may be kept.  NGX_DECLINED: a
 * 304 that speaks of something else, to be asked for in full.
 */
ngx_int_t ngx_http_urlmeta_fetch_freshness(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);

/*
 * NGX_OK, or NGX_BUSY with fetch->retry_after: the host of this hop was asked
 * too often.
 */
ngx_int_t ngx_http_urlmeta_fetch_polite(ngx_http_urlmeta_fetch_t *fetch);

/*
 * How this hop ended; its host may have said when it wants to be asked again
 * (s; 0: it did not).
 */
void ngx_http_urlmeta_fetch_host_result(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e error, time_t retry_after);

/* starts what is queued and may start; a handler of the worker's event */
void ngx_http_urlmeta_fetch_queue_handler(ngx_event_t *ev);


#endif /* _NGX_HTTP_URLMETA_FETCH_QUEUE_H_INCLUDED_ */
