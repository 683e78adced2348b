
/*
 * The life of a fetch: queue, hops, waiters, end.
 *
 * A fetch ends in ngx_http_urlmeta_fetch_finish() and nowhere else.  Its
 * waiters are not called there but posted, so that nothing of a request runs
 * under libcurl, the resolver or another request.
 */


#include "ngx_http_urlmeta_fetch_queue.h"


static ngx_int_t ngx_http_urlmeta_fetch_judge(ngx_http_urlmeta_resolve_t *rs,
    struct sockaddr *sa);
static void ngx_http_urlmeta_fetch_resolved(ngx_http_urlmeta_resolve_t *rs);
static void ngx_http_urlmeta_fetch_connect(ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_fetch_progress(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr);
static int ngx_http_urlmeta_fetch_body(ngx_http_urlmeta_transfer_t *tr,
    const char *data, size_t len);
static void ngx_http_urlmeta_fetch_hop_done(ngx_http_urlmeta_transfer_t *tr);
static void ngx_http_urlmeta_fetch_release(ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_fetch_timer_handler(ngx_event_t *ev);


ngx_http_urlmeta_fetch_worker_t  ngx_http_urlmeta_fetch_worker;


ngx_int_t
ngx_http_urlmeta_fetch_init(ngx_cycle_t *cycle, ngx_uint_t max_fetches,
    const char *ca_file)
{
    ngx_uint_t                        i;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    w->max = max_fetches;

    if (w->ready) {
        return NGX_OK;
    }

    for (i = 0; i < NGX_HTTP_URLMETA_FLIGHTS; i++) {
        ngx_queue_init(&w->flights[i]);
    }

    ngx_queue_init(&w->queue);
    ngx_queue_init(&w->running);
    ngx_queue_init(&w->followers);

    w->event.handler = ngx_http_urlmeta_fetch_queue_handler;
    w->event.data = w;
    w->event.cancelable = 1;
    w->event.log = cycle->log;

    if (ngx_http_urlmeta_curl_init(cycle, ca_file) != NGX_OK) {
        return NGX_ERROR;
    }

    urlmeta_init();

    w->ready = 1;

    return NGX_OK;
}


void
ngx_http_urlmeta_fetch_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t                        i;
    ngx_queue_t                      *q;
    ngx_http_urlmeta_fetch_t         *fetch;
    ngx_http_urlmeta_waiter_t        *waiter;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    if (!w->ready) {
        return;
    }

    for (i = 0; i < NGX_HTTP_URLMETA_FLIGHTS; i++) {

        while (!ngx_queue_empty(&w->flights[i])) {
            q = ngx_queue_head(&w->flights[i]);
            fetch = ngx_queue_data(q, ngx_http_urlmeta_fetch_t, flight);

            /*
             * Nobody will be woken any more: a request that still waits is
             * cut off with its connection, and its clean-up finds no fetch.
             */

            while (!ngx_queue_empty(&fetch->waiters)) {
                q = ngx_queue_head(&fetch->waiters);
                waiter = ngx_queue_data(q, ngx_http_urlmeta_waiter_t, queue);

                ngx_queue_remove(q);
                waiter->fetch = NULL;
            }

            fetch->error = URLMETA_E_BUSY;
            ngx_http_urlmeta_fetch_release(fetch);
            ngx_http_urlmeta_fetch_destroy(fetch);
        }
    }

    if (w->event.posted) {
        ngx_delete_posted_event(&w->event);
    }

    if (w->event.timer_set) {
        ngx_del_timer(&w->event);
    }

    ngx_http_urlmeta_curl_exit(cycle);

    w->ready = 0;
}


ngx_http_urlmeta_fetch_t *
ngx_http_urlmeta_fetch_find(const u_char *key)
{
    ngx_queue_t               *q, *flights;
    ngx_http_urlmeta_fetch_t  *fetch;

    flights = &ngx_http_urlmeta_fetch_worker.flights[key[0]];

    for (q = ngx_queue_head(flights);
         q != ngx_queue_sentinel(flights);
         q = ngx_queue_next(q))
    {
        fetch = ngx_queue_data(q, ngx_http_urlmeta_fetch_t, flight);

        if (ngx_memcmp(fetch->key, key, NGX_HTTP_URLMETA_KEY_LEN) == 0) {
            return fetch;
        }
    }

    return NULL;
}


ngx_http_urlmeta_fetch_t *
ngx_http_urlmeta_fetch_create(ngx_http_urlmeta_fetch_conf_t *conf,
    const u_char *key, const urlmeta_url_t *url)
{
    ngx_pool_t                *pool;
    ngx_http_urlmeta_fetch_t  *fetch;

    if (!ngx_http_urlmeta_fetch_worker.ready) {
        return NULL;
    }

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    fetch = ngx_pcalloc(pool, sizeof(ngx_http_urlmeta_fetch_t));
    if (fetch == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    fetch->requested = ngx_palloc(pool, sizeof(urlmeta_url_t));
    fetch->redirects = ngx_array_create(pool, 2, sizeof(urlmeta_redirect_t));

    if (fetch->requested == NULL || fetch->redirects == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    *fetch->requested = *url;

    fetch->conf = conf;
    fetch->ident = -1;
    fetch->pool = pool;
    fetch->log = ngx_cycle->log;
    fetch->url = fetch->requested;
    fetch->number = ++ngx_http_urlmeta_fetch_worker.number;

    ngx_memcpy(fetch->key, key, NGX_HTTP_URLMETA_KEY_LEN);

    fetch->timer.handler = ngx_http_urlmeta_fetch_timer_handler;
    fetch->timer.data = fetch;
    fetch->timer.log = fetch->log;

    /* nobody waits: the worker need not live on for it */

    fetch->timer.cancelable = 1;

    ngx_queue_init(&fetch->waiters);
    ngx_queue_insert_tail(&ngx_http_urlmeta_fetch_worker.flights[key[0]],
                          &fetch->flight);

    return fetch;
}


void
ngx_http_urlmeta_fetch_discard(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_release(fetch);
    ngx_http_urlmeta_fetch_destroy(fetch);
}


void
ngx_http_urlmeta_fetch_hop(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_resolve_t  *rs;

    if (ngx_http_urlmeta_fetch_polite(fetch) != NGX_OK) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_HOST_BUSY, NULL);
        return;
    }

    rs = &fetch->resolve;

    ngx_memzero(rs, sizeof(ngx_http_urlmeta_resolve_t));

    rs->names = fetch->conf->names;
    rs->resolver = fetch->conf->resolver;
    rs->timeout = ngx_min(fetch->conf->resolver_timeout,
                          fetch->conf->connect_timeout);
    rs->name.data = (u_char *) fetch->url->text + fetch->url->host;
    rs->name.len = fetch->url->host_len;
    rs->pool = fetch->pool;
    rs->log = fetch->log;
    rs->judge = ngx_http_urlmeta_fetch_judge;
    rs->handler = ngx_http_urlmeta_fetch_resolved;
    rs->data = fetch;

    if (fetch->url->host_type == URLMETA_HOST_IPV6) {
        rs->name.data++;
        rs->name.len -= 2;
    }

    fetch->naddr = 0;
    fetch->resolving = 1;

    /* the resolver's own timer says when it is late; this is the total one */

    ngx_http_urlmeta_fetch_timer(fetch, fetch->deadline);

    ngx_http_urlmeta_resolve_start(rs);
}


/* one denied address refuses all: who mixes them has a reason to */

static ngx_int_t
ngx_http_urlmeta_fetch_judge(ngx_http_urlmeta_resolve_t *rs,
    struct sockaddr *sa)
{
    ngx_http_urlmeta_fetch_t  *fetch = rs->data;

    return ngx_http_urlmeta_policy_addr(&fetch->conf->policy, sa,
                                        (in_port_t) fetch->url->port);
}


static void
ngx_http_urlmeta_fetch_resolved(ngx_http_urlmeta_resolve_t *rs)
{
    ngx_http_urlmeta_fetch_t  *fetch;

    fetch = rs->data;
    fetch->resolving = 0;

    switch (rs->status) {

    case NGX_HTTP_URLMETA_RESOLVED:
        break;

    case NGX_HTTP_URLMETA_RESOLVE_DENIED:
        ngx_http_urlmeta_fetch_fail(fetch,
                                    fetch->redirects->nelts
                                    ? URLMETA_E_REDIRECT_DENIED
                                    : URLMETA_E_ADDRESS_DENIED, NULL);
        return;

    case NGX_HTTP_URLMETA_RESOLVE_NOT_FOUND:
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_DNS_NOT_FOUND, NULL);
        return;

    case NGX_HTTP_URLMETA_RESOLVE_TIMEOUT:
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_DNS_TIMEOUT, NULL);
        return;

    default:
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_DNS_FAILED, NULL);
        return;
    }

    ngx_http_urlmeta_fetch_connect(fetch);
}


