
/*
 * One fetch of a key in all workers, and what it learns of freshness.
 *
 * The worker that has the key's lease fetches; fetches of the others follow
 * it: they are in the table of flights, so that requests gather there, but ask
 * nobody.  The end of the lease wakes their worker.
 */


#include "ngx_http_urlmeta_fetch_queue.h"
#include "ngx_http_urlmeta_wake.h"


/* ms between two looks at a lease, if nobody wakes this worker, or can */
#define NGX_HTTP_URLMETA_FOLLOW_SAFETY  500
#define NGX_HTTP_URLMETA_FOLLOW_POLL    10


static ngx_int_t ngx_http_urlmeta_fetch_lease(
    ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_fetch_follow(ngx_http_urlmeta_fetch_t *fetch);
static ngx_int_t ngx_http_urlmeta_fetch_follow_stored(
    ngx_http_urlmeta_fetch_t *fetch, ngx_uint_t result);
static void ngx_http_urlmeta_fetch_follow_again(
    ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_fetch_follow_end(ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_fetch_lead_timer(ngx_http_urlmeta_fetch_t *fetch);


void
ngx_http_urlmeta_fetch_start_once(ngx_http_urlmeta_fetch_t *fetch)
{
    fetch->started = ngx_current_msec;

    if (fetch->leased) {
        ngx_http_urlmeta_fetch_start(fetch);
        return;
    }

    switch (ngx_http_urlmeta_fetch_lease(fetch)) {

    case NGX_BUSY:
        ngx_http_urlmeta_fetch_follow(fetch);
        return;

    case NGX_DONE:

        /* it came between the look into the zone and this one */

        if (ngx_http_urlmeta_fetch_follow_stored(fetch, 0) == NGX_OK) {
            return;
        }

        break;
    }

    ngx_http_urlmeta_fetch_start(fetch);
}


ngx_int_t
ngx_http_urlmeta_fetch_acquire(ngx_http_urlmeta_fetch_t *fetch)
{
    switch (ngx_http_urlmeta_fetch_lease(fetch)) {

    case NGX_BUSY:
    case NGX_DONE:
        return NGX_BUSY;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_fetch_lease(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t  rc;

    if (fetch->zone == NULL) {
        return NGX_DECLINED;
    }

    rc = ngx_http_urlmeta_cache_lease(fetch->zone, fetch->key,
                                      fetch->conf->timeout
                                      + NGX_HTTP_URLMETA_LEASE_MORE,
                                      fetch->newer, &fetch->lease);

    fetch->leased = (rc == NGX_OK);

    return rc;
}


void
ngx_http_urlmeta_fetch_lease_end(ngx_http_urlmeta_fetch_t *fetch,
    ngx_uint_t done)
{
    ngx_http_urlmeta_cache_result_t  result;

    fetch->leased = 0;

    result.error = fetch->error;
    result.upstream_status = fetch->upstream_status;
    result.retry_after = (ngx_uint_t) fetch->retry_after;

    ngx_http_urlmeta_cache_lease_end(fetch->zone, &fetch->lease,
                                     done ? &result : NULL);
}


static void
ngx_http_urlmeta_fetch_follow(ngx_http_urlmeta_fetch_t *fetch)
{
    if (!fetch->following) {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_JOINED_OTHER);

        fetch->following = 1;
        ngx_queue_insert_tail(&ngx_http_urlmeta_fetch_worker.followers,
                              &fetch->queue);
    }

    ngx_http_urlmeta_fetch_timer(fetch, ngx_current_msec
                                 + (ngx_http_urlmeta_wake_slow()
                                    ? NGX_HTTP_URLMETA_FOLLOW_POLL
                                    : NGX_HTTP_URLMETA_FOLLOW_SAFETY));
}


/* another worker's fetch has ended, maybe one that is followed here */

void
ngx_http_urlmeta_fetch_followers(void)
{
    ngx_queue_t                      *q, *next;
    ngx_http_urlmeta_fetch_t         *fetch;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    if (!w->ready) {
        return;
    }

    /* one that is handled may leave, and enter again at the tail */

    for (q = ngx_queue_head(&w->followers);
         q != ngx_queue_sentinel(&w->followers);
         q = next)
    {
        next = ngx_queue_next(q);
        fetch = ngx_queue_data(q, ngx_http_urlmeta_fetch_t, queue);

        ngx_http_urlmeta_fetch_follow_handler(fetch);
    }
}


void
ngx_http_urlmeta_fetch_follow_handler(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t                        rc;
    ngx_http_urlmeta_cache_result_t  result;

    rc = ngx_http_urlmeta_cache_lease_poll(fetch->zone, &fetch->lease,
                                           &result);

    if (rc == NGX_AGAIN) {

        if (fetch->timer.timer_set) {
            return;
        }

        /* a new worker in the place of a dead one would have told */

        ngx_http_urlmeta_cache_lease_orphan(fetch->zone, &fetch->lease);

        rc = ngx_http_urlmeta_cache_lease_poll(fetch->zone, &fetch->lease,
                                               &result);
    }

    switch (rc) {

    case NGX_AGAIN:
        ngx_http_urlmeta_fetch_follow(fetch);
        return;

    case NGX_OK:

        if (result.error) {
            fetch->error = result.error;
            fetch->upstream_status = result.upstream_status;
            fetch->retry_after = (time_t) result.retry_after;

            ngx_http_urlmeta_fetch_finish(fetch);
            return;
        }

        if (ngx_http_urlmeta_fetch_follow_stored(fetch, 1) != NGX_OK) {

            /*
             * A result that is not kept: were there a lease on the next one,
             * each worker would wait for all those before it.
             */

            ngx_http_urlmeta_fetch_follow_end(fetch);
            ngx_http_urlmeta_fetch_start(fetch);
        }

        return;

    case NGX_ABORT:
        ngx_http_urlmeta_fetch_follow_again(fetch);
        return;

    default: /* NGX_DECLINED */

        /* the lease's time ran out, and with it that of those who wait */

        fetch->error = URLMETA_E_UPSTREAM_TIMEOUT;
        ngx_http_urlmeta_fetch_finish(fetch);
    }
}


/*
 * NGX_OK: the zone has what is wanted.  The result of what was followed is
 * that, even if it is stale at once; anything else has to be fresh.
 */

static ngx_int_t
ngx_http_urlmeta_fetch_follow_stored(ngx_http_urlmeta_fetch_t *fetch,
    ngx_uint_t result)
{
    ngx_http_urlmeta_cache_entry_t  entry;

    if (ngx_http_urlmeta_cache_get(fetch->zone, fetch->key, fetch->pool,
                                   &entry)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (!result
        && (fetch->newer
            || (int64_t) (entry.meta.expires - ngx_http_urlmeta_cache_now())
               <= 0))
    {
        return NGX_DECLINED;
    }

    fetch->error = entry.meta.error;
    fetch->upstream_status = entry.meta.upstream_status;
    fetch->meta = entry.meta;
    fetch->body = entry.body;
    fetch->effective_url = entry.url;
    fetch->shared = 1;

    ngx_http_urlmeta_fetch_finish(fetch);

    return NGX_OK;
}


/* the one that was followed is gone: one of those who followed takes over */

static void
ngx_http_urlmeta_fetch_follow_again(ngx_http_urlmeta_fetch_t *fetch)
{
    if (ngx_http_urlmeta_fetch_follow_stored(fetch, 0) == NGX_OK) {
        return;
    }

    switch (ngx_http_urlmeta_fetch_lease(fetch)) {

    case NGX_BUSY:
        ngx_http_urlmeta_fetch_follow(fetch);
        return;

    case NGX_DONE:
        if (ngx_http_urlmeta_fetch_follow_stored(fetch, 0) == NGX_OK) {
            return;
        }

        break;
    }

    ngx_http_urlmeta_fetch_follow_end(fetch);
    ngx_http_urlmeta_fetch_start(fetch);
}


static void
ngx_http_urlmeta_fetch_follow_end(ngx_http_urlmeta_fetch_t *fetch)
{
    fetch->following = 0;
    ngx_queue_remove(&fetch->queue);

    if (fetch->timer.timer_set) {
        ngx_del_timer(&fetch->timer);
    }
}


void
ngx_http_urlmeta_fetch_wait(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_waiter_t *waiter)
{
    waiter->fetch = fetch;
    ngx_queue_insert_tail(&fetch->waiters, &waiter->queue);

    fetch->timer.cancelable = 0;
}


void
ngx_http_urlmeta_fetch_leave(ngx_http_urlmeta_waiter_t *waiter)
{
    ngx_http_urlmeta_fetch_t  *fetch;

    if (waiter->event.posted) {
        ngx_delete_posted_event(&waiter->event);
    }

    fetch = waiter->fetch;

    if (fetch == NULL) {
        return;
    }

    waiter->fetch = NULL;
    ngx_queue_remove(&waiter->queue);

    if (!ngx_queue_empty(&fetch->waiters)) {

        if (waiter->lead && !fetch->finished) {
            ngx_http_urlmeta_fetch_lead(fetch);
        }

        waiter->lead = 0;
        return;
    }

    waiter->lead = 0;
    fetch->timer.cancelable = 1;

    if (fetch->finished) {
        ngx_http_urlmeta_fetch_destroy(fetch);

    } else if (fetch->passive) {
        ngx_http_urlmeta_fetch_discard(fetch);
    }
}


void
ngx_http_urlmeta_fetch_lead(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_queue_t                *q;
    ngx_http_urlmeta_waiter_t  *waiter;

    if (ngx_queue_empty(&fetch->waiters)) {
        ngx_http_urlmeta_fetch_discard(fetch);
        return;
    }

    q = ngx_queue_head(&fetch->waiters);
    waiter = ngx_queue_data(q, ngx_http_urlmeta_waiter_t, queue);

    waiter->lead = 1;
    ngx_post_event(&waiter->event, &ngx_posted_events);

    ngx_http_urlmeta_fetch_lead_timer(fetch);
}


/* how long the page takes is for the one who reads it: the lease goes on */

void
ngx_http_urlmeta_fetch_lead_handler(ngx_http_urlmeta_fetch_t *fetch)
{
    if (fetch->leased) {
        ngx_http_urlmeta_cache_lease_extend(fetch->zone, &fetch->lease,
                                            fetch->conf->timeout
                                            + NGX_HTTP_URLMETA_LEASE_MORE);
    }

    ngx_http_urlmeta_fetch_lead_timer(fetch);
}


static void
ngx_http_urlmeta_fetch_lead_timer(ngx_http_urlmeta_fetch_t *fetch)
{
    if (fetch->leased && !fetch->timer.timer_set) {
        ngx_add_timer(&fetch->timer, fetch->conf->timeout / 2);
    }
}


void
ngx_http_urlmeta_fetch_end(ngx_http_urlmeta_waiter_t *waiter)
{
    ngx_http_urlmeta_fetch_finish(waiter->fetch);

    if (waiter->event.posted) {
        ngx_delete_posted_event(&waiter->event);
    }
}


void
ngx_http_urlmeta_fetch_end_error(ngx_http_urlmeta_waiter_t *waiter,
    urlmeta_error_e error, const char *detail)
{
    ngx_http_urlmeta_fetch_fail(waiter->fetch, error, detail);

    if (waiter->event.posted) {
        ngx_delete_posted_event(&waiter->event);
    }
}


/* the stored answer came from this very URL */

void
ngx_http_urlmeta_fetch_condition(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    if (fetch->stored.body.len == 0
        || fetch->unconditional
        || fetch->stored.url.len != fetch->url->len
        || ngx_memcmp(fetch->stored.url.data, fetch->url->text,
                      fetch->url->len)
           != 0)
    {
        return;
    }

    tr->if_none_match = (char *) fetch->stored_fields.etag;
    tr->if_modified_since = (char *) fetch->stored_fields.last_modified;
}


ngx_int_t
ngx_http_urlmeta_fetch_freshness(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    int64_t               now, delay;
    urlmeta_freshness_t   f, hops;

    tr->fields.status = (unsigned) tr->status;

    if (tr->status == 304) {

        if (!urlmeta_freshness_same(&fetch->stored_fields, &tr->fields)) {
            fetch->unconditional = 1;
            return NGX_DECLINED;
        }

        urlmeta_freshness_update(&fetch->stored_fields, &tr->fields);
        fetch->fields = fetch->stored_fields;

    } else {
        fetch->fields = tr->fields;
    }

    now = (int64_t) ngx_time();
    delay = (int64_t) ((ngx_current_msec - tr->started) / 1000);

    urlmeta_freshness(&f, &fetch->fields, now, delay);

    if (fetch->redirects->nelts == 0) {
        fetch->freshness = f;
        fetch->hop_status = (unsigned) tr->status;

    } else if (f.lifetime == -1 && (tr->status == 301 || tr->status == 308)) {

        /* it says nothing of how long: that is for those around it */

        urlmeta_freshness_hop(&fetch->freshness, &f, (unsigned) tr->status);

    } else {

        /* what came before leads to this one */

        hops = fetch->freshness;
        fetch->freshness = f;
        urlmeta_freshness_hop(&fetch->freshness, &hops, fetch->hop_status);
        fetch->hop_status = (unsigned) tr->status;
    }

    /* of this answer, not of one that led to it */

    fetch->retry_after = 0;

    if (tr->retry_after) {
        fetch->retry_after = (time_t) urlmeta_retry_after(tr->retry_after,
                                                          now);

        /* what is over, or is no time, is as soon as can be */

        fetch->retry_after = ngx_max(fetch->retry_after, 1);
    }

    ngx_http_urlmeta_fetch_host_result(fetch, URLMETA_E_NONE,
                                       (tr->status == 429 || tr->status == 503)
                                       ? fetch->retry_after : 0);

    return NGX_OK;
}
