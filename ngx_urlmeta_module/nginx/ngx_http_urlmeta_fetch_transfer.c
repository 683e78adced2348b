
/*
 * One hop: the request that is sent, the checks at the socket, the answer's
 * headers and body as libcurl hands them out, and what its errors mean.
 *
 * Everything from "on_" on runs inside of libcurl: it records and returns.
 */


#include "ngx_http_urlmeta_fetch_transfer.h"


static ngx_int_t ngx_http_urlmeta_transfer_options(
    ngx_http_urlmeta_transfer_t *tr);
static ngx_int_t ngx_http_urlmeta_transfer_headers(
    ngx_http_urlmeta_transfer_t *tr);
static ngx_int_t ngx_http_urlmeta_transfer_header(
    ngx_http_urlmeta_transfer_t *tr, const char *name, size_t name_len,
    const u_char *value, size_t len);
static ngx_int_t ngx_http_urlmeta_transfer_pin(ngx_http_urlmeta_transfer_t *tr);
static void ngx_http_urlmeta_transfer_done(ngx_http_urlmeta_curl_t *cu,
    CURLcode code);
static void ngx_http_urlmeta_transfer_end(ngx_http_urlmeta_transfer_t *tr);
static void ngx_http_urlmeta_transfer_next_turn(ngx_event_t *ev);
static urlmeta_error_e ngx_http_urlmeta_transfer_code(
    ngx_http_urlmeta_transfer_t *tr, CURLcode code);
static curl_socket_t ngx_http_urlmeta_transfer_on_socket(void *data,
    curlsocktype purpose, struct curl_sockaddr *address);
static int ngx_http_urlmeta_transfer_on_connected(void *data, char *primary_ip,
    char *local_ip, int primary_port, int local_port);
static size_t ngx_http_urlmeta_transfer_on_body(char *data, size_t size,
    size_t n, void *user);
static size_t ngx_http_urlmeta_transfer_take(ngx_http_urlmeta_transfer_t *tr,
    const char *data, size_t len);
static size_t ngx_http_urlmeta_transfer_bad(ngx_http_urlmeta_transfer_t *tr);


ngx_int_t
ngx_http_urlmeta_transfer_start(ngx_http_urlmeta_transfer_t *tr)
{
    ngx_int_t  rc;

    tr->curl.easy = ngx_http_urlmeta_curl_easy();
    if (tr->curl.easy == NULL) {
        return NGX_ERROR;
    }

    tr->curl.done = ngx_http_urlmeta_transfer_done;
    tr->curl.data = tr;

    tr->event.handler = ngx_http_urlmeta_transfer_next_turn;
    tr->event.data = tr;
    tr->event.log = tr->log;

    if (ngx_http_urlmeta_transfer_options(tr) != NGX_OK
        || ngx_http_urlmeta_transfer_headers(tr) != NGX_OK
        || ngx_http_urlmeta_transfer_pin(tr) != NGX_OK)
    {
        ngx_http_urlmeta_transfer_close(tr);
        return NGX_ERROR;
    }

    tr->started = ngx_current_msec;
    tr->deadline = ngx_current_msec + tr->conf->connect_timeout;

    rc = ngx_http_urlmeta_curl_add(&tr->curl);

    if (rc != NGX_OK) {
        ngx_http_urlmeta_transfer_close(tr);
    }

    return rc;
}


void
ngx_http_urlmeta_transfer_close(ngx_http_urlmeta_transfer_t *tr)
{
    ngx_http_urlmeta_curl_remove(&tr->curl);

    if (tr->event.posted) {
        ngx_delete_posted_event(&tr->event);
    }

    if (tr->request_headers) {
        curl_slist_free_all(tr->request_headers);
        tr->request_headers = NULL;
    }

    if (tr->connect_to) {
        curl_slist_free_all(tr->connect_to);
        tr->connect_to = NULL;
    }

    if (tr->decode) {
        urlmeta_decode_destroy(tr->decode);
        tr->decode = NULL;
    }
}


