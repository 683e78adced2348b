
/*
 * libcurl multi <-> nginx events and timers.
 *
 * The rules that keep the two event machines from breaking each other:
 *
 *   - Events are level-triggered: libcurl does not promise to drain a socket.
 *   - A callback never returns -1: that would abort every transfer of the
 *     multi handle.  A transfer that could get no connection is marked, and
 *     ended from a posted event.
 *   - Nothing is removed, freed or finished inside a callback.
 *   - What libcurl wants to do at once it does in the next turn of the event
 *     loop: it reads on in this way for as long as there is something to read,
 *     and nginx runs expired timers until there is none.
 *   - libcurl owns the descriptors: a connection structure is only lent to
 *     one while it is active and is given back without closing anything.
 */


#include "ngx_http_urlmeta_curl_worker.h"

#include <openssl/err.h>


#define NGX_HTTP_URLMETA_CURL_IDLE     64     /* connections kept open */

#define NGX_HTTP_URLMETA_CURL_RESERVE  16     /* connections, of few */


typedef struct {
    ngx_queue_t           queue;
    ngx_connection_t     *connection;
    CURL                 *easy;
} ngx_http_urlmeta_curl_socket_t;


static int ngx_http_urlmeta_curl_on_socket(CURL *easy, curl_socket_t fd,
    int what, void *data, void *assigned);
static int ngx_http_urlmeta_curl_on_timer(CURLM *multi, long timeout,
    void *data);
static int ngx_http_urlmeta_curl_on_close(void *data, curl_socket_t fd);
static ngx_http_urlmeta_curl_socket_t *ngx_http_urlmeta_curl_find(
    curl_socket_t fd);
static ngx_http_urlmeta_curl_socket_t *ngx_http_urlmeta_curl_attach(CURL *easy,
    curl_socket_t fd);
static void ngx_http_urlmeta_curl_detach(ngx_http_urlmeta_curl_socket_t *so);
static ngx_int_t ngx_http_urlmeta_curl_want(ngx_event_t *ev, ngx_int_t event,
    ngx_uint_t want);
static ngx_http_urlmeta_curl_t *ngx_http_urlmeta_curl_get(CURL *easy);
static void ngx_http_urlmeta_curl_socket_handler(ngx_event_t *ev);
static void ngx_http_urlmeta_curl_timer_handler(ngx_event_t *ev);
static void ngx_http_urlmeta_curl_posted_handler(ngx_event_t *ev);
static void ngx_http_urlmeta_curl_action(curl_socket_t fd, int mask);
static void ngx_http_urlmeta_curl_drain(void);
static void ngx_http_urlmeta_curl_take(ngx_http_urlmeta_curl_t *cu);
static void ngx_http_urlmeta_curl_fail(CURL *easy);


ngx_http_urlmeta_curl_worker_t  ngx_http_urlmeta_curl_worker;


ngx_int_t
ngx_http_urlmeta_curl_init(ngx_cycle_t *cycle, const char *ca_file)
{
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    if (w->multi) {
        return NGX_OK;
    }

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "urlmeta: curl_global_init() failed");
        return NGX_ERROR;
    }

    ngx_memzero(w, sizeof(ngx_http_urlmeta_curl_worker_t));

    ngx_queue_init(&w->transfers);
    ngx_queue_init(&w->sockets);
    ngx_queue_init(&w->unused_sockets);

    w->ident = -1;

    w->timer.handler = ngx_http_urlmeta_curl_timer_handler;
    w->timer.data = w;
    w->timer.log = cycle->log;

    /*
     * The timers of fetches say how long the worker has to live on; this one
     * alone must not keep it.
     */

    w->timer.cancelable = 1;

    w->soon.handler = ngx_http_urlmeta_curl_timer_handler;
    w->soon.data = w;
    w->soon.log = cycle->log;

    w->idle.handler = ngx_http_urlmeta_curl_idle_handler;
    w->idle.data = w;
    w->idle.log = cycle->log;
    w->idle.cancelable = 1;

    w->event.handler = ngx_http_urlmeta_curl_posted_handler;
    w->event.data = w;
    w->event.log = cycle->log;

    w->multi = curl_multi_init();
    w->share = curl_share_init();

    if (w->multi == NULL || w->share == NULL
        || curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION,
                             ngx_http_urlmeta_curl_on_socket) != CURLM_OK
        || curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w) != CURLM_OK
        || curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION,
                             ngx_http_urlmeta_curl_on_timer) != CURLM_OK
        || curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w) != CURLM_OK
        || curl_multi_setopt(w->multi, CURLMOPT_PIPELINING,
                             CURLPIPE_NOTHING) != CURLM_OK
        || curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS,
                             (long) NGX_HTTP_URLMETA_CURL_IDLE) != CURLM_OK
        || curl_share_setopt(w->share, CURLSHOPT_SHARE,
                             CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "urlmeta: libcurl could not be set up");
        return NGX_ERROR;
    }

    if (ca_file) {
        ngx_http_urlmeta_curl_warm(cycle, ca_file);
    }

    return NGX_OK;
}


