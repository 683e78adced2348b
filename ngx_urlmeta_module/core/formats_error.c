
/*
 * Errors in the shape and with the status that the clients of each format
 * expect.
 */


#include <string.h>

#include "formats_map.h"


static json_t *urlmeta_formats_error_microlink(const urlmeta_error_t *err,
    unsigned status, const char *url);
static json_t *urlmeta_formats_error_matrix(urlmeta_error_e e,
    const urlmeta_error_t *err, unsigned status);
static json_t *urlmeta_formats_error_wordpress(const urlmeta_error_t *err,
    unsigned status);


/*
 * What a status of ours is to a client: 400, 403, 405 and 503 are about the
 * request or this server, 404, 502 and 504 about the target.
 */

unsigned
urlmeta_format_error_status(urlmeta_format_e format, urlmeta_error_e e,
    unsigned upstream_status)
{
    unsigned  status;

    status = urlmeta_error_status(e, upstream_status);

    switch (format) {

    case URLMETA_FORMAT_EDITORJS:

        /* of another status the tool shows no more than that */

        return 200;

    case URLMETA_FORMAT_OEMBED:
    case URLMETA_FORMAT_OEMBED_XML:

        /* oembed.com section 2.3.4 */

        if (e == URLMETA_E_FORMAT_UNKNOWN) {
            return 501;
        }

        if (e == URLMETA_E_UPSTREAM_STATUS) {
            return (upstream_status == 401 || upstream_status == 403)
                   ? 401 : 404;
        }

        return status;

    case URLMETA_FORMAT_UNFURL:
        return (status == 404 || status == 502 || status == 504) ? 422
                                                                 : status;

    case URLMETA_FORMAT_IFRAMELY:
        if (status == 504) {
            return 408;
        }

        return status == 502 ? 417 : status;

    case URLMETA_FORMAT_MATRIX:
        return status == 503 ? 429 : status;

    case URLMETA_FORMAT_SUMMALY:
        return (status == 404 || status == 502 || status == 504) ? 500
                                                                 : status;

    case URLMETA_FORMAT_WORDPRESS:
        return (status == 502 || status == 504) ? 404 : status;

    default:
        return status;
    }
}


int
urlmeta_formats_dialect_error(urlmeta_format_e format, urlmeta_error_e e,
    const char *url, unsigned upstream_status, urlmeta_buf_t *out)
{
    int                     rc;
    json_t                 *body;
    unsigned                status;
    const urlmeta_error_t  *err;

    err = urlmeta_error(e);
    status = urlmeta_format_error_status(format, e, upstream_status);

    switch (format) {

    case URLMETA_FORMAT_UNFURL:
        return urlmeta_buf_add_str(out, err->title);

    case URLMETA_FORMAT_EDITORJS:
        body = json_pack("{s:i, s:{}}", "success", 0, "meta");
        break;

    case URLMETA_FORMAT_MICROLINK:
        body = urlmeta_formats_error_microlink(err, status, url);
        break;

    case URLMETA_FORMAT_IFRAMELY:
        body = json_pack("{s:{s:s, s:i, s:s}}", "error", "source", "iframely",
                         "code", (int) status, "message", err->title);
        break;

    case URLMETA_FORMAT_MATRIX:
        body = urlmeta_formats_error_matrix(e, err, status);
        break;

    case URLMETA_FORMAT_OGS:
        body = json_pack("{s:b, s:s, s:s, s:{s:s}}", "success", 0,
                         "requestUrl", url, "error", err->title,
                         "errorDetails", "code", err->code);
        break;

    case URLMETA_FORMAT_RLP:
        body = status == 404 ? json_pack("{s:n}", "metadata")
                             : json_pack("{s:s}", "error", err->title);
        break;

    case URLMETA_FORMAT_SUMMALY:
        body = status == 500
               ? json_pack("{s:{s:s, s:i, s:s}}", "error", "name",
                           "StatusError", "statusCode",
                           (int) (upstream_status ? upstream_status : 500),
                           "statusMessage", err->title)
               : json_pack("{s:s}", "error",
                           e == URLMETA_E_URL_MISSING ? "url is required"
                                                      : err->title);
        break;

    case URLMETA_FORMAT_WORDPRESS:
        body = urlmeta_formats_error_wordpress(err, status);
        break;

    case URLMETA_FORMAT_DISCORD:
        body = json_pack("{s:s, s:i}", "message", err->title, "code", 0);
        break;

    default:

        /* oEmbed has no shape, Mastodon this one, and libraries throw */

        body = json_pack("{s:s}", "error", err->title);
        break;
    }

    if (body == NULL) {
        return URLMETA_ERROR;
    }

    rc = (format == URLMETA_FORMAT_OEMBED_XML)
         ? urlmeta_formats_xml(body, out) : urlmeta_formats_json(body, out);

    json_decref(body);

    return rc;
}


/* JSend, with the codes of its API; the client reads all of it */

static json_t *
urlmeta_formats_error_microlink(const urlmeta_error_t *err, unsigned status,
    const char *url)
{
    const char  *code, *kind;

    kind = "fail";

    switch (status) {

    case 400:
        code = "EINVALURL";
        break;

    case 403:
        code = "EFORBIDDENURL";
        break;

    case 404:
        code = "ENOTFOUND";
        break;

    case 405:
        code = "EMETHOD";
        break;

    case 503:
        code = "ERATE";
        break;

    case 504:
        code = "ETIMEOUT";
        kind = "error";
        break;

    default:
        code = "EFATAL";
        kind = "error";
        break;
    }

    return json_pack("{s:s, s:s, s:s, s:{s:s}, s:i, s:s}", "status", kind,
                     "code", code, "message", err->detail, "data", "url",
                     err->title, "statusCode", (int) status, "url", url);
}


/* Client-Server API section 5.1 */

static json_t *
urlmeta_formats_error_matrix(urlmeta_error_e e, const urlmeta_error_t *err,
    unsigned status)
{
    const char  *code;

    switch (status) {

    case 400:
        code = (e == URLMETA_E_URL_MISSING) ? "M_MISSING_PARAM"
                                            : "M_INVALID_PARAM";
        break;

    case 403:
        code = "M_FORBIDDEN";
        break;

    case 404:
        code = "M_NOT_FOUND";
        break;

    case 405:
        code = "M_UNRECOGNIZED";
        break;

    case 429:
        code = "M_LIMIT_EXCEEDED";
        break;

    default:
        code = "M_UNKNOWN";
    }

    return json_pack("{s:s, s:s}", "errcode", code, "error", err->title);
}


/* WP_REST_URL_Details_Controller */

static json_t *
urlmeta_formats_error_wordpress(const urlmeta_error_t *err, unsigned status)
{
    const char  *code;

    code = (status == 400) ? "rest_invalid_url"
         : (status == 404) ? "no_response"
         : (status == 403) ? "rest_forbidden" : "http_request_failed";

    return json_pack("{s:s, s:s, s:{s:i}}", "code", code, "message",
                     err->title, "data", "status", (int) status);
}
