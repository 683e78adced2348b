
/*
 * A fetch that came back: what the module sends names it in Via, and what it
 * receives with that name is refused.  Its own addresses are denied, but a
 * proxy in front of it has others.
 */


#include "ngx_http_urlmeta_module.h"


static ngx_uint_t ngx_http_urlmeta_via(ngx_str_t *value);
static u_char *ngx_http_urlmeta_via_word(u_char *p, u_char *last,
    ngx_str_t *word);


ngx_uint_t
ngx_http_urlmeta_looped(ngx_http_request_t *r)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == 3
            && ngx_strncasecmp(h[i].key.data, (u_char *) "Via", 3) == 0
            && ngx_http_urlmeta_via(&h[i].value))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * RFC 9110 section 7.6.3: a list of "protocol received-by [comment]".  A comma
 * in a comment makes an element more than there are, which does no harm.
 */

static ngx_uint_t
ngx_http_urlmeta_via(ngx_str_t *value)
{
    u_char     *p, *last;
    ngx_str_t   word;

    p = value->data;
    last = p + value->len;

    while (p < last) {

        p = ngx_http_urlmeta_via_word(p, last, &word);
        p = ngx_http_urlmeta_via_word(p, last, &word);

        if (word.len == sizeof(NGX_HTTP_URLMETA_VIA) - 1
            && ngx_strncasecmp(word.data, (u_char *) NGX_HTTP_URLMETA_VIA,
                               word.len)
               == 0)
        {
            return 1;
        }

        while (p < last && *p++ != ',') { /* void */ }
    }

    return 0;
}


static u_char *
ngx_http_urlmeta_via_word(u_char *p, u_char *last, ngx_str_t *word)
{
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    word->data = p;

    while (p < last && *p != ' ' && *p != '\t' && *p != ',') {
        p++;
    }

    word->len = p - word->data;

    return p;
}