static void
ngx_http_urlmeta_fetch_connect(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_int_t                     rc;
    ngx_http_urlmeta_transfer_t  *tr, *was;

    was = fetch->transfer;

    tr = ngx_pcalloc(fetch->pool, sizeof(ngx_http_urlmeta_transfer_t));
    if (tr == NULL) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
        return;
    }

    tr->conf = fetch->conf;
    tr->headers = &fetch->headers;
    tr->url = fetch->url;
    tr->addr = &fetch->resolve.addrs[fetch->naddr];
    tr->pool = fetch->pool;
    tr->log = fetch->log;
    tr->body = ngx_http_urlmeta_fetch_body;
    tr->done = ngx_http_urlmeta_fetch_hop_done;
    tr->data = fetch;
    tr->curl.owner = fetch->number;
    tr->fresh = (was && was->hasty);

    ngx_http_urlmeta_fetch_condition(fetch, tr);

    if (was) {
        tr->header_size = was->header_size;
        tr->header_lines = was->header_lines;
    }

    fetch->transfer = tr;

    rc = ngx_http_urlmeta_transfer_start(tr);

    if (rc != NGX_OK) {
        ngx_http_urlmeta_fetch_fail(fetch,
                                    rc == NGX_BUSY ? URLMETA_E_BUSY
                                                   : URLMETA_E_INTERNAL_ERROR,
                                    rc == NGX_BUSY
                                    ? "worker_connections are not enough"
                                    : NULL);
        return;
    }

    ngx_http_urlmeta_fetch_progress(fetch, tr);
}


