
/*
 * What libcurl does between transfers: it reads the CA certificates before the
 * first, and closes connections after the last.  It does either only in the
 * course of a transfer, so each gets one that goes nowhere.  And what it does
 * not do: to look at the connections that it keeps.
 */


#include "ngx_http_urlmeta_curl_worker.h"

#include <sys/ioctl.h>


#define NGX_HTTP_URLMETA_CURL_PIECE  16384

/* ms that a connection has to be silent before another fetch may use it */
#define NGX_HTTP_URLMETA_CURL_QUIET  300


typedef struct {
    ngx_queue_t           queue;
    ngx_connection_t     *connection;
    ngx_msec_t            since;
    uint64_t              owner;
    in_port_t             local_port;
} ngx_http_urlmeta_curl_unused_t;


static void ngx_http_urlmeta_curl_unused_handler(ngx_event_t *ev);
static void ngx_http_urlmeta_curl_unused_free(
    ngx_http_urlmeta_curl_unused_t *un);
static void ngx_http_urlmeta_curl_ruin(curl_socket_t fd);
static curl_socket_t ngx_http_urlmeta_curl_no_socket(void *data,
    curlsocktype purpose, struct curl_sockaddr *address);
static void ngx_http_urlmeta_curl_aside(CURL *easy);


/*
 * What an origin sends unasked would be taken for the answer to the next
 * request: libcurl looks whether a connection has ended before it uses it
 * again, not whether there is something to read.  So one that has something is
 * made to end.
 */

void
ngx_http_urlmeta_curl_watch(curl_socket_t fd, uint64_t owner)
{
    int                              unread;
    socklen_t                        len;
    ngx_sockaddr_t                   sa;
    ngx_connection_t                *c;
    ngx_http_urlmeta_curl_unused_t  *un;

    /*
     * A transfer that ended at once used the connection without a word to
     * on_socket().
     */

    ngx_http_urlmeta_curl_unwatch(fd);

    len = sizeof(ngx_sockaddr_t);

    if (ioctl(fd, FIONREAD, &unread) == -1
        || unread
        || getsockname(fd, &sa.sockaddr, &len) == -1
        || ngx_cycle->free_connection_n < ngx_http_urlmeta_curl_reserve())
    {
        ngx_http_urlmeta_curl_ruin(fd);
        return;
    }

    un = ngx_alloc(sizeof(ngx_http_urlmeta_curl_unused_t), ngx_cycle->log);
    if (un == NULL) {
        ngx_http_urlmeta_curl_ruin(fd);
        return;
    }

    c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == NULL) {
        ngx_free(un);
        ngx_http_urlmeta_curl_ruin(fd);
        return;
    }

    c->data = un;
    c->log = ngx_cycle->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_http_urlmeta_curl_unused_handler;

    un->connection = c;
    un->since = ngx_current_msec;
    un->owner = owner;
    un->local_port = ngx_inet_get_port(&sa.sockaddr);

    ngx_queue_insert_tail(&ngx_http_urlmeta_curl_worker.unused_sockets,
                          &un->queue);

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        ngx_http_urlmeta_curl_unused_free(un);
        ngx_http_urlmeta_curl_ruin(fd);
    }
}


void
ngx_http_urlmeta_curl_unwatch(curl_socket_t fd)
{
    ngx_queue_t                     *q, *queue;
    ngx_http_urlmeta_curl_unused_t  *un;

    queue = &ngx_http_urlmeta_curl_worker.unused_sockets;

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        un = ngx_queue_data(q, ngx_http_urlmeta_curl_unused_t, queue);

        if (un->connection->fd == fd) {
            ngx_http_urlmeta_curl_unused_free(un);
            return;
        }
    }
}


/*
 * on_socket() comes when the request was sent, and not at all as long as the
 * transfer pauses.
 *
 * What an origin pushes behind an answer may still be on its way, and could be
 * taken for the answer to what somebody else asks: only the fetch that had the
 * connection may use it at once.
 */

ngx_int_t
ngx_http_urlmeta_curl_use(in_port_t local_port, uint64_t owner)
{
    ngx_int_t                        rc;
    ngx_queue_t                     *q, *next, *queue;
    ngx_http_urlmeta_curl_unused_t  *un;

    rc = NGX_OK;
    queue = &ngx_http_urlmeta_curl_worker.unused_sockets;

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = next)
    {
        next = ngx_queue_next(q);
        un = ngx_queue_data(q, ngx_http_urlmeta_curl_unused_t, queue);

        /* the same port, to another address: one more that is not watched */

        if (un->local_port != local_port) {
            continue;
        }

        if (un->owner != owner
            && ngx_current_msec - un->since < NGX_HTTP_URLMETA_CURL_QUIET)
        {
            rc = NGX_BUSY;
        }

        ngx_http_urlmeta_curl_unused_free(un);
    }

    return rc;
}


void
ngx_http_urlmeta_curl_unwatch_all(void)
{
    ngx_queue_t                     *q, *queue;
    ngx_http_urlmeta_curl_unused_t  *un;

    queue = &ngx_http_urlmeta_curl_worker.unused_sockets;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        un = ngx_queue_data(q, ngx_http_urlmeta_curl_unused_t, queue);
        ngx_http_urlmeta_curl_unused_free(un);
    }
}


