
/*
 * robots.txt before a page: it is fetched as a page is, once for all that wait
 * for it, and its rules are kept in the zone.
 *
 * Who waits for it holds no place, neither in the worker nor at the host, so
 * that the one that is waited for can always have one.
 */


#include "ngx_http_urlmeta_fetch_queue.h"


/* rules that a fetch keeps for its next hops */
#define NGX_HTTP_URLMETA_ROBOTS_KEEP     (16 * 1024)

/* ms that an error holds if another worker did not say how long */
#define NGX_HTTP_URLMETA_ROBOTS_UNKNOWN  30000


static ngx_int_t ngx_http_urlmeta_fetch_robots_key(
    ngx_http_urlmeta_fetch_t *fetch, u_char *key);
static ngx_int_t ngx_http_urlmeta_fetch_robots_stored(
    ngx_http_urlmeta_fetch_t *fetch, urlmeta_error_e *error);
static ngx_int_t ngx_http_urlmeta_fetch_robots_wait(
    ngx_http_urlmeta_fetch_t *fetch);
static ngx_http_urlmeta_fetch_t *ngx_http_urlmeta_fetch_robots_create(
    ngx_http_urlmeta_fetch_t *fetch);
static void ngx_http_urlmeta_fetch_robots_resume(ngx_event_t *ev);
static urlmeta_error_e ngx_http_urlmeta_fetch_robots_judge(
    ngx_http_urlmeta_fetch_t *fetch, ngx_str_t *rules);
static void ngx_http_urlmeta_fetch_robots_end(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e error);


ngx_int_t
ngx_http_urlmeta_fetch_robots(ngx_http_urlmeta_fetch_t *fetch)
{
    urlmeta_error_e             error;
    ngx_http_urlmeta_permit_t  *permit;
    u_char                      key[NGX_HTTP_URLMETA_KEY_LEN];

    if (fetch->permit == NULL) {
        fetch->permit = ngx_pcalloc(fetch->pool,
                                    sizeof(ngx_http_urlmeta_permit_t));
    }

    permit = fetch->permit;

    if (permit == NULL
        || ngx_http_urlmeta_fetch_robots_key(fetch, key) != NGX_OK)
    {
        ngx_http_urlmeta_fetch_robots_end(fetch, URLMETA_E_INTERNAL_ERROR);
        return NGX_DONE;
    }

    if (permit->known
        && ngx_memcmp(permit->key, key, NGX_HTTP_URLMETA_KEY_LEN) == 0)
    {
        error = ngx_http_urlmeta_fetch_robots_judge(fetch, &permit->rules);

    } else {
        ngx_memcpy(permit->key, key, NGX_HTTP_URLMETA_KEY_LEN);

        permit->known = 0;
        permit->failures = 0;

        if (ngx_http_urlmeta_fetch_robots_stored(fetch, &error) != NGX_OK) {
            return ngx_http_urlmeta_fetch_robots_wait(fetch);
        }
    }

    if (error == URLMETA_E_NONE) {
        return NGX_OK;
    }

    ngx_http_urlmeta_fetch_robots_end(fetch, error);

    return NGX_DONE;
}


/* one for each scheme, host and port, location, and name that we go by */

static ngx_int_t
ngx_http_urlmeta_fetch_robots_key(ngx_http_urlmeta_fetch_t *fetch, u_char *key)
{
    const char  *token;
    ngx_str_t    text[4];

    ngx_str_set(&text[0], "robots.txt");

    text[1] = fetch->conf->robots->fingerprint;

    text[2].data = (u_char *) fetch->url->text;
    text[2].len = fetch->url->path;

    text[3].len = urlmeta_robots_token((char *) fetch->headers.user_agent.data,
                                       fetch->headers.user_agent.len, &token);
    text[3].data = (u_char *) token;

    return ngx_http_urlmeta_cache_key(key, text, 4);
}


/* NGX_OK: the zone has an answer; NGX_DECLINED: it has none that holds */