static void
ngx_http_urlmeta_fetch_progress(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    ngx_msec_t  deadline;

    deadline = ngx_current_msec + tr->conf->read_timeout;

    if (tr->connected
        || (ngx_msec_int_t) (tr->deadline - deadline) < 0)
    {
        deadline = tr->deadline;
    }

    ngx_http_urlmeta_fetch_timer(fetch, deadline);
}


static int
ngx_http_urlmeta_fetch_body(ngx_http_urlmeta_transfer_t *tr, const char *data,
    size_t len)
{
    ngx_http_urlmeta_fetch_t  *fetch = tr->data;

    int       rc;
    uint64_t  begin;

    if (fetch->robots) {
        return ngx_http_urlmeta_fetch_robots_body(fetch, data, len);
    }

    if (ngx_http_urlmeta_fetch_reader(fetch, tr) != NGX_OK) {
        return URLMETA_ERROR;
    }

    begin = ngx_http_urlmeta_slice();
    rc = urlmeta_reader_feed(fetch->reader, data, len);
    fetch->parse += ngx_http_urlmeta_slice_end(begin);

    if (rc == URLMETA_DONE) {

        /* what may still come is not waited for */

        ngx_http_urlmeta_fetch_timer(fetch, ngx_current_msec);
    }

    return rc;
}


