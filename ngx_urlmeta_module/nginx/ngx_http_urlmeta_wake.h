
/*
 * One worker wakes another: an eventfd for each place in the master's table of
 * processes, made before the workers are forked, so that all have all of them.
 */


#ifndef _NGX_HTTP_URLMETA_WAKE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_WAKE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


/* a set of process slots; those over the last share its bits */
#define NGX_HTTP_URLMETA_WAKE_SLOTS  128


typedef struct {
    uint64_t   bits[2];
} ngx_http_urlmeta_wake_set_t;


typedef void (*ngx_http_urlmeta_wake_pt)(void);


/* in the master, before it forks workers; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_wake_init_module(ngx_cycle_t *cycle,
    ngx_uint_t workers);

/*
 * In a worker: "handler" is called when another one wakes it, which may be for
 * nothing.  Without an eventfd of its own (there may be none) a worker has to
 * look by itself: ngx_http_urlmeta_wake_slow() says so.
 */
ngx_int_t ngx_http_urlmeta_wake_init_process(ngx_cycle_t *cycle,
    ngx_http_urlmeta_wake_pt handler);
void ngx_http_urlmeta_wake_exit_process(void);
ngx_uint_t ngx_http_urlmeta_wake_slow(void);

/* this worker's place */
ngx_uint_t ngx_http_urlmeta_wake_slot(void);

void ngx_http_urlmeta_wake(ngx_http_urlmeta_wake_set_t *set);


#endif /* _NGX_HTTP_URLMETA_WAKE_H_INCLUDED_ */