static void
ngx_http_urlmeta_curl_unused_handler(ngx_event_t *ev)
{
    curl_socket_t                    fd;
    ngx_connection_t                *c;
    ngx_http_urlmeta_curl_unused_t  *un;

    c = ev->data;
    un = c->data;
    fd = c->fd;

    ngx_http_urlmeta_curl_unused_free(un);
    ngx_http_urlmeta_curl_ruin(fd);
}


static void
ngx_http_urlmeta_curl_unused_free(ngx_http_urlmeta_curl_unused_t *un)
{
    ngx_connection_t  *c;

    c = un->connection;

    if (c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    c->read->closed = 1;
    c->write->closed = 1;

    ngx_queue_remove(&un->queue);
    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    ngx_free(un);
}


/*
 * It is libcurl's and cannot be closed; at its end is where libcurl finds that
 * it cannot be used.  After the shutdown nothing more arrives.
 */

static void
ngx_http_urlmeta_curl_ruin(curl_socket_t fd)
{
    char  piece[NGX_HTTP_URLMETA_CURL_PIECE];

    ngx_http_urlmeta_curl_worker.ruined = 1;
    ngx_http_urlmeta_curl_wait_idle();

    (void) shutdown(fd, SHUT_RDWR);

    while (recv(fd, piece, NGX_HTTP_URLMETA_CURL_PIECE, MSG_DONTWAIT) > 0) {
        /* void */
    }
}


/*
 * libcurl looks at connections that nobody uses when it starts the next
 * transfer; until then they would stay open, and unread if the origin has
 * closed them.
 */

void
ngx_http_urlmeta_curl_wait_idle(void)
{
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    if (w->closing || ngx_exiting || !ngx_queue_empty(&w->transfers)) {
        return;
    }

    if (w->idle.timer_set) {
        ngx_del_timer(&w->idle);
    }

    /* it looks for dead ones once a second at most */

    ngx_add_timer(&w->idle, w->ruined
                            ? 1100
                            : (NGX_HTTP_URLMETA_CURL_MAX_IDLE + 1) * 1000);
}


void
ngx_http_urlmeta_curl_idle_handler(ngx_event_t *ev)
{
    CURL                            *easy;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = ev->data;

    if (!ngx_queue_empty(&w->transfers)) {

        /* a transfer has begun, so libcurl has looked */

        return;
    }

    easy = ngx_http_urlmeta_curl_easy();
    if (easy == NULL) {
        return;
    }

    (void) curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1/");

    /*
     * All of them are idle for long enough; libcurl counts whole seconds on a
     * clock of its own, by which the last ones may be a little younger.
     */

    if (!w->ruined) {
        (void) curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 1L);
    }

    (void) curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                            ngx_http_urlmeta_curl_no_socket);

    ngx_http_urlmeta_curl_aside(easy);

    if (w->ruined) {
        w->ruined = 0;
        ngx_http_urlmeta_curl_wait_idle();
    }
}


static curl_socket_t
ngx_http_urlmeta_curl_no_socket(void *data, curlsocktype purpose,
    struct curl_sockaddr *address)
{
    return CURL_SOCKET_BAD;
}


/*
 * Makes libcurl read the CA bundle now: the first TLS handshake of a multi
 * handle does it and keeps the store.  The handshake begins with a socket of
 * our own that accepts nobody, and goes nowhere.
 */

void
ngx_http_urlmeta_curl_warm(ngx_cycle_t *cycle, const char *ca_file)
{
    CURL                *easy;
    socklen_t            len;
    ngx_socket_t         s;
    struct sockaddr_in   sin;
    char                 url[sizeof("https://127.0.0.1:65535/")];

    s = ngx_socket(AF_INET, SOCK_STREAM, 0);

    ngx_memzero(&sin, sizeof(struct sockaddr_in));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(struct sockaddr_in);

    if (s == (ngx_socket_t) -1
        || bind(s, (struct sockaddr *) &sin, len) == -1
        || listen(s, 1) == -1
        || getsockname(s, (struct sockaddr *) &sin, &len) == -1)
    {
        ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_socket_errno,
                      "urlmeta: CA certificates could not be read ahead");
        goto done;
    }

    easy = ngx_http_urlmeta_curl_easy();
    if (easy == NULL) {
        goto done;
    }

    *ngx_sprintf((u_char *) url, "https://127.0.0.1:%ui/",
                 (ngx_uint_t) ntohs(sin.sin_port)) = '\0';

    (void) curl_easy_setopt(easy, CURLOPT_URL, url);
    (void) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);

    /* the connection stands at once, in the backlog */

    ngx_http_urlmeta_curl_aside(easy);

done:

    if (s != (ngx_socket_t) -1) {
        ngx_close_socket(s);
    }
}


/*
 * A transfer that is to reach nobody.  A few turns of the state machine are
 * all it gets, and nginx's events hear nothing of it.  No other transfer may
 * be under way.
 */

static void
ngx_http_urlmeta_curl_aside(CURL *easy)
{
    int                              i, running;
    ngx_http_urlmeta_curl_worker_t  *w;

    w = &ngx_http_urlmeta_curl_worker;

    w->aside = 1;
    w->depth++;

    if (curl_multi_add_handle(w->multi, easy) == CURLM_OK) {

        for (i = 0; i < 8; i++) {
            (void) curl_multi_perform(w->multi, &running);
        }

        (void) curl_multi_remove_handle(w->multi, easy);
    }

    curl_easy_cleanup(easy);

    w->depth--;
    w->aside = 0;

    ERR_clear_error();
}