static ngx_int_t
ngx_http_urlmeta_transfer_options(ngx_http_urlmeta_transfer_t *tr)
{
    CURL                           *easy;
    const char                     *ca;
    ngx_http_urlmeta_fetch_conf_t  *conf;

    easy = tr->curl.easy;
    conf = tr->conf;

    ca = conf->ssl_trusted_certificate.len
         ? (char *) conf->ssl_trusted_certificate.data
         : ngx_http_urlmeta_curl_ca_file();

    if (curl_easy_setopt(easy, CURLOPT_URL, tr->url->text) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, tr->detail) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                            (long) CURL_SSLVERSION_TLSv1_2) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER,
                            conf->ssl_verify ? 1L : 0L) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST,
                            conf->ssl_verify ? 2L : 0L) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                            ngx_http_urlmeta_transfer_on_socket) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, tr) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION,
                            ngx_http_urlmeta_transfer_on_connected) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PREREQDATA, tr) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION,
                            ngx_http_urlmeta_transfer_on_header) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_HEADERDATA, tr) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
                            ngx_http_urlmeta_transfer_on_body) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_WRITEDATA, tr) != CURLE_OK)
    {
        return NGX_ERROR;
    }

    if (ca && curl_easy_setopt(easy, CURLOPT_CAINFO, ca) != CURLE_OK) {
        return NGX_ERROR;
    }

    if (tr->fresh
        && curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Nothing of the client is sent on: neither headers nor cookies nor the
 * address.
 */

static ngx_int_t
ngx_http_urlmeta_transfer_headers(ngx_http_urlmeta_transfer_t *tr)
{
    ngx_uint_t                         i, accept_set;
    ngx_http_urlmeta_header_t         *h;
    ngx_http_urlmeta_fetch_headers_t  *add;

    static const char  accept[] =
        "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5";

    add = tr->headers;
    accept_set = 0;

    if (ngx_http_urlmeta_transfer_header(tr, "User-Agent", 10,
                                         add->user_agent.data,
                                         add->user_agent.len)
        != NGX_OK
        || ngx_http_urlmeta_transfer_header(tr, "Accept-Encoding", 15,
                                            (u_char *) "gzip", 4)
           != NGX_OK
        || ngx_http_urlmeta_transfer_header(tr, "Via", 3,
                                            (u_char *) "1.1 "
                                            NGX_HTTP_URLMETA_VIA,
                                            sizeof("1.1 "
                                                   NGX_HTTP_URLMETA_VIA) - 1)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (add->accept_language.len
        && ngx_http_urlmeta_transfer_header(tr, "Accept-Language", 15,
                                            add->accept_language.data,
                                            add->accept_language.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (tr->if_none_match
        && ngx_http_urlmeta_transfer_header(tr, "If-None-Match", 13,
                                            (u_char *) tr->if_none_match,
                                            ngx_strlen(tr->if_none_match))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (tr->if_modified_since
        && ngx_http_urlmeta_transfer_header(tr, "If-Modified-Since", 17,
                                            (u_char *) tr->if_modified_since,
                                            ngx_strlen(tr->if_modified_since))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (add->headers) {
        h = add->headers->elts;

        for (i = 0; i < add->headers->nelts; i++) {
            if (ngx_http_urlmeta_transfer_header(tr,
                                                 (char *) h[i].name.data,
                                                 h[i].name.len,
                                                 h[i].value.data,
                                                 h[i].value.len)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            if (h[i].name.len == 6
                && ngx_strncasecmp(h[i].name.data, (u_char *) "Accept", 6)
                   == 0)
            {
                accept_set = 1;
            }
        }
    }

    if (!accept_set
        && ngx_http_urlmeta_transfer_header(tr, "Accept", 6,
                                            (u_char *) accept,
                                            sizeof(accept) - 1)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return curl_easy_setopt(tr->curl.easy, CURLOPT_HTTPHEADER,
                            tr->request_headers)
           == CURLE_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_urlmeta_transfer_header(ngx_http_urlmeta_transfer_t *tr,
    const char *name, size_t name_len, const u_char *value, size_t len)
{
    char               *line, *p;
    size_t              i;
    struct curl_slist  *list;

    line = ngx_pnalloc(tr->pool, name_len + sizeof(": ") - 1 + len + 1);
    if (line == NULL) {
        return NGX_ERROR;
    }

    p = (char *) ngx_cpymem(line, name, name_len);

    /* libcurl's form of a header with an empty value, and of none */

    if (len == 0) {
        *p++ = ';';

    } else {
        *p++ = ':';
        *p++ = ' ';

        for (i = 0; i < len; i++) {

            /* a line end in a variable must not begin a header of its own */

            *p++ = (value[i] < 0x20 || value[i] == 0x7f) ? ' '
                                                         : (char) value[i];
        }
    }

    *p = '\0';

    list = curl_slist_append(tr->request_headers, line);
    if (list == NULL) {
        return NGX_ERROR;
    }

    tr->request_headers = list;

    return NGX_OK;
}


/*
 * CURLOPT_CONNECT_TO with host and port: an entry of CURLOPT_RESOLVE would
 * stay in the multi handle's DNS cache and be used for others.
 */

static ngx_int_t
ngx_http_urlmeta_transfer_pin(ngx_http_urlmeta_transfer_t *tr)
{
    u_char               *p, *last;
    ngx_uint_t            v6;
    const urlmeta_url_t  *u;
    u_char                text[NGX_SOCKADDR_STRLEN];
    u_char                entry[512 + 2 * NGX_SOCKADDR_STRLEN];
    size_t                len;

    u = tr->url;
    v6 = (tr->addr->sockaddr.sockaddr.sa_family == AF_INET6);
    len = ngx_sock_ntop(&tr->addr->sockaddr.sockaddr, tr->addr->socklen, text,
                        NGX_SOCKADDR_STRLEN, 0);

    last = entry + sizeof(entry) - 1;

    p = ngx_slprintf(entry, last, "%*s:%ui:%s%*s%s:%ui",
                     u->host_len, u->text + u->host, (ngx_uint_t) u->port,
                     v6 ? "[" : "", len, text, v6 ? "]" : "",
                     (ngx_uint_t) u->port);

    if (p == last) {
        return NGX_ERROR;
    }

    *p = '\0';

    tr->connect_to = curl_slist_append(NULL, (char *) entry);
    if (tr->connect_to == NULL) {
        return NGX_ERROR;
    }

    return curl_easy_setopt(tr->curl.easy, CURLOPT_CONNECT_TO, tr->connect_to)
           == CURLE_OK ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_urlmeta_transfer_done(ngx_http_urlmeta_curl_t *cu, CURLcode code)
{
    ngx_http_urlmeta_transfer_t  *tr = cu->data;

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, tr->log, 0,
                   "urlmeta transfer done: %d status:%ui \"%s\"",
                   (int) code, tr->status, tr->detail);

    tr->code = code;
    tr->ended = 1;

    if (tr->more && !tr->stopped && tr->error == URLMETA_E_NONE) {

        /* the last piece waits for its turn */

        return;
    }

    ngx_http_urlmeta_transfer_end(tr);
}


static void
ngx_http_urlmeta_transfer_end(ngx_http_urlmeta_transfer_t *tr)
{
    if (tr->error == URLMETA_E_NONE && tr->code != CURLE_OK && !tr->stopped) {
        tr->error = ngx_http_urlmeta_transfer_code(tr, tr->code);
    }

    if (tr->error == URLMETA_E_NONE && tr->code == CURLE_OK) {

        if (!tr->headers_done) {
            tr->error = URLMETA_E_PROTOCOL_ERROR;

        } else if (tr->decode && !tr->stopped
                   && !urlmeta_decode_complete(tr->decode))
        {
            /* libcurl, told not to decode, could not know */
            tr->truncated = 1;
            tr->broken = 1;
        }
    }

    tr->done(tr);
}


/* libcurl and the decoder go on where a turn of the event loop was too long */

static void
ngx_http_urlmeta_transfer_next_turn(ngx_event_t *ev)
{
    ngx_http_urlmeta_transfer_t  *tr = ev->data;

    size_t  len;

    tr->turn = 0;

    if (tr->more) {
        tr->more = 0;
        len = tr->rest_len;

        if (ngx_http_urlmeta_transfer_take(tr, (char *) tr->rest, len) != len)
        {
            if (tr->ended) {
                ngx_http_urlmeta_transfer_end(tr);

            } else {
                ngx_http_urlmeta_curl_end(&tr->curl, CURLE_WRITE_ERROR);
            }

            return;
        }

        if (tr->more) {
            return;
        }
    }

    if (tr->ended) {
        ngx_http_urlmeta_transfer_end(tr);
        return;
    }

    if (tr->paused) {
        tr->paused = 0;
        ngx_http_urlmeta_curl_resume(&tr->curl);
    }
}


/*
 * What came before a page broke off is the page's beginning, which is where
 * its metadata stands.
 */

static urlmeta_error_e
ngx_http_urlmeta_transfer_code(ngx_http_urlmeta_transfer_t *tr, CURLcode code)
{
    urlmeta_error_e  error;

    switch (code) {

    case CURLE_ABORTED_BY_CALLBACK:

        /* no connection structure was left, or the worker shuts down */
        return URLMETA_E_BUSY;

    case CURLE_COULDNT_CONNECT:
        tr->again = 1;
        return URLMETA_E_CONNECT_FAILED;

    case CURLE_OPERATION_TIMEDOUT:

        if (tr->bytes) {
            tr->truncated = 1;
            tr->broken = 1;
            tr->cause = URLMETA_E_UPSTREAM_TIMEOUT;
            return URLMETA_E_NONE;
        }

        tr->again = !tr->connected;
        return tr->connected ? URLMETA_E_UPSTREAM_TIMEOUT
                             : URLMETA_E_CONNECT_TIMEOUT;

    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_USE_SSL_FAILED:
        return URLMETA_E_TLS_FAILED;

    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:

        if (code == CURLE_RECV_ERROR && tr->chunked
            && ngx_strstr(tr->detail, "chunk"))
        {
            /* of a chunk that is none libcurl has no other code */
            error = URLMETA_E_PROTOCOL_ERROR;

        } else if (code == CURLE_PARTIAL_FILE
                   || (tr->headers_done && tr->bytes == 0))
        {
            error = URLMETA_E_INCOMPLETE;

        } else {
            error = (code == CURLE_RECV_ERROR || tr->bytes == 0)
                    ? URLMETA_E_CONNECT_RESET : URLMETA_E_INCOMPLETE;
        }

        if (tr->bytes) {
            tr->truncated = 1;
            tr->broken = 1;
            tr->cause = error;
            return URLMETA_E_NONE;
        }

        return error;

    case CURLE_OUT_OF_MEMORY:

        /* libcurl's answer to a header line of over 100 KB */

        if (tr->connected && !tr->headers_done) {
            return URLMETA_E_HEADER_TOO_LARGE;
        }

        return URLMETA_E_INTERNAL_ERROR;

    case CURLE_FAILED_INIT:
        return URLMETA_E_INTERNAL_ERROR;

    default:

        /* CURLE_UNSUPPORTED_PROTOCOL is an answer in HTTP/0.9 */
        return URLMETA_E_PROTOCOL_ERROR;
    }
}


/*
 * The third judgment, after the text and the answer of the resolver: of the
 * address that is about to be connected to.  A difference would be a defect
 * of ours or of libcurl.
 */

static curl_socket_t
ngx_http_urlmeta_transfer_on_socket(void *data, curlsocktype purpose,
    struct curl_sockaddr *address)
{
    ngx_http_urlmeta_transfer_t  *tr = data;

    ngx_socket_t  s;

    if (purpose != CURLSOCKTYPE_IPCXN
        || ngx_inet_get_port(&address->addr) != (in_port_t) tr->url->port
        || ngx_cmp_sockaddr(&address->addr, address->addrlen,
                            &tr->addr->sockaddr.sockaddr, tr->addr->socklen, 0)
           != NGX_OK
        || ngx_http_urlmeta_policy_addr(&tr->conf->policy, &address->addr,
                                        (in_port_t) tr->url->port)
           != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, tr->log, 0,
                      "urlmeta: libcurl was about to connect to an address "
                      "that was not allowed for \"%s\"", tr->url->text);

        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_REFUSED);
        tr->error = URLMETA_E_ADDRESS_DENIED;
        return CURL_SOCKET_BAD;
    }

    s = socket(address->family, address->socktype | SOCK_CLOEXEC,
               address->protocol);

    return (s == (ngx_socket_t) -1) ? CURL_SOCKET_BAD : s;
}


/*
 * The fourth: of the peer, before the request is written; it is the only one
 * that sees a connection that is used again.
 */

static int
ngx_http_urlmeta_transfer_on_connected(void *data, char *primary_ip,
    char *local_ip, int primary_port, int local_port)
{
    ngx_http_urlmeta_transfer_t  *tr = data;

    ngx_sockaddr_t  sa;
    socklen_t       socklen;

    if (ngx_http_urlmeta_curl_use((in_port_t) local_port, tr->curl.owner)
        != NGX_OK
        && !tr->fresh)
    {
        tr->hasty = 1;
        return CURL_PREREQFUNC_ABORT;
    }

    ngx_memzero(&sa, sizeof(ngx_sockaddr_t));

    if (inet_pton(AF_INET, primary_ip, &sa.sockaddr_in.sin_addr) == 1) {
        sa.sockaddr.sa_family = AF_INET;
        socklen = sizeof(struct sockaddr_in);

#if (NGX_HAVE_INET6)
    } else if (inet_pton(AF_INET6, primary_ip, &sa.sockaddr_in6.sin6_addr)
               == 1)
    {
        sa.sockaddr.sa_family = AF_INET6;
        socklen = sizeof(struct sockaddr_in6);
#endif

    } else {
        socklen = 0;
    }

    if (socklen == 0
        || primary_port != (int) tr->url->port
        || ngx_cmp_sockaddr(&sa.sockaddr, socklen,
                            &tr->addr->sockaddr.sockaddr, tr->addr->socklen, 0)
           != NGX_OK
        || ngx_http_urlmeta_policy_addr(&tr->conf->policy, &sa.sockaddr,
                                        (in_port_t) tr->url->port)
           != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, tr->log, 0,
                      "urlmeta: libcurl was about to send to a peer that was "
                      "not allowed for \"%s\"", tr->url->text);

        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_REFUSED);
        tr->error = URLMETA_E_ADDRESS_DENIED;
        return CURL_PREREQFUNC_ABORT;
    }

    tr->connected = 1;
    tr->deadline = ngx_current_msec + tr->conf->read_timeout;

    return CURL_PREREQFUNC_OK;
}


static size_t
ngx_http_urlmeta_transfer_on_body(char *data, size_t size, size_t n, void *user)
{
    ngx_http_urlmeta_transfer_t  *tr = user;

    size_t      len;
    ngx_uint_t  action;

    len = size * n;

    ngx_http_urlmeta_count_n(NGX_HTTP_URLMETA_COUNT_RECEIVED, len);

    if (tr->stopped) {
        tr->curl.received += len;
        return 0;
    }

    action = ngx_http_urlmeta_curl_actions();

    if (tr->action != action) {
        tr->action = action;
        tr->turn = 0;
    }

    if (tr->more || tr->turn >= NGX_HTTP_URLMETA_MAX_TURN) {

        /* libcurl reads on for as long as there is something to read */

        tr->paused = 1;

        if (!tr->event.posted) {
            ngx_post_event(&tr->event, &ngx_posted_next_events);
        }

        return CURL_WRITEFUNC_PAUSE;
    }

    tr->curl.received += len;

    if (tr->decode) {

        /* empty blocks, and what is not of a member, come to nothing */

        tr->encoded += len;
        tr->turn += len;

        if (tr->encoded > tr->bytes + NGX_HTTP_URLMETA_MAX_WASTE) {

            if (!urlmeta_decode_complete(tr->decode)) {
                return ngx_http_urlmeta_transfer_bad(tr);
            }

            tr->stopped = 1;
            return 0;
        }
    }

    ngx_http_urlmeta_transfer_progress(tr, len);

    return ngx_http_urlmeta_transfer_take(tr, data, len);
}


/* as a write callback of libcurl: not len ends the transfer */

static size_t
ngx_http_urlmeta_transfer_take(ngx_http_urlmeta_transfer_t *tr,
    const char *data, size_t len)
{
    int     rc;
    size_t  left;

    if (tr->decode == NULL) {
        rc = ngx_http_urlmeta_transfer_decoded(tr, data, len);

    } else {
        rc = urlmeta_decode_feed(tr->decode, data, len);
    }

    switch (rc) {

    case URLMETA_OK:
        return len;

    case URLMETA_DECODE_PAUSE:

        if (tr->decode == NULL) {
            return len;
        }

        left = urlmeta_decode_left(tr->decode);

        if (tr->rest == NULL) {
            tr->rest = ngx_pnalloc(tr->pool, CURL_MAX_WRITE_SIZE);
        }

        if (tr->rest == NULL || left > CURL_MAX_WRITE_SIZE) {
            tr->error = URLMETA_E_INTERNAL_ERROR;
            return len + 1;
        }

        /* it may be a part of the rest itself */

        ngx_memmove(tr->rest, data + len - left, left);

        tr->rest_len = left;
        tr->more = 1;

        if (!tr->event.posted) {
            ngx_post_event(&tr->event, &ngx_posted_next_events);
        }

        return len;

    case URLMETA_DONE:
        tr->stopped = 1;

        /*
         * If this was the last piece, the connection can be used again.  If
         * it was not, the next one ends the transfer, or the caller's timer.
         */

        return tr->truncated ? len + 1 : len;

    case URLMETA_DECODE_BAD:
        (void) ngx_http_urlmeta_transfer_bad(tr);
        return len + 1;

    default:
        tr->error = URLMETA_E_INTERNAL_ERROR;
        return len + 1;
    }
}


/* no gzip, or damaged; what came out of it before is good */

static size_t
ngx_http_urlmeta_transfer_bad(ngx_http_urlmeta_transfer_t *tr)
{
    if (tr->bytes == 0) {
        tr->error = URLMETA_E_ENCODING_BAD;
        return 0;
    }

    tr->stopped = 1;
    tr->truncated = 1;
    tr->broken = 1;
    tr->cause = URLMETA_E_ENCODING_BAD;

    return 0;
}


int
ngx_http_urlmeta_transfer_decoded(void *data, const char *piece, size_t len)
{
    ngx_http_urlmeta_transfer_t  *tr = data;

    int     rc;
    size_t  left;

    left = tr->conf->max_body_size - tr->bytes;

    if (len > left) {
        len = left;
        tr->truncated = 1;
    }

    tr->bytes += len;
    tr->turn += len;
    ngx_http_urlmeta_count_n(NGX_HTTP_URLMETA_COUNT_DECODED, len);

    rc = tr->body(tr, piece, len);

    if (rc == URLMETA_OK && tr->truncated) {

        /* a page too long is read to the limit */

        return URLMETA_DONE;
    }

    if (rc == URLMETA_OK && tr->turn >= NGX_HTTP_URLMETA_MAX_TURN) {
        return URLMETA_DECODE_PAUSE;
    }

    return rc;
}


/*
 * Each byte moves the deadline on by what it may take at the lowest rate, but
 * never further than the read timeout from now.
 */

void
ngx_http_urlmeta_transfer_progress(ngx_http_urlmeta_transfer_t *tr, size_t len)
{
    ngx_msec_t  deadline, furthest;

    furthest = ngx_current_msec + tr->conf->read_timeout;
    deadline = tr->deadline + len * 1000 / NGX_HTTP_URLMETA_MIN_RATE;

    tr->deadline = ((ngx_msec_int_t) (deadline - furthest) > 0) ? furthest
                                                                : deadline;
}
