
/*
 * A worker's libcurl, for ngx_http_urlmeta_curl*.c alone.
 */


#ifndef _NGX_HTTP_URLMETA_CURL_WORKER_H_INCLUDED_
#define _NGX_HTTP_URLMETA_CURL_WORKER_H_INCLUDED_


#include "ngx_http_urlmeta_curl.h"


/* for so many seconds a connection is kept that nobody uses */
#define NGX_HTTP_URLMETA_CURL_MAX_IDLE  5


/*
 * "ident" must be after 3 pointers as in ngx_connection_t, since
 * ngx_add_timer() and ngx_del_timer() log it as a descriptor.
 */

typedef struct {
    CURLM                *multi;
    CURLSH               *share;
    void                 *unused;
    ngx_int_t             ident;

    ngx_event_t           timer;
    ngx_event_t           soon;           /* the same, in the next turn */
    ngx_event_t           idle;           /* closes connections */
    ngx_event_t           event;          /* ends the failed transfers */
    ngx_queue_t           transfers;
    ngx_uint_t            ntransfers;
    ngx_queue_t           sockets;
    ngx_uint_t            nsockets;
    ngx_queue_t           unused_sockets; /* connections that libcurl keeps */
    ngx_uint_t            depth;          /* of calls into libcurl */
    ngx_uint_t            actions;        /* calls that may read */
    unsigned              aside:1;        /* a transfer that is none */
    unsigned              ruined:1;       /* there are dead connections */
    unsigned              closing:1;
} ngx_http_urlmeta_curl_worker_t;


extern ngx_http_urlmeta_curl_worker_t  ngx_http_urlmeta_curl_worker;


/* bytes that ever arrived over a connection; 0 if that cannot be told */
uint64_t ngx_http_urlmeta_curl_received(curl_socket_t fd);

/* whether many more arrived, and were read, than the bytes that are known of */
ngx_uint_t ngx_http_urlmeta_curl_excess(curl_socket_t fd, uint64_t expected);

/* of worker_connections, an eighth and at least so many are left for clients */
ngx_uint_t ngx_http_urlmeta_curl_reserve(void);

/* the connection of a transfer that is over is kept by libcurl */
void ngx_http_urlmeta_curl_watch(curl_socket_t fd, uint64_t owner);

/* libcurl uses or closes it; no harm if it is not watched */
void ngx_http_urlmeta_curl_unwatch(curl_socket_t fd);
void ngx_http_urlmeta_curl_unwatch_all(void);

/* a transfer has ended: connections are closed a while after the last one */
void ngx_http_urlmeta_curl_wait_idle(void);
void ngx_http_urlmeta_curl_idle_handler(ngx_event_t *ev);

/* has libcurl read the CA certificates before the first request */
void ngx_http_urlmeta_curl_warm(ngx_cycle_t *cycle, const char *ca_file);


#endif /* _NGX_HTTP_URLMETA_CURL_WORKER_H_INCLUDED_ */
