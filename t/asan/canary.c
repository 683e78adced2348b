
/*
 * The mistakes that the sanitizers have to report, in a worker, or "make asan"
 * proves nothing: one byte behind a pool's block, lost memory, and an overflow
 * of a signed integer.  Linked around urlmeta_url_parse() by --wrap; the host
 * of the URL says which.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "../../ngx_urlmeta_module/core/url.h"


urlmeta_error_e __real_urlmeta_url_parse(urlmeta_url_t *u, const char *src,
    size_t len);
urlmeta_error_e __wrap_urlmeta_url_parse(urlmeta_url_t *u, const char *src,
    size_t len);

static void urlmeta_canary_overrun(void);
static void urlmeta_canary_leak(void);
static void urlmeta_canary_overflow(void);


urlmeta_error_e
__wrap_urlmeta_url_parse(urlmeta_url_t *u, const char *src, size_t len)
{
    if (len > 16 && memcmp(src, "http://canary-", 14) == 0) {

        if (memcmp(&src[14], "ru", 2) == 0) {
            urlmeta_canary_overrun();

        } else if (memcmp(&src[14], "le", 2) == 0) {
            urlmeta_canary_leak();

        } else if (memcmp(&src[14], "fl", 2) == 0) {
            urlmeta_canary_overflow();
        }
    }

    return __real_urlmeta_url_parse(u, src, len);
}


static void
urlmeta_canary_overrun(void)
{
    u_char           *p;
    ngx_pool_t       *pool;
    volatile size_t   len;

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    len = 16;

    p = ngx_palloc(pool, len);
    if (p != NULL) {
        ((volatile u_char *) p)[len] = 'x';
    }

    ngx_destroy_pool(pool);
}


static void
urlmeta_canary_leak(void)
{
    int                       i;
    static void *volatile     last;

    /* more than one: the last may still be on the stack */

    for (i = 0; i < 100; i++) {
        last = malloc(77);
    }

    last = NULL;
}


static void
urlmeta_canary_overflow(void)
{
    volatile int  n;

    n = 0x7fffffff;
    n++;
}