void
ngx_http_urlmeta_curl_exit(ngx_cycle_t *cycle)
{
    ngx_queue_t                     *q;
    ngx_http_urlmeta_curl_t         *cu;
    ngx_http_urlmeta_curl_socket_t  *so;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    if (w->multi == NULL) {
        return;
    }

    /* from here on the callbacks, which the clean-up calls, do nothing */

    w->closing = 1;

    while (!ngx_queue_empty(&w->transfers)) {
        q = ngx_queue_head(&w->transfers);
        cu = ngx_queue_data(q, ngx_http_urlmeta_curl_t, queue);
        ngx_http_urlmeta_curl_remove(cu);
    }

    while (!ngx_queue_empty(&w->sockets)) {
        q = ngx_queue_head(&w->sockets);
        so = ngx_queue_data(q, ngx_http_urlmeta_curl_socket_t, queue);
        ngx_http_urlmeta_curl_detach(so);
    }

    ngx_http_urlmeta_curl_unwatch_all();

    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    if (w->soon.posted) {
        ngx_delete_posted_event(&w->soon);
    }

    if (w->idle.timer_set) {
        ngx_del_timer(&w->idle);
    }

    if (w->event.posted) {
        ngx_delete_posted_event(&w->event);
    }

    curl_multi_cleanup(w->multi);
    curl_share_cleanup(w->share);

    ERR_clear_error();

    w->multi = NULL;
    w->share = NULL;

    curl_global_cleanup();
}


const char *
ngx_http_urlmeta_curl_ca_file(void)
{
    curl_version_info_data  *info;

    info = curl_version_info(CURLVERSION_NOW);

    return (info->age >= CURLVERSION_SEVENTH) ? info->cainfo : NULL;
}


CURL *
ngx_http_urlmeta_curl_easy(void)
{
    CURL                            *easy;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    easy = curl_easy_init();
    if (easy == NULL) {
        return NULL;
    }

    /*
     * HTTP/1.1: aborting a stream of libcurl 7.88's HTTP/2 breaks its
     * neighbors.  A CA directory turns off the cache of CA certificates,
     * which then are read again for every connection.
     */

    if (curl_easy_setopt(easy, CURLOPT_SHARE, w->share) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https")
           != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
           != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                            (long) CURL_HTTP_VERSION_1_1) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L)
           != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 600000L)
           != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                            ngx_http_urlmeta_curl_on_close) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, w) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN,
                            (long) NGX_HTTP_URLMETA_CURL_MAX_IDLE) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) != CURLE_OK)
    {
        curl_easy_cleanup(easy);
        return NULL;
    }

#if (LIBCURL_VERSION_NUM >= 0x075700)

    (void) curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, -1L);

#endif

    return easy;
}


ngx_int_t
ngx_http_urlmeta_curl_add(ngx_http_urlmeta_curl_t *cu)
{
    CURLMcode                        rc;
    ngx_uint_t                       reserve;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    if (w->multi == NULL || w->closing) {
        return NGX_ERROR;
    }

    reserve = ngx_http_urlmeta_curl_reserve();

    /* a transfer that was just added has its connection still to come */

    if (w->ntransfers > w->nsockets) {
        reserve += w->ntransfers - w->nsockets;
    }

    if (ngx_cycle->free_connection_n < reserve) {
        return NGX_BUSY;
    }

    if (curl_easy_setopt(cu->easy, CURLOPT_PRIVATE, cu) != CURLE_OK) {
        return NGX_ERROR;
    }

    w->depth++;
    rc = curl_multi_add_handle(w->multi, cu->easy);
    w->depth--;

    if (rc != CURLM_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "urlmeta: curl_multi_add_handle() failed: %s",
                      curl_multi_strerror(rc));
        return NGX_ERROR;
    }

    cu->added = 1;
    cu->failed = 0;
    cu->received = 0;
    cu->before = 0;
    cu->fd = CURL_SOCKET_BAD;
    ngx_queue_insert_tail(&w->transfers, &cu->queue);
    w->ntransfers++;

    return NGX_OK;
}


