
/*
 * What the files of urlmeta_inline share: a page, and the cards in it.
 */


#ifndef _NGX_HTTP_URLMETA_INLINE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_INLINE_H_INCLUDED_


#include "../core/inline.h"
#include "ngx_http_urlmeta_rewrite.h"


#define NGX_HTTP_URLMETA_INLINE_MAX_CARD    65536    /* bytes */
#define NGX_HTTP_URLMETA_INLINE_MAX_QUEUED  1048576  /* of a page */

/*
 * One of the four bits of r->buffered; nginx's own use of it is the image
 * filter's, which sees no HTML.
 */
#define NGX_HTTP_URLMETA_INLINE_BUFFERED    0x08


typedef enum {
    NGX_HTTP_URLMETA_SLOT_WAITS = 0,
    NGX_HTTP_URLMETA_SLOT_CARD,
    NGX_HTTP_URLMETA_SLOT_LEFT
} ngx_http_urlmeta_slot_e;


typedef struct ngx_http_urlmeta_inline_ctx_s  ngx_http_urlmeta_inline_ctx_t;


/* bytes of the page that wait, and then what may be a card */

typedef struct ngx_http_urlmeta_slot_s  ngx_http_urlmeta_slot_t;

struct ngx_http_urlmeta_slot_s {
    ngx_http_urlmeta_inline_ctx_t   *ctx;
    ngx_http_request_t              *request;   /* NULL: has ended */
    ngx_http_urlmeta_slot_t         *next;
    ngx_http_urlmeta_slot_t         *all;       /* of the page, for its end */

    ngx_str_t                        text;      /* the element as it was */
    size_t                           size;      /* of it and what is after */
    urlmeta_buf_t                    card;
    ngx_http_urlmeta_out_t           after;     /* the page up to the next */

    ngx_http_urlmeta_slot_e          state;
    unsigned                         failed:1;
    unsigned                         header:1;
    unsigned                         complete:1;
};


struct ngx_http_urlmeta_inline_ctx_s {
    ngx_http_request_t              *request;
    urlmeta_inline_t                *inlined;   /* NULL: the rest passes */
    ngx_http_urlmeta_slot_t         *first;     /* that are not sent */

    /* event ident must be after 3 pointers as in ngx_connection_t */
    ngx_int_t                        ident;

    urlmeta_buf_t                    held;
    size_t                           sent;      /* bytes of the page */

    ngx_chain_t                     *in;        /* not looked at yet */
    ngx_http_urlmeta_slot_t         *last;
    ngx_http_urlmeta_slot_t         *all;       /* for the cleanup */
    size_t                           queued;    /* bytes from the first on */

    ngx_event_t                      event;     /* a card, or the time */
    ngx_msec_t                       since;
    ngx_msec_t                       left;      /* to wait */
    ngx_uint_t                       waiting;
};


typedef struct {
    ngx_flag_t                       enable;
    ngx_str_t                        uri;
    ngx_uint_t                       max;
    ngx_msec_t                       timeout;
    ngx_uint_t                       warned;    /* of a worker */
} ngx_http_urlmeta_inline_conf_t;


extern ngx_module_t  ngx_http_urlmeta_inline_module;


/* ngx_http_urlmeta_inline_card.c: the subrequests */

/* asks for a card: NGX_OK, or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_inline_ask(ngx_http_request_t *r,
    ngx_http_urlmeta_inline_conf_t *conf, ngx_http_urlmeta_slot_t *slot,
    const char *url);

/* the slot whose subrequest this is, or is a part of; NULL if it is none */
ngx_http_urlmeta_slot_t *ngx_http_urlmeta_inline_slot(ngx_http_request_t *r);

/* the header and the body of such a one */
ngx_int_t ngx_http_urlmeta_inline_card_header(ngx_http_request_t *r,
    ngx_http_urlmeta_slot_t *slot);
ngx_int_t ngx_http_urlmeta_inline_card_body(ngx_http_request_t *r,
    ngx_http_urlmeta_slot_t *slot, ngx_chain_t *in);

/* gives up all that wait; who waits for a fetch only leaves it */
void ngx_http_urlmeta_inline_give_up(ngx_http_urlmeta_inline_ctx_t *ctx);


/* ngx_http_urlmeta_inline.c */

/* a slot that waited does not any more */
void ngx_http_urlmeta_inline_settle(ngx_http_urlmeta_slot_t *slot,
    ngx_http_urlmeta_slot_e state);


#endif /* _NGX_HTTP_URLMETA_INLINE_H_INCLUDED_ */