static void
ngx_http_urlmeta_fetch_hop_done(ngx_http_urlmeta_transfer_t *tr)
{
    ngx_http_urlmeta_fetch_t  *fetch = tr->data;

    ngx_http_urlmeta_transfer_close(tr);

    if (tr->hasty) {
        ngx_http_urlmeta_fetch_connect(fetch);
        return;
    }

    if (tr->again
        && fetch->naddr + 1 < fetch->resolve.naddrs
        && fetch->naddr + 1 < NGX_HTTP_URLMETA_MAX_CONNECTS)
    {
        fetch->naddr++;
        ngx_http_urlmeta_fetch_connect(fetch);
        return;
    }

    if (tr->error != URLMETA_E_NONE) {
        ngx_http_urlmeta_fetch_fail(fetch, tr->error, tr->detail);
        return;
    }

    if (ngx_http_urlmeta_fetch_freshness(fetch, tr) != NGX_OK) {

        /* once: the next one is no conditional request */

        ngx_http_urlmeta_fetch_connect(fetch);
        return;
    }

    if (fetch->robots
        && ngx_http_urlmeta_fetch_robots_answer(fetch, tr) == NGX_OK)
    {
        return;
    }

    switch (tr->status) {

    case 304:
        ngx_http_urlmeta_fetch_unchanged(fetch, tr);
        return;

    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        ngx_http_urlmeta_fetch_redirect(fetch, tr);
        return;
    }

    if (tr->status >= 200 && tr->status < 300) {
        ngx_http_urlmeta_fetch_card(fetch, tr);
        return;
    }

    fetch->upstream_status = tr->status;
    ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_UPSTREAM_STATUS, NULL);
}


void
ngx_http_urlmeta_fetch_fail(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e error, const char *detail)
{
    fetch->error = error;

    ngx_http_urlmeta_fetch_host_result(fetch, error, 0);

    if (detail == NULL) {
        detail = "";
    }

    ngx_log_error(fetch->conf->log_level, fetch->log, 0,
                  "urlmeta: fetch of \"%s\" failed: %s%s%s, status: %ui, "
                  "hop: \"%s\"",
                  fetch->requested->text, urlmeta_error(error)->code,
                  *detail ? ": " : "", detail, fetch->upstream_status,
                  fetch->url->text);

    ngx_http_urlmeta_fetch_finish(fetch);
}


void
ngx_http_urlmeta_fetch_finish(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_queue_t                      *q;
    ngx_http_urlmeta_waiter_t        *waiter;
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    fetch->time = ngx_current_msec - fetch->started;

    if (fetch->following) {
        fetch->shared = 1;
    }

    if (!fetch->shared && !fetch->passive) {
        ngx_http_urlmeta_count(fetch->not_modified
                               ? NGX_HTTP_URLMETA_COUNT_RESULT_NOT_MODIFIED
                               : NGX_HTTP_URLMETA_COUNT_RESULTS
                                 + fetch->error);
        ngx_http_urlmeta_observe(NGX_HTTP_URLMETA_FETCH_TIME, fetch->time);
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, fetch->log, 0,
                   "urlmeta fetch \"%s\": %s, %M ms", fetch->requested->text,
                   urlmeta_error(fetch->error)->code, fetch->time);

    if (fetch->effective_url.len == 0) {
        fetch->effective_url.data = (u_char *) fetch->url->text;
        fetch->effective_url.len = fetch->url->len;
    }

    fetch->finished = 1;

    /* what there was to do with the result, another worker did */

    if (fetch->done && !fetch->shared) {
        fetch->done(fetch);
    }

    /* that this worker has no room says nothing of the others */

    if (fetch->leased && fetch->error != URLMETA_E_BUSY) {
        ngx_http_urlmeta_fetch_lease_end(fetch, 1);
    }

    ngx_http_urlmeta_fetch_release(fetch);

    if (!ngx_queue_empty(&w->queue) && !w->event.posted) {
        ngx_post_event(&w->event, &ngx_posted_events);
    }

    if (ngx_queue_empty(&fetch->waiters)) {
        ngx_http_urlmeta_fetch_destroy(fetch);
        return;
    }

    for (q = ngx_queue_head(&fetch->waiters);
         q != ngx_queue_sentinel(&fetch->waiters);
         q = ngx_queue_next(q))
    {
        waiter = ngx_queue_data(q, ngx_http_urlmeta_waiter_t, queue);
        ngx_post_event(&waiter->event, &ngx_posted_events);
    }
}


