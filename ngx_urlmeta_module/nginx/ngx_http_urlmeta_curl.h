
/*
 * libcurl's multi socket interface on nginx's event loop: one multi handle a
 * worker, level-triggered events, no thread.  It knows no request.
 */


#ifndef _NGX_HTTP_URLMETA_CURL_H_INCLUDED_
#define _NGX_HTTP_URLMETA_CURL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <curl/curl.h>


typedef struct ngx_http_urlmeta_curl_s  ngx_http_urlmeta_curl_t;

/* called once, outside of every libcurl callback, with the handle removed */
typedef void (*ngx_http_urlmeta_curl_pt)(ngx_http_urlmeta_curl_t *cu,
    CURLcode code);


struct ngx_http_urlmeta_curl_s {
    CURL                      *easy;
    ngx_http_urlmeta_curl_pt   done;
    void                      *data;
    uint64_t                   owner;     /* who may use the connection again
                                             at once */
    uint64_t                   received;  /* bytes handed out: the caller
                                             counts headers and body */
    uint64_t                   before;    /* on the wire, of others */
    curl_socket_t              fd;        /* that they came over */
    ngx_queue_t                queue;     /* in the worker's list of all */
    unsigned                   added:1;
    unsigned                   failed:1;  /* no connection was left for it */
};


/*
 * For worker processes only.  "ca_file" (or NULL) is loaded ahead, since it
 * takes some 20 ms that no request should wait for.
 */
ngx_int_t ngx_http_urlmeta_curl_init(ngx_cycle_t *cycle, const char *ca_file);
void ngx_http_urlmeta_curl_exit(ngx_cycle_t *cycle);

/* the system's CA bundle as libcurl was built to find it, or NULL */
const char *ngx_http_urlmeta_curl_ca_file(void);

/*
 * A new easy handle with the options that every transfer needs; the caller
 * adds its own and frees it by ngx_http_urlmeta_curl_remove().  NULL if memory
 * ran out.
 */
CURL *ngx_http_urlmeta_curl_easy(void);

/*
 * Starts the transfer of cu->easy.  NGX_OK; NGX_BUSY if the worker is short of
 * connections; NGX_ERROR.
 */
ngx_int_t ngx_http_urlmeta_curl_add(ngx_http_urlmeta_curl_t *cu);

/*
 * Ends the transfer without a call of cu->done, and frees cu->easy.  Must not
 * be called from within a libcurl callback.
 */
void ngx_http_urlmeta_curl_remove(ngx_http_urlmeta_curl_t *cu);

/* ends the transfer with a call of cu->done, outside of libcurl callbacks */
void ngx_http_urlmeta_curl_end(ngx_http_urlmeta_curl_t *cu, CURLcode code);

/* after CURL_WRITEFUNC_PAUSE, outside of libcurl callbacks; may end it */
void ngx_http_urlmeta_curl_resume(ngx_http_urlmeta_curl_t *cu);

/*
 * A kept connection is about to be used again; CURLOPT_PREREQFUNCTION knows it
 * by its local port.  NGX_OK, mostly if it is a new one, too; NGX_BUSY: another
 * owner used it a moment ago.
 */
ngx_int_t ngx_http_urlmeta_curl_use(in_port_t local_port, uint64_t owner);

/* another number whenever libcurl begins to read anew */
ngx_uint_t ngx_http_urlmeta_curl_actions(void);


#endif /* _NGX_HTTP_URLMETA_CURL_H_INCLUDED_ */
