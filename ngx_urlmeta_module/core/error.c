
/*
 * The errors that a client can see, their HTTP status and their words.
 */


#include <stddef.h>

#include "error.h"


/*
 * Indexed by urlmeta_error_e.  A text says what was wrong and what to do.
 * Those of denied addresses and hosts must not tell which rule refused, or
 * whether a name exists: a refused literal and a refused answer of the name
 * server look the same.
 */

static const urlmeta_error_t  urlmeta_errors[URLMETA_E_MAX] = {

    [URLMETA_E_NONE] = {
        "none", 200,
        "No error",
        "The request was answered." },

    [URLMETA_E_URL_MISSING] = {
        "url_missing", 400,
        "No URL was given",
        "Give the address of the page in the argument \"url\", "
        "percent-encoded: ?url=https%3A%2F%2Fexample.com%2F" },

    [URLMETA_E_FORMAT_UNKNOWN] = {
        "format_unknown", 400,
        "There is no such output format",
        "The format asked for is not known here. Use \"json\", \"html\" or "
        "another one of this server, or leave it out for the default." },

    [URLMETA_E_BATCH_INVALID] = {
        "batch_invalid", 400,
        "The list of URLs cannot be read",
        "Send a JSON object {\"urls\": [...]} with at least one string and "
        "no more of them than this server allows." },

    [URLMETA_E_METHOD_NOT_ALLOWED] = {
        "method_not_allowed", 405,
        "The method is not allowed",
        "Use GET or HEAD; the Allow header lists what this address takes." },

    [URLMETA_E_RATE_LIMITED] = {
        "rate_limited", 429,
        "Too many requests",
        "This client asked for too many new previews in a short time. Wait "
        "as long as the Retry-After header says, then try again." },

    [URLMETA_E_LOOP_DETECTED] = {
        "loop_detected", 508,
        "The request came back to where it started",
        "The request was sent by a preview service already, so answering it "
        "could go on forever. Ask for the page itself, not for a preview of "
        "a preview." },

    [URLMETA_E_INTERNAL_ERROR] = {
        "internal_error", 500,
        "The preview could not be made",
        "Something went wrong on this server, not with the page. Try again "
        "later; if it stays, the server's error log says more." },

    [URLMETA_E_URL_INVALID] = {
        "url_invalid", 400,
        "The URL cannot be read",
        "Give an absolute URL such as https://example.com/page, without "
        "spaces, control characters or backslashes, percent-encoded once." },

    [URLMETA_E_URL_TOO_LONG] = {
        "url_too_long", 400,
        "The URL is too long",
        "A URL may have at most 2,048 bytes. Give a shorter one." },

    [URLMETA_E_SCHEME_DENIED] = {
        "scheme_denied", 400,
        "The URL's scheme is not allowed",
        "Only web pages can be previewed: use a URL that begins with "
        "https:// or http://, if this server allows both." },

    [URLMETA_E_USERINFO_DENIED] = {
        "userinfo_denied", 400,
        "The URL holds a user name or a password",
        "Remove everything before the @ of the host. An @ in the path or the "
        "query is fine." },

    [URLMETA_E_HOST_INVALID] = {
        "host_invalid", 400,
        "The URL's host is not valid",
        "Give a full host name such as www.example.com, or an IP address in "
        "its usual notation." },

    [URLMETA_E_PORT_DENIED] = {
        "port_denied", 400,
        "The URL's port is not allowed",
        "Use a URL without a port, or one of the ports that this server "
        "allows; usually 80 and 443." },

    [URLMETA_E_HOST_DENIED] = {
        "host_denied", 403,
        "Previews of this host are not allowed",
        "This server does not make previews of that host. Its administrator "
        "can allow it." },

    [URLMETA_E_ADDRESS_DENIED] = {
        "address_denied", 403,
        "The target is not allowed",
        "This server makes previews of public web pages only. Give the URL "
        "of a page that anyone on the internet can open." },

    [URLMETA_E_SIGNATURE_INVALID] = {
        "signature_invalid", 403,
        "The link's signature is not valid",
        "The signature is missing, wrong or expired. Make a new signed link "
        "for exactly this URL." },

    [URLMETA_E_UPSTREAM_STATUS] = {
        "upstream_status", 502,
        "The page answered with an error",
        "The site did not give the page but an HTTP error status. Check that "
        "the URL opens in a browser without signing in." },

    [URLMETA_E_REDIRECT_DENIED] = {
        "redirect_denied", 502,
        "The page redirects to a place that is not allowed",
        "The site sent the request on to a URL that this server does not "
        "open. Give the address of the final page." },

    [URLMETA_E_REDIRECT_LIMIT] = {
        "redirect_limit", 502,
        "The page redirects too many times",
        "The site kept sending the request on, perhaps in a circle. Give the "
        "address of the final page." },

    [URLMETA_E_DNS_NOT_FOUND] = {
        "dns_not_found", 502,
        "The host name does not exist",
        "No address was found for the host of the URL. Check its spelling." },

    [URLMETA_E_DNS_FAILED] = {
        "dns_failed", 502,
        "The host name could not be looked up",
        "The name servers answered with an error. Try again later." },

    [URLMETA_E_CONNECT_FAILED] = {
        "connect_failed", 502,
        "The site could not be reached",
        "The site refused the connection or is not reachable. Check that it "
        "is up, then try again." },

    [URLMETA_E_CONNECT_RESET] = {
        "connect_reset", 502,
        "The site closed the connection",
        "The site ended the connection before it answered. Try again later." },

    [URLMETA_E_TLS_FAILED] = {
        "tls_failed", 502,
        "No secure connection could be made",
        "The site's certificate is not valid, or it offers no TLS version "
        "that this server accepts. The site's owner has to mend that." },

    [URLMETA_E_PROTOCOL_ERROR] = {
        "protocol_error", 502,
        "The site did not speak HTTP",
        "What the site sent is no valid HTTP answer. Check the URL's scheme "
        "and port." },

    [URLMETA_E_HEADER_TOO_LARGE] = {
        "header_too_large", 502,
        "The site's response header is too large",
        "The site sent more header lines or bytes than this server reads." },

    [URLMETA_E_ENCODING_DENIED] = {
        "encoding_denied", 502,
        "The site used a content encoding that was not asked for",
        "Only gzip and plain answers are read. The site's owner has to "
        "respect the Accept-Encoding header." },

    [URLMETA_E_ENCODING_BAD] = {
        "encoding_bad", 502,
        "The site's compressed answer is damaged",
        "The page could not be decompressed. Try again later." },

    [URLMETA_E_INCOMPLETE] = {
        "incomplete", 502,
        "The site's answer ended too early",
        "The connection ended before anything of the page could be used. Try "
        "again later." },

    [URLMETA_E_HOST_BUSY] = {
        "host_busy", 503,
        "The site is being asked too often",
        "This server sends few requests at a time to one site. Wait as long "
        "as the Retry-After header says, then try again." },

    [URLMETA_E_BUSY] = {
        "busy", 503,
        "This server is busy",
        "Too many previews are being made at the moment. Wait as long as the "
        "Retry-After header says, then try again." },

    [URLMETA_E_DNS_TIMEOUT] = {
        "dns_timeout", 504,
        "Looking up the host name took too long",
        "The name servers did not answer in time. Try again later." },

    [URLMETA_E_CONNECT_TIMEOUT] = {
        "connect_timeout", 504,
        "Connecting to the site took too long",
        "The site did not accept a connection in time. Check that it is up, "
        "then try again." },

    [URLMETA_E_UPSTREAM_TIMEOUT] = {
        "upstream_timeout", 504,
        "The site took too long to answer",
        "The site did not send the page in time. Try again later." },

    [URLMETA_E_ROBOTS_DENIED] = {
        "robots_denied", 403,
        "The site does not want previews of this page",
        "The site's robots.txt, or what the page says to robots, asks that no "
        "program reads or shows it. Give a link without a preview." }
};


const urlmeta_error_t *
urlmeta_error(urlmeta_error_e e)
{
    /* the number may come from shared memory or a snapshot */

    if ((unsigned) e >= URLMETA_E_MAX) {
        e = URLMETA_E_INTERNAL_ERROR;
    }

    return &urlmeta_errors[e];
}


unsigned
urlmeta_error_status(urlmeta_error_e e, unsigned upstream_status)
{
    if (e == URLMETA_E_UPSTREAM_STATUS
        && (upstream_status == 404 || upstream_status == 410))
    {
        return 404;
    }

    return urlmeta_error(e)->status;
}
