
/*
 * What libcurl does between transfers: it reads the CA certificates before the
 * first, and closes connections after the last.  It does either only in the
 * course of a transfer, so each gets one that goes nowhere.
 */


#include "ngx_http_urlmeta_curl_worker.h"


static curl_socket_t ngx_http_urlmeta_curl_no_socket(void *data,
    curlsocktype purpose, struct curl_sockaddr *address);
static void ngx_http_urlmeta_curl_aside(CURL *easy);


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

    ngx_add_timer(&w->idle, (NGX_HTTP_URLMETA_CURL_MAX_IDLE + 1) * 1000);
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

    (void) curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                            ngx_http_urlmeta_curl_no_socket);

    ngx_http_urlmeta_curl_aside(easy);
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