ngx_uint_t
ngx_http_urlmeta_curl_reserve(void)
{
    return ngx_max(ngx_cycle->connection_n / 8, NGX_HTTP_URLMETA_CURL_RESERVE);
}


void
ngx_http_urlmeta_curl_remove(ngx_http_urlmeta_curl_t *cu)
{
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    if (cu->easy == NULL) {
        return;
    }

    if (w->depth) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "urlmeta: transfer removed inside of a libcurl callback");
        return;
    }

    w->depth++;

    if (cu->added) {
        ngx_http_urlmeta_curl_take(cu);
    }

    curl_easy_cleanup(cu->easy);

    w->depth--;

    ERR_clear_error();

    cu->easy = NULL;

    ngx_http_urlmeta_curl_wait_idle();
}


static int
ngx_http_urlmeta_curl_on_socket(CURL *easy, curl_socket_t fd, int what,
    void *data, void *assigned)
{
    ngx_http_urlmeta_curl_worker_t  *w = data;
    ngx_http_urlmeta_curl_socket_t  *so = assigned;

    ngx_connection_t         *c;
    ngx_http_urlmeta_curl_t  *cu;

    if (w->closing || w->aside) {
        return 0;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
                   "urlmeta curl socket %d: %d %p", fd, what, so);

    if (what == CURL_POLL_REMOVE) {

        /* so may be gone already: on_close() came first */

        if (so) {
            (void) curl_multi_assign(w->multi, fd, NULL);
            ngx_http_urlmeta_curl_detach(so);
        }

        return 0;
    }

    if (so == NULL) {
        ngx_http_urlmeta_curl_unwatch(fd);

        so = ngx_http_urlmeta_curl_attach(easy, fd);
        if (so == NULL) {
            ngx_http_urlmeta_curl_fail(easy);
            return 0;
        }

        (void) curl_multi_assign(w->multi, fd, so);
    }

    so->easy = easy;
    cu = ngx_http_urlmeta_curl_get(easy);

    if (cu && cu->fd != fd) {
        cu->fd = fd;
        cu->before = ngx_http_urlmeta_curl_received(fd);
    }

    c = so->connection;

    if (ngx_http_urlmeta_curl_want(c->read, NGX_READ_EVENT,
                                   what == CURL_POLL_IN
                                   || what == CURL_POLL_INOUT)
        != NGX_OK
        || ngx_http_urlmeta_curl_want(c->write, NGX_WRITE_EVENT,
                                      what == CURL_POLL_OUT
                                      || what == CURL_POLL_INOUT)
        != NGX_OK)
    {
        ngx_http_urlmeta_curl_fail(easy);
    }

    return 0;
}


static int
ngx_http_urlmeta_curl_on_timer(CURLM *multi, long timeout, void *data)
{
    ngx_http_urlmeta_curl_worker_t  *w = data;

    if (w->closing || w->aside) {
        return 0;
    }

    /*
     * Deleted first: ngx_add_timer() alone leaves a timer as it is if the new
     * time is less than 300 ms away from the old one.
     */

    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    if (w->soon.posted) {
        ngx_delete_posted_event(&w->soon);
    }

    if (timeout == 0) {
        ngx_post_event(&w->soon, &ngx_posted_next_events);

    } else if (timeout > 0) {
        ngx_add_timer(&w->timer, (ngx_msec_t) timeout);
    }

    return 0;
}


/*
 * libcurl says CURL_POLL_REMOVE before it closes a descriptor, in all versions
 * tried; if one did not, epoll would go on with a descriptor that is somebody
 * else's by then.
 */

static int
ngx_http_urlmeta_curl_on_close(void *data, curl_socket_t fd)
{
    ngx_http_urlmeta_curl_worker_t  *w = data;

    ngx_http_urlmeta_curl_socket_t  *so;

    so = ngx_http_urlmeta_curl_find(fd);

    if (so) {
        (void) curl_multi_assign(w->multi, fd, NULL);
        ngx_http_urlmeta_curl_detach(so);
    }

    ngx_http_urlmeta_curl_unwatch(fd);

    return ngx_close_socket(fd);
}