static ngx_int_t
ngx_http_urlmeta_fetch_robots_stored(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e *error)
{
    ngx_int_t                       rc;
    ngx_pool_t                     *pool;
    ngx_http_urlmeta_permit_t      *permit;
    ngx_http_urlmeta_cache_entry_t  entry;

    permit = fetch->permit;

    if (fetch->conf->zone == NULL) {
        return NGX_DECLINED;
    }

    /* the rules of some sites are long, and looked at once */

    pool = ngx_create_pool(4096, fetch->log);
    if (pool == NULL) {
        *error = URLMETA_E_INTERNAL_ERROR;
        return NGX_OK;
    }

    rc = ngx_http_urlmeta_cache_get(fetch->conf->zone, permit->key, pool,
                                    &entry);

    if (rc == NGX_OK
        && (int64_t) (entry.meta.expires - ngx_http_urlmeta_cache_now()) <= 0)
    {
        permit->failures = entry.meta.failures;
        rc = NGX_DECLINED;
    }

    if (rc == NGX_OK) {
        permit->until = entry.meta.expires;

        *error = entry.meta.error
                 ? entry.meta.error
                 : ngx_http_urlmeta_fetch_robots_judge(fetch, &entry.body);
    }

    ngx_destroy_pool(pool);

    return (rc == NGX_OK) ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_urlmeta_fetch_robots_wait(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_uint_t                  start;
    ngx_http_urlmeta_fetch_t   *robots;
    ngx_http_urlmeta_permit_t  *permit;

    permit = fetch->permit;
    start = 0;

    robots = ngx_http_urlmeta_fetch_find(permit->key);

    if (robots == NULL) {
        robots = ngx_http_urlmeta_fetch_robots_create(fetch);

        if (robots == NULL) {
            ngx_http_urlmeta_fetch_robots_end(fetch, URLMETA_E_INTERNAL_ERROR);
            return NGX_DONE;
        }

        start = 1;
    }

    if (fetch->active) {
        ngx_http_urlmeta_fetch_yield(fetch);

    } else {
        fetch->deadline = ngx_current_msec + fetch->left;
    }

    permit->waiter.event.handler = ngx_http_urlmeta_fetch_robots_resume;
    permit->waiter.event.data = fetch;
    permit->waiter.event.log = fetch->log;

    ngx_http_urlmeta_fetch_wait(robots, &permit->waiter);

    /* a client's worker is kept alive by the timer of the fetch that waits */

    robots->timer.cancelable = 1;

    ngx_http_urlmeta_fetch_timer(fetch, fetch->deadline);

    if (start) {
        ngx_http_urlmeta_fetch_start_once(robots);
    }

    return NGX_DONE;
}


static ngx_http_urlmeta_fetch_t *
ngx_http_urlmeta_fetch_robots_create(ngx_http_urlmeta_fetch_t *fetch)
{
    urlmeta_url_t                   *url;
    const char                      *token;
    ngx_http_urlmeta_fetch_t        *robots;
    ngx_http_urlmeta_header_t       *accept;
    ngx_http_urlmeta_robots_conf_t  *conf;
    size_t                           len;

    static const char  path[] = "/robots.txt";

    conf = fetch->conf->robots;

    robots = ngx_http_urlmeta_fetch_create(&conf->fetch, fetch->permit->key,
                                           fetch->url);
    if (robots == NULL) {
        return NULL;
    }

    /* the same but for the path, and so as good as what was judged */

    url = robots->requested;

    if (url->path + sizeof(path) > URLMETA_URL_TEXT_MAX) {
        goto failed;
    }

    ngx_memcpy(url->text + url->path, path, sizeof(path));
    url->len = url->path + sizeof(path) - 1;

    robots->headers.user_agent.len = fetch->headers.user_agent.len;
    robots->headers.user_agent.data = ngx_pstrdup(robots->pool,
                                                  &fetch->headers.user_agent);
    robots->headers.headers = ngx_array_create(robots->pool, 1,
                                            sizeof(ngx_http_urlmeta_header_t));

    if (robots->headers.headers == NULL
        || (robots->headers.user_agent.data == NULL
            && robots->headers.user_agent.len))
    {
        goto failed;
    }

    accept = ngx_array_push(robots->headers.headers);
    if (accept == NULL) {
        goto failed;
    }

    ngx_str_set(&accept->name, "Accept");
    ngx_str_set(&accept->value, "text/plain,*/*;q=0.5");

    len = urlmeta_robots_token((char *) robots->headers.user_agent.data,
                               robots->headers.user_agent.len, &token);

    robots->robots = urlmeta_robots_create(token, len);
    if (robots->robots == NULL) {
        goto failed;
    }

    robots->stored.meta.failures = (uint16_t) fetch->permit->failures;
    robots->done = conf->done;

    if (conf->lock) {
        robots->zone = conf->fetch.zone;
    }

    return robots;

failed:

    ngx_http_urlmeta_fetch_discard(robots);

    return NULL;
}


/* posted by the fetch of robots.txt at its end */

static void
ngx_http_urlmeta_fetch_robots_resume(ngx_event_t *ev)
{
    ngx_http_urlmeta_fetch_t *fetch = ev->data;

    ngx_msec_int_t              left;
    urlmeta_error_e             error;
    ngx_http_urlmeta_fetch_t   *robots;
    ngx_http_urlmeta_permit_t  *permit;

    permit = fetch->permit;
    robots = permit->waiter.fetch;

    error = robots->error;
    permit->until = robots->meta.expires;

    if (error == URLMETA_E_NONE) {
        error = ngx_http_urlmeta_fetch_robots_judge(fetch, &robots->body);

    } else {
        fetch->retry_after = robots->retry_after;
    }

    ngx_http_urlmeta_fetch_leave(&permit->waiter);

    if (error != URLMETA_E_NONE) {
        ngx_http_urlmeta_fetch_robots_end(fetch, error);
        return;
    }

    left = (ngx_msec_int_t) (fetch->deadline - ngx_current_msec);

    if (left <= 0) {
        ngx_http_urlmeta_fetch_robots_end(fetch, URLMETA_E_UPSTREAM_TIMEOUT);
        return;
    }

    fetch->left = (ngx_msec_t) left;

    ngx_del_timer(&fetch->timer);

    ngx_http_urlmeta_fetch_enter(fetch);
}


static urlmeta_error_e
ngx_http_urlmeta_fetch_robots_judge(ngx_http_urlmeta_fetch_t *fetch,
    ngx_str_t *rules)
{
    ngx_http_urlmeta_permit_t  *permit;

    permit = fetch->permit;

    switch (urlmeta_robots_allowed((char *) rules->data, rules->len,
                                   fetch->url->text + fetch->url->path,
                                   fetch->url->len - fetch->url->path))
    {
    case 1:
        break;

    case 0:
        return URLMETA_E_ROBOTS_DENIED;

    default:
        return URLMETA_E_INTERNAL_ERROR;
    }

    if (permit->known || rules->len > NGX_HTTP_URLMETA_ROBOTS_KEEP) {
        return URLMETA_E_NONE;
    }

    permit->rules.len = rules->len;
    permit->rules.data = ngx_pstrdup(fetch->pool, rules);

    if (permit->rules.data == NULL) {
        return URLMETA_E_INTERNAL_ERROR;
    }

    permit->known = 1;

    return URLMETA_E_NONE;
}


/*
 * As ngx_http_urlmeta_fetch_fail(), but nothing happened at the host that its
 * robots.txt did not tell already.
 */

static void
ngx_http_urlmeta_fetch_robots_end(ngx_http_urlmeta_fetch_t *fetch,
    urlmeta_error_e error)
{
    if (error == URLMETA_E_ADDRESS_DENIED && fetch->redirects->nelts) {
        error = URLMETA_E_REDIRECT_DENIED;
    }

    fetch->error = error;

    if (error == URLMETA_E_ROBOTS_DENIED) {
        fetch->denied_until = fetch->permit->until
                              ? fetch->permit->until
                              : ngx_http_urlmeta_cache_now()
                                + NGX_HTTP_URLMETA_ROBOTS_UNKNOWN;
    }

    ngx_log_error(fetch->conf->log_level, fetch->log, 0,
                  "urlmeta: fetch of \"%s\" failed: %s: robots.txt, "
                  "status: %ui, hop: \"%s\"",
                  fetch->requested->text, urlmeta_error(error)->code,
                  fetch->upstream_status, fetch->url->text);

    ngx_http_urlmeta_fetch_finish(fetch);
}


void
ngx_http_urlmeta_fetch_robots_late(ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_fetch_robots_end(fetch, URLMETA_E_UPSTREAM_TIMEOUT);
}


int
ngx_http_urlmeta_fetch_robots_body(ngx_http_urlmeta_fetch_t *fetch,
    const char *data, size_t len)
{
    int  rc;

    rc = urlmeta_robots_feed(fetch->robots, data, len);

    if (rc == URLMETA_DONE) {
        ngx_http_urlmeta_fetch_timer(fetch, ngx_current_msec);
    }

    return rc;
}


/* RFC 9309 section 2.3.1 */

ngx_int_t
ngx_http_urlmeta_fetch_robots_answer(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    fetch->upstream_status = tr->status;

    if (tr->status >= 200 && tr->status < 300) {

        if (tr->broken) {
            ngx_http_urlmeta_fetch_fail(fetch,
                                        tr->cause != URLMETA_E_NONE
                                        ? tr->cause : URLMETA_E_INCOMPLETE,
                                        "robots.txt");
            return NGX_OK;
        }

        if (urlmeta_robots_finish(fetch->robots, tr->truncated, &fetch->card)
            != URLMETA_OK)
        {
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR,
                                        NULL);
            return NGX_OK;
        }

        fetch->body.data = (u_char *) fetch->card.data;
        fetch->body.len = fetch->card.len;

    } else if (tr->status >= 300 && tr->status < 400) {

        fetch->upstream_status = 0;

        if (fetch->redirects->nelts < fetch->conf->max_redirects) {
            return NGX_DECLINED;
        }

        /* more redirects than anybody has to follow: there is none */

    } else if (tr->status >= 500 || tr->status == 429) {

        /* it has one, and cannot say now what is in it */

        return NGX_DECLINED;
    }

    /* no rules: everything is allowed */

    ngx_http_urlmeta_fetch_finish(fetch);

    return NGX_OK;
}