/* everything but the result and its pool */

static void
ngx_http_urlmeta_fetch_release(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_worker_t  *w;

    w = &ngx_http_urlmeta_fetch_worker;

    ngx_queue_remove(&fetch->flight);

    if (fetch->leased) {
        ngx_http_urlmeta_fetch_lease_end(fetch, 0);
    }

    if (fetch->following) {
        fetch->following = 0;
        ngx_queue_remove(&fetch->queue);
    }

    if (fetch->timer.timer_set) {
        ngx_del_timer(&fetch->timer);
    }

    if (fetch->resolving) {
        fetch->resolving = 0;
        ngx_http_urlmeta_resolve_cancel(&fetch->resolve);
    }

    if (fetch->transfer) {
        ngx_http_urlmeta_transfer_close(fetch->transfer);
    }

    if (fetch->reader) {
        urlmeta_reader_destroy(fetch->reader);
        fetch->reader = NULL;
    }

    if (fetch->robots) {
        urlmeta_robots_destroy(fetch->robots);
        fetch->robots = NULL;
    }

    if (fetch->permit) {
        ngx_http_urlmeta_fetch_leave(&fetch->permit->waiter);
    }

    if (fetch->queued) {
        fetch->queued = 0;
        ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_WAITING, --w->queued);
        ngx_queue_remove(&fetch->queue);
    }

    if (fetch->place.id) {
        ngx_http_urlmeta_cache_host_end(fetch->conf->zone, &fetch->place);
    }

    if (fetch->active) {
        fetch->active = 0;
        ngx_http_urlmeta_gauge(NGX_HTTP_URLMETA_GAUGE_ACTIVE, --w->active);
        ngx_queue_remove(&fetch->queue);
    }
}


void
ngx_http_urlmeta_fetch_destroy(ngx_http_urlmeta_fetch_t *fetch)
{
    urlmeta_buf_free(&fetch->card);
    ngx_destroy_pool(fetch->pool);
}


static void
ngx_http_urlmeta_fetch_timer_handler(ngx_event_t *ev)
{
    ngx_http_urlmeta_fetch_t     *fetch = ev->data;

    ngx_http_urlmeta_transfer_t  *tr;

    if (fetch->queued) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_BUSY, "waited too long");
        return;
    }

    if (fetch->following) {
        ngx_http_urlmeta_fetch_follow_handler(fetch);
        return;
    }

    if (fetch->passive) {
        ngx_http_urlmeta_fetch_lead_handler(fetch);
        return;
    }

    if (fetch->permit && fetch->permit->waiter.fetch) {
        ngx_http_urlmeta_fetch_robots_late(fetch);
        return;
    }

    tr = fetch->transfer;

    if (fetch->resolving) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_DNS_TIMEOUT, NULL);
        return;
    }

    if (tr->stopped) {
        ngx_http_urlmeta_fetch_hop_done(tr);
        return;
    }

    if ((ngx_msec_int_t) (tr->deadline - ngx_current_msec) > 0
        && (ngx_msec_int_t) (fetch->deadline - ngx_current_msec) > 0)
    {
        /* there was progress since the timer was set */

        ngx_http_urlmeta_fetch_progress(fetch, tr);
        return;
    }

    if (tr->bytes) {

        /* as after a body that broke off */

        tr->truncated = 1;
        tr->broken = 1;
        tr->cause = URLMETA_E_UPSTREAM_TIMEOUT;
        ngx_http_urlmeta_fetch_hop_done(tr);
        return;
    }

    if (!tr->connected) {
        tr->error = URLMETA_E_CONNECT_TIMEOUT;
        tr->again = (ngx_msec_int_t) (fetch->deadline - ngx_current_msec) > 0;

    } else {
        tr->error = URLMETA_E_UPSTREAM_TIMEOUT;
    }

    ngx_http_urlmeta_fetch_hop_done(tr);
}