static ngx_http_urlmeta_curl_socket_t *
ngx_http_urlmeta_curl_find(curl_socket_t fd)
{
    ngx_queue_t                     *q;
    ngx_http_urlmeta_curl_socket_t  *so;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    for (q = ngx_queue_head(&w->sockets);
         q != ngx_queue_sentinel(&w->sockets);
         q = ngx_queue_next(q))
    {
        so = ngx_queue_data(q, ngx_http_urlmeta_curl_socket_t, queue);

        if (so->connection->fd == fd) {
            return so;
        }
    }

    return NULL;
}


static ngx_http_urlmeta_curl_socket_t *
ngx_http_urlmeta_curl_attach(CURL *easy, curl_socket_t fd)
{
    ngx_connection_t                *c;
    ngx_http_urlmeta_curl_socket_t  *so;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    /* ngx_get_connection() would log an alert */

    if (ngx_cycle->free_connection_n == 0) {
        return NULL;
    }

    so = ngx_alloc(sizeof(ngx_http_urlmeta_curl_socket_t), ngx_cycle->log);
    if (so == NULL) {
        return NULL;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == NULL) {
        ngx_free(so);
        return NULL;
    }

    c->data = so;
    c->log = ngx_cycle->log;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_http_urlmeta_curl_socket_handler;
    c->write->handler = ngx_http_urlmeta_curl_socket_handler;

    so->connection = c;
    so->easy = easy;

    ngx_queue_insert_tail(&w->sockets, &so->queue);
    w->nsockets++;

    return so;
}


/*
 * As ngx_close_connection() does, but for the descriptor, which is libcurl's.
 * NGX_CLOSE_EVENT would not do: an idle connection stays open, and epoll would
 * go on reporting it.
 */

static void
ngx_http_urlmeta_curl_detach(ngx_http_urlmeta_curl_socket_t *so)
{
    ngx_connection_t  *c;

    c = so->connection;

    (void) ngx_http_urlmeta_curl_want(c->read, NGX_READ_EVENT, 0);
    (void) ngx_http_urlmeta_curl_want(c->write, NGX_WRITE_EVENT, 0);

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    c->read->closed = 1;
    c->write->closed = 1;

    ngx_queue_remove(&so->queue);
    ngx_http_urlmeta_curl_worker.nsockets--;

    ngx_free_connection(c);

    /* stale events of the same batch are known by it */

    c->fd = (ngx_socket_t) -1;

    ngx_free(so);
}


static ngx_int_t
ngx_http_urlmeta_curl_want(ngx_event_t *ev, ngx_int_t event, ngx_uint_t want)
{
    if (want) {
        if (ev->active) {
            return NGX_OK;
        }

        return ngx_add_event(ev, event, NGX_LEVEL_EVENT);
    }

    if (!ev->active) {
        return NGX_OK;
    }

    return ngx_del_event(ev, event, 0);
}


static ngx_http_urlmeta_curl_t *
ngx_http_urlmeta_curl_get(CURL *easy)
{
    ngx_http_urlmeta_curl_t  *cu;

    cu = NULL;

    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &cu) != CURLE_OK) {
        return NULL;
    }

    return cu;
}


static void
ngx_http_urlmeta_curl_socket_handler(ngx_event_t *ev)
{
    ngx_connection_t                *c;
    ngx_http_urlmeta_curl_t         *cu;
    ngx_http_urlmeta_curl_socket_t  *so;

    c = ev->data;
    so = c->data;
    cu = ngx_http_urlmeta_curl_get(so->easy);

    if (c->close) {

        /* worker_shutdown_timeout */

        if (cu) {
            ngx_http_urlmeta_curl_end(cu, CURLE_ABORTED_BY_CALLBACK);
        }

        return;
    }

    if (!ev->write && cu
        && ngx_http_urlmeta_curl_excess(c->fd, cu->before + cu->received))
    {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "urlmeta: an origin sends without making progress");

        ngx_http_urlmeta_curl_end(cu, CURLE_OPERATION_TIMEDOUT);
        return;
    }

    ngx_http_urlmeta_curl_action(c->fd, ev->write ? CURL_CSELECT_OUT
                                                  : CURL_CSELECT_IN);
}


static void
ngx_http_urlmeta_curl_timer_handler(ngx_event_t *ev)
{
    ngx_http_urlmeta_curl_action(CURL_SOCKET_TIMEOUT, 0);
}


