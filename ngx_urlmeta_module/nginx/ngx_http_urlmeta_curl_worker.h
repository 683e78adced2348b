
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
    ngx_event_t           idle;           /* closes connections */
    ngx_event_t           event;          /* ends the failed transfers */
    ngx_queue_t           transfers;
    ngx_uint_t            ntransfers;
    ngx_queue_t           sockets;
    ngx_uint_t            nsockets;
    ngx_uint_t            depth;          /* of calls into libcurl */
    unsigned              aside:1;        /* a transfer that is none */
    unsigned              closing:1;
} ngx_http_urlmeta_curl_worker_t;


extern ngx_http_urlmeta_curl_worker_t  ngx_http_urlmeta_curl_worker;


/* a transfer has ended: connections are closed a while after the last one */
void ngx_http_urlmeta_curl_wait_idle(void);
void ngx_http_urlmeta_curl_idle_handler(ngx_event_t *ev);

/* has libcurl read the CA certificates before the first request */
void ngx_http_urlmeta_curl_warm(ngx_cycle_t *cycle, const char *ca_file);


#endif /* _NGX_HTTP_URLMETA_CURL_WORKER_H_INCLUDED_ */