static void
ngx_http_urlmeta_curl_posted_handler(ngx_event_t *ev)
{
    ngx_queue_t                     *q, *next;
    ngx_http_urlmeta_curl_t         *cu;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = ev->data;

    /* a transfer's end may start another: it is added at the tail, unfailed */

    for (q = ngx_queue_head(&w->transfers);
         q != ngx_queue_sentinel(&w->transfers);
         q = next)
    {
        next = ngx_queue_next(q);
        cu = ngx_queue_data(q, ngx_http_urlmeta_curl_t, queue);

        if (cu->failed) {
            ngx_http_urlmeta_curl_end(cu, CURLE_ABORTED_BY_CALLBACK);
            next = ngx_queue_head(&w->transfers);
        }
    }
}


static void
ngx_http_urlmeta_curl_action(curl_socket_t fd, int mask)
{
    int                              running;
    CURLMcode                        rc;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    w->depth++;
    w->actions++;
    rc = curl_multi_socket_action(w->multi, fd, mask, &running);
    w->depth--;

    /*
     * nginx takes what is left in OpenSSL's error queue, which is one a
     * thread, for an error of the next TLS connection it looks at.
     */

    ERR_clear_error();

    if (rc != CURLM_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "urlmeta: curl_multi_socket_action() failed: %s",
                      curl_multi_strerror(rc));
    }

    ngx_http_urlmeta_curl_drain();
}


static void
ngx_http_urlmeta_curl_drain(void)
{
    int                              left;
    CURLMsg                         *msg;
    CURLcode                         code;
    curl_socket_t                    fd;
    ngx_http_urlmeta_curl_t         *cu;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    for ( ;; ) {
        msg = curl_multi_info_read(w->multi, &left);
        if (msg == NULL) {
            return;
        }

        if (msg->msg != CURLMSG_DONE) {
            continue;
        }

        code = msg->data.result;
        cu = ngx_http_urlmeta_curl_get(msg->easy_handle);

        if (cu == NULL) {
            continue;
        }

        /* the next transfer may have the connection already */

        if (curl_easy_getinfo(msg->easy_handle, CURLINFO_ACTIVESOCKET, &fd)
            == CURLE_OK
            && fd != CURL_SOCKET_BAD
            && ngx_http_urlmeta_curl_find(fd) == NULL)
        {
            ngx_http_urlmeta_curl_watch(fd, cu->owner);
        }

        ngx_http_urlmeta_curl_end(cu, code);
    }
}


/* out of the multi handle */

static void
ngx_http_urlmeta_curl_take(ngx_http_urlmeta_curl_t *cu)
{
    ngx_queue_t                     *q, *next;
    ngx_http_urlmeta_curl_socket_t  *so;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    /*
     * A socket that is not connected yet is closed by libcurl without a call
     * of on_close(), so that epoll has to forget it before.
     */

    for (q = ngx_queue_head(&w->sockets);
         q != ngx_queue_sentinel(&w->sockets);
         q = next)
    {
        next = ngx_queue_next(q);
        so = ngx_queue_data(q, ngx_http_urlmeta_curl_socket_t, queue);

        if (so->easy == cu->easy) {
            (void) curl_multi_assign(w->multi, so->connection->fd, NULL);
            ngx_http_urlmeta_curl_detach(so);
        }
    }

    ngx_queue_remove(&cu->queue);
    w->ntransfers--;
    cu->added = 0;

    (void) curl_multi_remove_handle(w->multi, cu->easy);
}


void
ngx_http_urlmeta_curl_end(ngx_http_urlmeta_curl_t *cu, CURLcode code)
{
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    if (cu->added) {
        w->depth++;
        ngx_http_urlmeta_curl_take(cu);
        w->depth--;
        ERR_clear_error();
    }

    cu->done(cu, code);
}


ngx_uint_t
ngx_http_urlmeta_curl_actions(void)
{
    return ngx_http_urlmeta_curl_worker.actions;
}


void
ngx_http_urlmeta_curl_resume(ngx_http_urlmeta_curl_t *cu)
{
    CURLcode                         code;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    w->depth++;
    w->actions++;
    code = curl_easy_pause(cu->easy, CURLPAUSE_CONT);
    w->depth--;

    ERR_clear_error();

    /* what was kept is handed out in that call, and its end is told so only */

    if (code != CURLE_OK) {
        ngx_http_urlmeta_curl_end(cu, code);
    }
}


static void
ngx_http_urlmeta_curl_fail(CURL *easy)
{
    ngx_http_urlmeta_curl_t         *cu;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    cu = ngx_http_urlmeta_curl_get(easy);

    if (cu == NULL) {
        return;
    }

    cu->failed = 1;

    ngx_post_event(&w->event, &ngx_posted_events);
}
